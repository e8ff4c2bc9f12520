import Foundation
import Neural
import NeuralPlots

/// What an exercise runs in: it takes what the exercise has to say, prints it, and keeps it for JSON and the report.
///
/// An exercise that is asked for `--quick` sees ``isQuick`` and does less; its ranges are shown, not judged.
final class Run {
  let options: RunOptions
  private(set) var record: Record
  private let console: Console
  /// Where its figures go, and where other files go.
  private let figureFolder: URL, fileFolder: URL

  init(_ record: Record, options: RunOptions, console: Console) {
    (self.record, self.options, self.console) = (record, options, console)
    fileFolder = URL(fileURLWithPath: options.out, isDirectory: true).appendingPathComponent(record.id)
    figureFolder =
      options.report.map { URL(fileURLWithPath: $0, isDirectory: true).appendingPathComponent(record.id) } ?? fileFolder
  }

  /// Whether to do less, so that it ends in seconds.
  var isQuick: Bool { options.quick }
  /// `full`, or `quick` under `--quick`.
  func choose<Value>(full: Value, quick: Value) -> Value { isQuick ? quick : full }

  // MARK: What it says

  /// A line on the data that is used, printed at once.
  func data(_ line: String) {
    record.data.append(line)
    console("data: \(line)")
  }

  /// A paragraph.
  func text(_ text: String) { add(.text(text)) }

  /// Lines in a fixed width: a model's tree, a matrix, values of a tensor.
  func code(_ title: String? = nil, _ lines: Any) { add(.code(title: title, "\(lines)")) }

  /// A table of its own, beside the results.
  func table(_ title: String? = nil, _ header: [String], _ rows: [[String]]) {
    add(.table(title: title, Table(header: header, rows: rows)))
  }

  /// Why the paper's figure differs, in a line.
  func note(_ line: String) { record.notes.append(line) }

  /// A line for who watches; it is not kept.
  func progress(_ line: String) { console(line) }

  private func add(_ block: Block) {
    record.blocks.append(block)
    console("\n\(block)")
  }

  // MARK: Result rows

  /// A quantity that equals what is expected, exactly.
  func check<Value: Equatable>(_ quantity: String, expected: Value, ours: Value, must: Bool = true) {
    add(quantity, "\(expected)", "\(ours)", holds: expected == ours, must)
  }

  /// A number that equals what is expected to so many digits after the point, or within a tolerance.
  func check(
    _ quantity: String, expected: Double, ours: Double, digits: Int, within tolerance: Double? = nil, must: Bool = true
  ) {
    let holds = abs(ours - expected) <= tolerance ?? 0.5001 * pow(10, -Double(digits))
    add(quantity, expected.fixed(digits), ours.fixed(digits), holds: holds, must)
  }

  /// A tensor that equals what is expected, element by element, to so many digits after the point.
  func check(_ quantity: String, expected: Tensor, ours: Tensor, digits: Int, must: Bool = true) {
    let (a, b) = (expected.cast(to: .float64), ours.cast(to: .float64))
    let holds = a.shape == b.shape && (a - b).abs().max().scalar <= 0.5001 * pow(10, -Double(digits))
    add(quantity, expected.nested(digits), ours.nested(digits), holds: holds, must)
  }

  /// An error that stays below a bound.
  func check(_ quantity: String, ours: Double, below bound: Double, must: Bool = true) {
    add(quantity, "< \(bound.short)", ours.short, holds: ours < bound, must)
  }

  /// A statement that is true.
  func check(_ statement: String, _ holds: Bool, must: Bool = true) {
    add(statement, "true", "\(holds)", holds: holds, must)
  }

  /// What random training ends with: must lie in a range, which is not judged under `--quick`.
  ///
  /// - Parameters:
  ///   - paper: the paper's figure, if it has one.
  ///   - unjudged: why the range does not hold for these settings, if it does not.
  func judge(
    _ quantity: String, in range: ClosedRange<Double>, ours: Double, as style: NumberStyle = .plain,
    paper: String? = nil, unjudged: String? = nil, must: Bool = true
  ) {
    let expected = style.text(range) + (paper.map { " (paper \($0))" } ?? "")
    if isQuick || unjudged != nil {
      add(quantity, expected, style.text(ours), .unjudged(isQuick ? "quick" : unjudged ?? ""))
    } else {
      add(quantity, expected, style.text(ours), holds: range.contains(ours), must)
    }
  }

