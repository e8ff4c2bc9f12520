/// Runs something for every combination of settings.
///
/// ```swift
/// let table = try sweep(over: ["learning rate": [0.1, 0.01], "penalty": [0, 0.005, 0.01]]) { setting in
///   let model = Sequential { Linear(784, 10) }
///   let history = try fit(
///     model, SGD(model, learningRate: setting["learning rate"]), train: loader, validation: others, epochs: 0..<3,
///     penalty: { setting["penalty"] * l2Penalty($0) })
///   return ["accuracy": history["validation accuracy"].last ?? .nan]
/// }
/// print(table)
/// ```
///
/// - Parameters:
///   - axes: each setting with its values; the last one changes fastest.
///   - run: from one combination to its results; the same names every time, else it traps.
public func sweep(
  over axes: KeyValuePairs<String, [Double]>, run: (_ setting: Sweep.Row) throws -> KeyValuePairs<String, Double>
) rethrows -> Sweep {
  let combinations = axes.reduce([[]]) { rows, axis in rows.flatMap { row in axis.value.map { row + [$0] } } }
  var sweep = Sweep(settings: axes.map(\.key))
  for values in combinations {
    let setting = Sweep.Row(names: sweep.settings, values: values)
    let results = try run(setting)
    if sweep.rows.isEmpty { sweep.results = results.map(\.key) }
    require(
      results.map(\.key) == sweep.results, "sweep", "results \(results.map(\.key)), before they were \(sweep.results)")
    sweep.rows.append(Sweep.Row(names: setting.names + sweep.results, values: values + results.map(\.value)))
  }
  return sweep
}

/// The results of a ``sweep(over:run:)``: a table with a row for each combination of settings.
public struct Sweep: Sendable, Hashable, Codable, CustomStringConvertible {
  /// One combination of settings, with its results once it has run.
  public struct Row: Sendable, Hashable, Codable {
    /// Of the settings, then of the results.
    public let names: [String]
    /// In the order of the names.
    public let values: [Double]

    /// The value of a setting or of a result. Another name traps.
    public subscript(name: String) -> Double {
      guard let index = names.firstIndex(of: name) else { trap("sweep", "no \"\(name)\" among \(names)") }
      return values[index]
    }
  }

  /// Names of what was varied.
  public let settings: [String]
  /// Names of what came out.
  public internal(set) var results: [String] = []
  /// In the order of the runs.
  public internal(set) var rows: [Row] = []

  init(settings: [String]) { self.settings = settings }

  /// The row with the best value of a result, the first of equal ones; nil if all are NaN, or there are none.
  public func best(_ result: String, _ goal: Goal) -> Row? {
    rows.reduce(nil) { best, row in goal.isBetter(row[result], than: best?[result]) ? row : best }
  }

  /// Comma-separated values with a header.
  public var csv: String { commaSeparated([settings + results] + rows.map { $0.values.map { "\($0)" } }) }

  /// Columns, with six significant digits.
  public var description: String { aligned([settings + results] + rows.map { $0.values.map(\.short) }) }
}
