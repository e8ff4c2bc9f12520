import Foundation

extension Double {
  /// `0.0354`: always so many digits after the point.
  package func fixed(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }
}

extension Int {
  /// `1,228,800`
  package var grouped: String {
    let digits = String(magnitude)
    let head = digits.count % 3
    var groups = head > 0 ? [String(digits.prefix(head))] : []
    var rest = digits.dropFirst(head)
    while !rest.isEmpty {
      groups.append(String(rest.prefix(3)))
      rest = rest.dropFirst(3)
    }
    return (self < 0 ? "-" : "") + groups.joined(separator: ",")
  }
}

extension Double {
  /// Six significant digits at most: `0.001`, `64`, `1e-07`.
  var short: String { String(format: "%g", self) }
}

/// Columns of text two spaces apart: so many aligned at the left, the others at the right.
func aligned(_ rows: [[String]], leftColumns: Int = 0) -> String {
  let columns = rows.first?.indices ?? 0..<0
  let widths = columns.map { column in rows.map { $0[column].count }.max() ?? 0 }
  return rows.map { row in
    columns.map { column in
      let space = String(repeating: " ", count: widths[column] - row[column].count)
      return column < leftColumns ? row[column] + space : space + row[column]
    }.joined(separator: "  ")
  }.joined(separator: "\n")
}

/// Comma-separated values as in RFC 4180: cells with commas, quotes or line ends in quotes.
func commaSeparated(_ rows: [[String]]) -> String {
  rows.map { row in
    row.map { cell in
      cell.contains { ",\"\r\n".contains($0) } ? "\"\(cell.replacingOccurrences(of: "\"", with: "\"\""))\"" : cell
    }.joined(separator: ",") + "\n"
  }.joined()
}
