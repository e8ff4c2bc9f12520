import Foundation
import FoundationXML
import Neural
import Testing

@testable import NeuralPlots

@Suite("Figures") struct FigureTests {
  @Test("every kind becomes a PNG of two pixels per point and an SVG that is XML", arguments: gallery.indices)
  func kinds(index: Int) throws {
    let (name, figure) = gallery[index]
    try withTemporaryFolder { temporary in
      let kept = ProcessInfo.processInfo.environment["NEURAL_FIGURES"].map {
        URL(fileURLWithPath: $0, isDirectory: true)
      }
      let folder = kept ?? temporary
      let png = folder.appendingPathComponent("\(name).png"), svg = folder.appendingPathComponent("\(name).svg")
      try figure.write(to: png)
      try figure.write(to: svg)
      let bytes = [UInt8](try Data(contentsOf: png))
      #expect(bytes.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
      func number(at offset: Int) -> Int { bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
      #expect(number(at: 16) == 1600 && number(at: 20) == Int(2 * figure.height))
      let picture = try XMLDocument(data: Data(contentsOf: svg))
      #expect(picture.rootElement()?.name == "svg")
      let size = try picture.nodes(forXPath: "/*/@width | /*/@height").compactMap(\.stringValue)
      #expect(size == ["800", "\(Int(figure.height))"])
    }
  }

  @Test("the same figure gives the same bytes")
  func deterministic() throws {
    try withTemporaryFolder { folder in
      for format in ["png", "svg"] {
        let files = ["a", "b"].map { folder.appendingPathComponent("\($0).\(format)") }
        for file in files { try gallery[0].figure.write(to: file) }
        #expect(try Data(contentsOf: files[0]) == Data(contentsOf: files[1]))
      }
    }
  }

  @Test("no text is a command, a format or markup: it is shown as it is")
  func hostile() throws {
    let texts = [
      "'; system('touch owned'); set title '", "`touch owned`", "\"; !touch owned; \"", "@ARGV {/Bold x}_1^2 \\n\\",
      "100 % %s %n", "line\nsystem 'touch owned'", "EOD\n!touch owned\n.", "</text><script>alert(1)</script>&amp;",
    ]
    try withTemporaryFolder { folder in
      for text in texts {
        let figure = Figure(text) {
          LinePlot(text, x: Axis(text), y: Axis(text), [.init(text, [1, 2])], references: [.horizontal(1.5, text)])
          BarChart(text, x: text, y: Axis(text), categories: [text, "b"], [.init(text, [1, 2])], digits: 1)
          ImageGrid(text, [Tensor.zeros([2, 2])], titles: [text])
          MatrixPlot(text, Tensor.zeros([1, 1]), label: text, x: text, y: text, rowNames: [text], columnNames: [text])
          ScatterPlot3D(text, x: Axis(text), y: Axis(text), z: Axis(text), [.points(text, x: [1], y: [2], z: [3])])
        }
        let file = folder.appendingPathComponent("hostile.svg")
        try figure.write(to: file)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["hostile.svg"])
        let shown = try XMLDocument(data: Data(contentsOf: file)).nodes(forXPath: "//*[local-name()='text']")
          .compactMap { $0.stringValue?.trimmingCharacters(in: .whitespaces) }
        let line = String(text.map { $0.isNewline ? " " : $0 == "'" ? "’" : $0 })
        let times = shown.filter { $0.hasPrefix(line) }.count
        #expect(times == 24, "\(text.prefix(40)): \(times) times in \(shown)")
      }
      #expect(!FileManager.default.fileExists(atPath: "owned"))
    }
  }

  @Test("a text of 5,000 characters is cut")
  func long() {
    #expect(Script.quoted(String(repeating: "x", count: 5000)) == "'" + String(repeating: "x", count: 299) + "…'")
  }

  @Test("the script holds every number and draws each element once")
  func script() {
    let plot = LinePlot(
      "T", x: "time, s", y: Axis("y", scale: .logarithmic),
      [.init("a", x: [0, 1, 2, 3], [1, 0, .infinity, 1e-7]), .init("b", [0.1, 2, 3], style: .points)],
      references: [.vertical(2.5, "here"), .horizontal(-1, "nowhere")])
    let script = Figure { plot }.script(.png)
    // What has no place on a logarithmic axis is missing.
    #expect(script.contains("$d0 << EOD\n0 1\n1 NaN\n2 NaN\n3 1e-07\nEOD"))
    #expect(script.contains("$d1 << EOD\n0 0.1\n1 2\n2 3\nEOD"))
    #expect(script.contains("plot $d0 using 1:2 with lines") && script.contains("$d1 using 1:2 with points"))
    #expect(script.contains("set xlabel 'time, s'"))
    #expect(script.contains("set logscale y") && !script.contains("set logscale x"))
    #expect(script.contains("from first 2.5, graph 0 to first 2.5, graph 1") && !script.contains("nowhere"))
    #expect(script.contains("title 'a'") && script.contains("title 'b'"))
  }