  /// What random training ends with: a statement that is true, which is not judged under `--quick`.
  func judge(_ statement: String, _ holds: Bool, must: Bool = true) {
    if isQuick { add(statement, "true", "\(holds)", .unjudged("quick")) } else { check(statement, holds, must: must) }
  }

  /// A figure beside the paper's, which decides nothing.
  func show(_ quantity: String, paper: String = "", ours: String) { add(quantity, paper, ours, .shown) }

  private func add(_ quantity: String, _ expected: String, _ ours: String, holds: Bool, _ must: Bool) {
    add(quantity, expected, ours, holds ? .holds : must ? .fails : .differs)
  }

  private func add(_ quantity: String, _ expected: String, _ ours: String, _ verdict: ResultRow.Verdict) {
    record.results.append(ResultRow(quantity: quantity, expected: expected, ours: ours, verdict: verdict))
  }

  // MARK: Files

  /// A figure of plots, row by row in so many columns, as `name.png` and `name.svg`. Where gnuplot is missing, one line on
  /// standard error says so, and the numbers stand alone.
  ///
  /// - Parameters:
  ///   - caption: a sentence on what can be seen.
  func figure(_ name: String, _ caption: String, _ plots: any Plot..., columns: Int = 1) throws {
    try figure(name, caption, Figure(columns: columns) { for plot in plots { plot } })
  }

  /// The same with plots that are put together already.
  func figure(_ name: String, _ caption: String, _ figure: Figure) throws {
    guard !options.noFigures else { return }
    let isNew = !FileManager.default.fileExists(atPath: figureFolder.path)
    let files = try ["svg", "png"].map { try folder(figureFolder).appendingPathComponent("\(name).\($0)") }
    do {
      for file in files { try figure.write(to: file) }
    } catch PlotError.missingGnuplot {
      console.complain("\(PlotError.missingGnuplot)")
      note("figure \(name) was not drawn: gnuplot is missing")
      if isNew { rmdir(figureFolder.path) }
      return
    }
    record.blocks.append(.figure(name: name, caption: caption))
    console("\nfigure: \(files[1].relativePath)\n  \(caption)")
  }

  /// The place for another file that the exercise leaves, in its folder below `--out`.
  func file(_ name: String) throws -> URL {
    record.files.append(name)
    return try folder(fileFolder).appendingPathComponent(name)
  }

  /// Takes such a file back, and the folder if nothing else is in it.
  func discard(_ name: String) {
    record.files.removeAll { $0 == name }
    try? FileManager.default.removeItem(at: fileFolder.appendingPathComponent(name))
    if record.files.isEmpty { rmdir(fileFolder.path) }
  }

  private func folder(_ url: URL) throws -> URL {
    do { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) } catch {
      throw FolderError(folder: url.relativePath)
    }
    return url
  }

  // MARK: Training

  /// What shows how a training goes on: a progress bar, and a line with the mean loss of every so many batches.
  func progressBars(lossEvery interval: Int = 0) -> [any Callback] {
    guard !console.isSilent else { return [] }
    return (interval > 0 ? [LossLog(every: interval)] : []) + [ProgressBar()]
  }

  // MARK: The end

  func finish(seconds: Double, error: String? = nil) {
    (record.seconds, record.error) = (seconds, error)
    record.files.removeAll { !FileManager.default.fileExists(atPath: fileFolder.appendingPathComponent($0).path) }
    console(record.closing)
    for name in record.files { console("file: \(fileFolder.appendingPathComponent(name).relativePath)") }
  }
}

/// A folder that cannot be written to.
struct FolderError: PlainError {
  let folder: String
  var description: String { "\(folder): the folder cannot be made or written to" }
}
