import Neural

/// A gnuplot script in the making: numbers in data blocks, and commands that draw them.
///
/// Whatever comes from outside goes in through ``quoted(_:)`` and ``number(_:)``, so that no text is ever a command.
public struct Script {
  private let format: Format
  private(set) var data: [String] = []
  private(set) var commands: [String] = []

  init(_ format: Format) { self.format = format }

  /// Adds numbers as columns of equal length; what is not finite is left out of the plot.
  ///
  /// - Returns: the name of the data block, for `plot`.
  public mutating func add(data columns: [Double]...) -> String {
    let count = columns.first?.count ?? 0
    require(
      columns.allSatisfy { $0.count == count }, "plot",
      "columns of \(columns.map(\.count)) numbers, not of equal length")
    return add(rows: (0..<count).map { row in columns.map { Script.number($0[row]) }.joined(separator: " ") })
  }

  /// Adds rows of numbers.
  mutating func add(rows: [String]) -> String {
    let name = "$d\(data.count)"
    // A block without rows would be an error; a missing value is not.
    data.append("\(name) << EOD\n\((rows.isEmpty ? ["NaN NaN NaN NaN NaN"] : rows).joined(separator: "\n"))\nEOD")
    return name
  }

  /// Adds a command.
  public mutating func add(_ command: String) { commands.append(command) }

  /// Adds one `plot` or `splot` of all elements; of none it draws the axes alone.
  mutating func plot(_ elements: [String], with command: String = "plot") {
    add("\(command) \((elements.isEmpty ? ["NaN notitle"] : elements).joined(separator: ", \\\n  "))")
  }

  /// Texts at places of an axis.
  mutating func ticks(_ axis: String, _ ticks: [(text: String, place: Double)]) {
    if ticks.isEmpty { return add("unset \(axis)tics") }
    // The texts of ticks are formats to gnuplot.
    let list = ticks.map { tick in
      let text = Script.quoted(tick.text)
      return
        "\(text.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%%")) \(Script.number(tick.place))"
    }
    add("set \(axis)tics (\(list.joined(separator: ", ")))")
  }

  mutating func title(_ title: String) {
    if !title.isEmpty { add("set title \(Script.quoted(title))") }
  }

  /// Begins a panel.
  mutating func begin() { commands += Look.prelude(format) }

  /// A font of this size in the points of PNG's text, which is 11.
  func font(size: Double, isBold: Bool = false) -> String { Look.font(format, size: size, isBold: isBold) }

  /// Text as a literal in which gnuplot looks for nothing: within single quotes, on one line of at most 300 characters.
  /// A quote within becomes an apostrophe.
  public static func quoted(_ text: String) -> String {
    let line = String(text.unicodeScalars.map { $0.properties.generalCategory.isInvisible ? " " : Character($0) })
    let short = line.count > 300 ? line.prefix(299) + "…" : line[...]
    return "'" + String(short.map { $0 == "'" ? "’" : $0 }) + "'"
  }

  /// A number as gnuplot reads it: shortest decimal; `NaN` for what is not finite.
  public static func number(_ value: Double) -> String {
    if !value.isFinite { return "NaN" }
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

extension Unicode.GeneralCategory {
  /// Line ends, controls and what is no character.
  fileprivate var isInvisible: Bool {
    [.control, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned].contains(self)
  }
}
