import Foundation

/// `extract-snippets FILE SOURCE…`: writes a Swift file with the programs of Markdown articles, and with the examples in the
/// documentation comments of Swift files, each a function that is compiled only.
@main enum ExtractSnippets {
  /// What examples need, which do not say it themselves.
  private static let imports: [Substring] = ["import NeuralData", "import NeuralDownload", "import NeuralPlots"]

  static func main() throws {
    let files = CommandLine.arguments.dropFirst().map { URL(fileURLWithPath: $0) }
    let sources = files.dropFirst()
    let articles = try sources.filter { $0.pathExtension == "md" }.map(Article.init).filter { !$0.isEmpty }
    let examples = try sources.filter { $0.pathExtension == "swift" }.flatMap { file in
      try Block.all(of: file).filter { $0.kind == "swift" }.map { example($0, of: file) }
    }
    let text = """
      \(Set(articles.flatMap(\.imports) + imports).sorted().joined(separator: "\n"))

      \(articles.map(\.source).joined(separator: "\n"))

      /// The programs of the articles.
      let programs: [Program] = [
      \(articles.map(\.entry).joined(separator: "\n"))
      ]

      extension Names {
      \(examples.joined(separator: "\n"))
      }

      """
    if (try? String(contentsOf: files[0], encoding: .utf8)) != text {
      try text.write(to: files[0], atomically: true, encoding: .utf8)
    }
  }

  private static func example(_ block: Block, of file: URL) -> String {
    let name = file.deletingPathExtension().lastPathComponent.filter(\.isLetter)
    return """
      func example\(name)\(block.start)() async throws {
      \(block.place(0, in: file))
      \(block.lines.joined(separator: "\n"))
      #sourceLocation()
      }
      """
  }
}
