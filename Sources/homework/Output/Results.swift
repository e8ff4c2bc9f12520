import ArgumentParser
import Neural

/// The rows `quantity | expected | ours | ok` that an exercise ends with.
struct Results {
  private var rows: [[String]] = []
  private var failures: [String] = []

  /// A quantity that must equal what is expected.
  mutating func add<Value: Equatable>(_ quantity: String, expected: Value, ours: Value, must: Bool = true) {
    add(quantity, "\(expected)", "\(ours)", holds: expected == ours, must: must)
  }

  /// A fraction that must lie in a range, shown in percent.
  mutating func add(_ quantity: String, percent range: ClosedRange<Double>, ours: Double, must: Bool = true) {
    let upper = range.upperBound < 1 ? " to \((100 * range.upperBound).fixed(1))" : " or more"
    let expected = "\((100 * range.lowerBound).fixed(1))\(upper) %"
    add(quantity, expected, "\((100 * ours).fixed(2)) %", holds: range.contains(ours), must: must)
  }

  /// A figure to compare, which decides nothing.
  mutating func note(_ quantity: String, expected: String, ours: String) {
    rows.append([quantity, expected, ours, ""])
  }

  private mutating func add(_ quantity: String, _ expected: String, _ ours: String, holds: Bool, must: Bool) {
    rows.append([quantity, expected, ours, holds ? "yes" : must ? "NO" : "no"])
    if must && !holds { failures.append(quantity) }
  }

  /// Prints the table; throws if a row that must hold does not.
  func finish() throws {
    print(Table(header: ["quantity", "expected", "ours", "ok"], rows: rows))
    if !failures.isEmpty { throw ResultError(failures: failures) }
  }
}

/// Rows that must hold and do not.
struct ResultError: PlainError {
  let failures: [String]
  var description: String { "not as expected: \(failures.joined(separator: ", "))" }
}
