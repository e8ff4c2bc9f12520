import Foundation
import Testing

/// The Swift blocks of an article: see Extraction.
struct Program: Sendable, CustomTestStringConvertible {
  let name: String
  /// The lines that the article shows; `…` stands for anything.
  let output: [String]
  let run: @Sendable () async throws -> Void
  var testDescription: String { name }
}

@Suite("Articles") struct SnippetTests {
  @Test("the program of an article runs, and prints what the article shows", arguments: programs)
  func program(_ program: Program) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "article-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    // In a process of its own: seeds, threads and the current folder are the whole process's.
    let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
      [name = program.name as String, path = folder.path as String] in
      guard FileManager.default.changeCurrentDirectoryPath(path) else { fatalError("no folder \(path)") }
      for program in programs where program.name == name { try await program.run() }
    }
    let output = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
    let lines = output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    for (line, shown) in zip(lines, program.output) where !Self.fits(line, shown) {
      Issue.record("the article shows\n  \(shown)\nand its program prints\n  \(line)")
      return
    }
    #expect(lines.count == program.output.count, "lines printed, and shown: \(lines)")
  }

  @Test("every guide and the README has a program")
  func completeness() {
    let names = Set(programs.map(\.name))
    #expect(names.isSuperset(of: ["README", "GettingStarted", "SaveAndResume"]), "\(names)")
  }

  /// Whether a line is the one shown, in which `…` stands for anything.
  private static func fits(_ line: Substring, _ shown: String) -> Bool {
    let parts = shown.components(separatedBy: "…")
    guard parts.count > 1 else { return line == shown }
    guard line.hasPrefix(parts[0]), line.hasSuffix(parts[parts.count - 1]) else { return false }
    var rest = line.dropFirst(parts[0].count)
    for part in parts.dropFirst() where !part.isEmpty {
      guard let found = rest.range(of: part) else { return false }
      rest = rest[found.upperBound...]
    }
    return true
  }
}
