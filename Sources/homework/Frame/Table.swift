/// Columns of text, aligned at the left.
struct Table: CustomStringConvertible {
  var header: [String]
  var rows: [[String]]

  var description: String {
    let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
    func line(_ cells: [String]) -> String {
      let padded = cells.indices.map { cells[$0] + String(repeating: " ", count: widths[$0] - cells[$0].count) }
      return padded.joined(separator: " | ").trimmingTrailingSpaces
    }
    let rule = widths.map { String(repeating: "-", count: $0) }.joined(separator: "-|-")
    return ([line(header), rule] + rows.map(line)).joined(separator: "\n")
  }
}

extension String {
  fileprivate var trimmingTrailingSpaces: String { String(reversed().drop { $0 == " " }.reversed()) }
}
