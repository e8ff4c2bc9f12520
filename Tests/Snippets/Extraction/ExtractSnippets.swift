import Foundation

/// `extract-snippets FILE ARTICLE…`: writes a Swift file with the programs of Markdown articles.
@main enum ExtractSnippets {
  static func main() throws {
    let files = CommandLine.arguments.dropFirst().map { URL(fileURLWithPath: $0) }
    try Article.source(files.dropFirst().map(Article.init)).write(to: files[0], atomically: true, encoding: .utf8)
  }
}