  @Test("panels fill the rows, each as high as its highest plot, below the title")
  func panels() {
    let line = LinePlot(x: "x", y: "y", [])
    let figure = Figure("T", columns: 2) { for _ in 0..<3 { line } }
    #expect(figure.height == 38 + 2 * (line.height(width: 388) + 12))
    let script = figure.script(.svg)
    #expect(script.components(separatedBy: "\nreset\n").count == 4)
    for origin in ["set origin 0.0075, ", "set origin 0.5075, "] { #expect(script.contains(origin)) }
    #expect(script.contains("set size 0.485, "))
  }

  @Test("histograms count every finite value once, the greatest too")
  func counts() {
    let histogram = Histogram(x: "x", of: [0, 0.1, 0.5, 0.9, 1, .nan, .infinity], bins: 2).counts
    #expect(histogram.counts == [2, 3] && histogram.centers == [0.25, 0.75] && histogram.width == 0.5)
    #expect(Histogram(x: "x", of: Tensor([3, 3, 3] as [Float])).counts.counts == [3])
    #expect(Histogram(x: Axis("x", range: -1...2), of: [0, 1.5, 3, -2], bins: 3).counts.counts == [0, 1, 1])
  }

  @Test("images become bytes: grey and colour, bytes and fractions, out of range, not a number")
  func rasters() {
    let grey = Raster(Tensor([0, 255, 7, 9] as [UInt8], shape: [2, 2]))
    #expect(grey.bytes == [0, 0, 0, 255, 255, 255, 7, 7, 7, 9, 9, 9])
    let color = Raster(Tensor([0, 0.5, 1, 2, -1, .nan] as [Float], shape: [3, 1, 2]))
    #expect(color.bytes == [0, 255, 0, 128, 255, 0])
    let centred = Raster(Tensor([-1, 1] as [Float], shape: [1, 1, 2]), range: -1...1)
    #expect(centred.bytes == [0, 0, 0, 255, 255, 255])
  }

  @Test("ticks of logarithmic axes are powers of ten, and 2, 3 and 5 times them on short axes")
  func ticks() {
    #expect(Axis.logarithmicTicks(0.0009...1100) == [0.001, 0.01, 0.1, 1, 10, 100, 1000])
    #expect(Axis.logarithmicTicks(1e-12...1e40) == [1e-10, 1, 1e10, 1e20, 1e30, 1e40])
    #expect(
      Axis.logarithmicTicks(0.5...6) == [0.5, 1, 2, 3, 5] && Axis.logarithmicTicks(0.02...6) == [0.03, 0.1, 0.3, 1, 3])
    #expect(
      Axis.step(100, atMost: 10) == 10 && Axis.step(1.01, atMost: 5) == 0.5 && Axis.step(0.007, atMost: 4) == 0.002)
    let texts = [0.001, 64, 1e-5, 2e-5, 1e6, 5e70].map(Axis.powerText)
    #expect(texts == ["0.001", "64", "10⁻⁵", "2·10⁻⁵", "10⁶", "5·10⁷⁰"])
  }

  @Test("without gnuplot, with another ending, and in a folder that is not there: one line, and no file")
  func errors() throws {
    #expect(throws: PlotError.missingGnuplot) { try Gnuplot.run("", format: .png, searchPath: "") }
    #expect(throws: PlotError.missingGnuplot) { try Gnuplot.run("", format: .png, searchPath: "/nowhere:/etc") }
    #expect(
      PlotError.missingGnuplot.description
        == "figures need gnuplot, which is not installed; to get it: apt-get install gnuplot-nox")
    #expect(throws: PlotError.gnuplot(reason: "line 2: undefined variable: oops")) {
      try Gnuplot.run("set terminal svg\nplot oops\n", format: .svg)
    }
    try withTemporaryFolder { folder in
      let figure = gallery[0].figure
      let text = folder.appendingPathComponent("a.txt"), lost = folder.appendingPathComponent("none/a.png")
      #expect(throws: PlotError.unknownFormat(path: text.relativePath)) { try figure.write(to: text) }
      #expect(throws: PlotError.unwritable(path: lost.relativePath)) { try figure.write(to: lost) }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(left.isEmpty)
    }
  }
}

private func withTemporaryFolder(_ body: (URL) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("NeuralPlots-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder)
}
