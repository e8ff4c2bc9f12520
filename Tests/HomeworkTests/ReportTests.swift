import Foundation
import Testing

@Suite("homework --report") struct ReportTests {
  /// What the page refers to with an attribute.
  private func references(_ page: String, _ attribute: String) -> [String] {
    page.components(separatedBy: " \(attribute)=\"").dropFirst().map { $0.components(separatedBy: "\"")[0] }
  }

  @Test("the page has a section with table and command for each exercise, and needs nothing from elsewhere")
  func page() throws {
    let folder = try TemporaryFolder()
    let run = try homework(
      "ece285", "autograd", "--quick", "--report", folder.path + "/new", "--out", folder.path + "/out")
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.hasSuffix("report: \(folder.path)/new/index.html\n"))
    let files = FileManager.default
    #expect(try files.contentsOfDirectory(atPath: folder.path) == ["new"])  // an empty out goes away
    let page = try String(contentsOf: folder.url.appendingPathComponent("new/index.html"), encoding: .utf8)
    #expect(page.hasPrefix("<!DOCTYPE html>\n") && page.hasSuffix("</html>\n"))
    #expect(page.contains("<section id=\"ece285-autograd\">"))
    #expect(page.contains("<code>homework ece285 autograd --quick --report"))
    #expect(
      page.contains(
        "<td class=\"number\">∂f/∂x</td><td>[4.5, 4.5, 4.5, 4.5]</td><td>[4.5, 4.5, 4.5, 4.5]</td><td class=\"good\">yes</td>"
      ))
    #expect(!page.contains("<script") && !page.contains("http"))
    for link in references(page, "href") where !link.hasPrefix("data:") {
      let found =
        link.hasPrefix("#")
        ? page.contains("id=\"\(link.dropFirst())\"")
        : files.fileExists(atPath: folder.path + "/new/" + link)
      #expect(found, "\(link)")
    }
    for image in references(page, "src") {
      #expect(files.fileExists(atPath: folder.path + "/new/" + image), "\(image)")
    }
  }

  @Test("text that looks like markup stays text")
  func escaping() throws {
    let folder = try TemporaryFolder()
    let run = try homework("ece285", "autograd", "--report", folder.path, "--out", folder.path + "/<b>&\"'")
    #expect(run.status == 0, "\(run.errors)")
    let page = try String(contentsOf: folder.url.appendingPathComponent("index.html"), encoding: .utf8)
    #expect(page.contains("/&lt;b&gt;&amp;&quot;'\\'''"))
    #expect(!page.contains("<b>"))
  }

  @Test("a folder that cannot be written to is one line, before anything runs")
  func unwritable() throws {
    let folder = try TemporaryFolder()
    let file = folder.path + "/file"
    try Data().write(to: URL(fileURLWithPath: file))
    // Even root writes nothing below a file, or in /proc.
    for path in [file, file + "/report", "/proc", "/proc/report"] {
      let run = try homework("ece285", "autograd", "--report", path, "--out", folder.path + "/out")
      #expect(run.status == 1 && run.output.isEmpty, "\(path)")
      #expect(run.errors == "error: \(path): the folder cannot be made or written to\n")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file"])
    }
  }
}
