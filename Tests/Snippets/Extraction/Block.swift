import Foundation

/// A fenced block of a Markdown file, or of the documentation comments of a Swift file.
struct Block {
  /// What follows the fence's three backquotes; `hidden` for `<!-- swift … -->`, which readers do not see.
  var kind: String
  var lines: [Substring] = []
  /// The number of the first of them, from 1.
  var start: Int

  /// The place of line `number` of the block, for the compiler's messages.
  func place(_ number: Int, in file: URL) -> String {
    "#sourceLocation(file: \"\(file.path)\", line: \(start + number))"
  }

  static func all(of file: URL) throws -> [Block] {
    var found: [Block] = []
    var open: (block: Block, closing: Substring)?
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() {
      guard let text = file.pathExtension == "swift" ? comment(line) : line else { continue }
      if let (block, closing) = open {
        if text == closing {
          found.append(block)
          open = nil
        } else {
          open?.block.lines.append(text)
        }
      } else if text.hasPrefix("```") {
        open = (Block(kind: String(text.dropFirst(3)), start: number + 2), "```")
      } else if text == "<!-- swift" {
        open = (Block(kind: "hidden", start: number + 2), "-->")
      }
    }
    return found
  }

  /// The text of a line of a documentation comment; nil for another line.
  private static func comment(_ line: Substring) -> Substring? {
    let line = line.drop { $0 == " " }
    return line.hasPrefix("///") ? line.dropFirst(line.hasPrefix("/// ") ? 4 : 3) : nil
  }
}
