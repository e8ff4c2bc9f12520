import Foundation

/// An article as a program, and what it says that the program prints.
///
/// The program is the article's Swift blocks in their order; `<!-- swift … -->` holds a part of it that readers need not see. A
/// block that begins with `// Package.swift` is another file's, and is left out. What it prints is what stands in a comment
/// behind a `print(…)`, and the lines of `text` blocks.
struct Article {
  let name: String
  private(set) var imports: [Substring] = []
  /// Types, and everything else, with the places they come from.
  private var types: [String] = [], statements: [String] = []
  private var output: [String] = []

  init(_ file: URL) throws {
    name = file.deletingPathExtension().lastPathComponent
    for block in try Block.all(of: file) {
      switch block.kind {
      case "text": output += block.lines.map(String.init)
      case "swift" where block.lines.first?.hasPrefix("// Package.swift") != true, "hidden": add(block, of: file)
      default: break
      }
    }
  }

  var isEmpty: Bool { statements.isEmpty }

  private mutating func add(_ block: Block, of file: URL) {
    let beginsType = /(public |private |final |indirect )*(class|struct|enum|actor|protocol) .*/
    let printed = /.*print\(.*[)}]\s+\/\/ (.*)/
    var wasType: Bool?  // what the line before belongs to: in the same text this one needs no place of its own
    var isOpen = false
    for (number, line) in block.lines.enumerated() {
      if let match = line.wholeMatch(of: printed) { output.append(String(match.output.1)) }
      if line.hasPrefix("import ") {
        imports.append(line)
        wasType = nil
        continue
      }
      let begins = !isOpen && line.wholeMatch(of: beginsType) != nil
      let isType = isOpen || begins
      let place = wasType == isType ? [] : [block.place(number, in: file)]
      if isType { types += place + [String(line)] } else { statements += place + [String(line)] }
      wasType = isType
      if begins { isOpen = !line.hasSuffix("}") } else if line == "}" { isOpen = false }
    }
  }

  /// A scope with the types and a function with the rest.
  var source: String {
    """
    private enum \(name)Program {
    \((types + (types.isEmpty ? [] : ["#sourceLocation()"])).joined(separator: "\n"))
    static func run() async throws {
    \(statements.joined(separator: "\n"))
    #sourceLocation()
    }
    }
    """
  }

  /// An element of the list of programs.
  var entry: String { "Program(name: \"\(name)\", output: \(output), run: \(name)Program.run)," }
}
