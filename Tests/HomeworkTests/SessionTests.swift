import Foundation
import Testing

@Suite("homework with several exercises, and figures") struct SessionTests {
  private struct Documents: Decodable { var exercises: [Document] }

  @Test("a course runs all its exercises, and one that fails does not stop the others")
  func course() throws {
    let out = try TemporaryFolder()
    let run = try homework(
      "ece285", "--quick", "--no-figures", "--json", "--out", out.path, "--data", out.path + "/nowhere")
    #expect(run.status == 1)
    #expect(run.errors == "error: not as expected: ece285 lenet\n")
    let documents = try JSONDecoder().decode(Documents.self, from: Data(run.output.utf8)).exercises
    #expect(documents.map(\.exercise) == ["tensors", "autograd", "lenet"])
    #expect(documents.map(\.ok) == [true, true, false])
    #expect(documents[2].error == "\(out.path)/nowhere: no such folder")
    #expect(documents[0].command == "homework ece285 tensors --quick --data \(out.path)/nowhere")
  }

  @Test("the text of several ends with a line for each")
  func overview() throws {
    let out = try TemporaryFolder()
    let run = try homework("all", "--courses", "ece285", "--quick", "--no-figures", "--out", out.path)
    #expect(run.status == 0, "\(run.errors)")
    let rows = run.lines.suffix(4).map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
    #expect(rows.dropLast().map { $0[0] } == ["ece285 tensors", "ece285 autograd", "ece285 lenet"])
    #expect(rows.dropLast().allSatisfy { $0[3] == "yes" })
  }

  private static let hasGnuplot =
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: $0 + "/gnuplot")
    }

  @Test("figures are there as PNG and SVG, in the report too", .enabled(if: hasGnuplot))
  func figures() throws {
    let data = try TemporaryFolder(), out = try TemporaryFolder()
    try data.addDigits()
    let document = try HomeworkTests.document(
      ["ece285", "lenet", "--quick", "--data", data.path, "--report", out.path + "/report"], out: out.path)
    #expect(document.content.compactMap(\.figure) == ["images", "loss"])
    let folder = out.url.appendingPathComponent("report/ece285-lenet")
    let page = try String(contentsOf: out.url.appendingPathComponent("report/index.html"), encoding: .utf8)
    for name in ["images", "loss"] {
      let png = try Data(contentsOf: folder.appendingPathComponent("\(name).png"))
      #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47]) && png.count > 2_000)
      let svg = try String(contentsOf: folder.appendingPathComponent("\(name).svg"), encoding: .utf8)
      #expect(svg.contains("<svg") && svg.contains("</svg>"))
      #expect(page.contains("<img src=\"ece285-lenet/\(name).svg\" alt=\""))
      #expect(page.contains("<a href=\"ece285-lenet/\(name).png\">"))
    }
  }

  @Test("without gnuplot one line says how to get it, and the numbers stand alone")
  func missingGnuplot() throws {
    let data = try TemporaryFolder(), out = try TemporaryFolder()
    try data.addDigits()
    let run = try homework(
      "ece285", "lenet", "--quick", "--data", data.path, "--out", out.path, environment: ["PATH": "/nonexistent"])
    #expect(run.status == 0)
    #expect(run.errors.hasPrefix("error: figures need gnuplot") && run.errors.contains("apt-get install gnuplot"))
    #expect(run.errors.filter { $0 == "\n" }.count == 1)
    #expect(run.output.contains("note: figure loss was not drawn: gnuplot is missing\n"))
    #expect(run.output.contains("feature maps of conv1"))
  }
}
