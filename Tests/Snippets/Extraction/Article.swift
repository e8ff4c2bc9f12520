import Foundation

/// An article as a program, and what it says that the program prints.
///
/// The program is the article's Swift blocks in their order; `<!-- swift … -->` holds a part of it that readers need not see. A
/// block that begins with `// Package.swift` is another file's, and is left out. What it prints is what stands in a comment
/// behind a `print(…)`, and the lines of `text` blocks.
struct Article {
  let name: String
  /// `import` lines, types, and everything else, with the places they come from.
  private var imports: [Substring] = [], types: [String] = [], statements: [String] = []
  private(set) var output: [String] = []

  var isEmpty: Bool { statements.isEmpty }

  init(_ file: URL) throws {
    name = file.deletingPathExtension().lastPathComponent
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
    var number = 0
    while number < lines.count {
      let opening = lines[number]
      number += 1
      guard opening.hasPrefix("```") || opening == "<!-- swift" else { continue }
      let start = number
      let closing = opening.hasPrefix("```") ? "```" : "-->"
      while number < lines.count, lines[number] != closing { number += 1 }
      let block = lines[start..<number]
      number += 1
      if opening == "```text" { output += block.map(String.init) }
      let isCode =
        opening == "```swift" && block.first?.hasPrefix("// Package.swift") != true || opening == "<!-- swift"
      if isCode { add(block, of: file) }
    }
  }

  private mutating func add(_ block: ArraySlice<Substring>, of file: URL) {
    let beginsType = /(public |private |final |indirect )*(class|struct|enum|actor|protocol) .*/
    let printed = /.*print\(.*[)}]\s+\/\/ (.*)/
    var isType: Bool?  // whether the line before belongs to one, and this one therefore needs no place of its own
    var isOpen = false
    for (number, line) in zip(block.indices, block) {
      if let match = line.wholeMatch(of: printed) { output.append(String(match.output.1)) }
      if line.hasPrefix("import ") {
        imports.append(line)
        isType = nil
        continue
      }
      let begins = !isOpen && line.wholeMatch(of: beginsType) != nil
      let belongs = isOpen || begins
      let place = isType == belongs ? [] : ["#sourceLocation(file: \"\(file.path)\", line: \(number + 1))"]
      if belongs { types += place + [String(line)] } else { statements += place + [String(line)] }
      isType = belongs
      if begins { isOpen = !line.hasSuffix("}") } else if line == "}" { isOpen = false }
    }
  }

  /// A Swift file with all articles that have a program, and a list of them.
  static func source(_ articles: [Article]) -> String {
    let programs = articles.filter { !$0.isEmpty }
    let imports = Set(programs.flatMap(\.imports)).sorted().joined(separator: "\n")
    let bodies = programs.map { program in
      """
      private enum \(program.name)Program {
      \((program.types + (program.types.isEmpty ? [] : ["#sourceLocation()"])).joined(separator: "\n"))
      static func run() async throws {
      \(program.statements.joined(separator: "\n"))
      #sourceLocation()
      }
      }
      """
    }
    let list = programs.map {
      "Program(name: \"\($0.name)\", output: \($0.output), run: \($0.name)Program.run),"
    }
    return """
      \(imports)

      \(bodies.joined(separator: "\n"))

      /// The programs of the articles.
      let programs: [Program] = [
      \(list.joined(separator: "\n"))
      ]

      """
  }
}
