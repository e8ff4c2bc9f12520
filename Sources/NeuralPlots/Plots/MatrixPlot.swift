import Neural

/// A matrix as coloured squares with a colour bar; the first row is at the top.
public struct MatrixPlot: Plot {
  /// How numbers become colours.
  public enum Colors: Sendable {
    /// Blue below zero, white at zero, red above; the bar is symmetrical.
    case diverging
    /// Dark violet over green to yellow (viridis): light and dark also in black and white.
    case sequential
    /// Black to white.
    case grey
  }

  /// Above the plot.
  public var title: String
  /// `[rows, columns]` of any real dtype.
  public var matrix: Tensor
  /// What the numbers are, beside the bar.
  public var label: String
  /// The palette.
  public var colors: Colors
  /// The ends of the bar; nil to fit the numbers.
  public var range: ClosedRange<Double>?
  /// Digits after the point of the numbers on the squares; nil for no numbers.
  public var digits: Int?
  /// Names of rows and columns; nil for their indices.
  public var rowNames: [String]?, columnNames: [String]?
  /// What rows and columns are.
  public var x: String, y: String

  /// A picture of a matrix; another rank than 2, or another count of names than of rows or columns, traps.
  public init(
    _ title: String, _ matrix: Tensor, label: String = "", colors: Colors = .diverging,
    range: ClosedRange<Double>? = nil, digits: Int? = nil, x: String = "", y: String = "",
    rowNames: [String]? = nil, columnNames: [String]? = nil
  ) {
    require(matrix.rank == 2 && matrix.count > 0, "MatrixPlot", "\(matrix.shape) is no matrix")
    require(
      rowNames.map { $0.count == matrix.shape[0] } ?? true, "MatrixPlot",
      "\(rowNames?.count ?? 0) names for \(matrix.shape[0]) rows")
    require(
      columnNames.map { $0.count == matrix.shape[1] } ?? true, "MatrixPlot",
      "\(columnNames?.count ?? 0) names for \(matrix.shape[1]) columns")
    self.title = title
    self.matrix = matrix
    self.label = label
    self.colors = colors
    self.range = range
    self.digits = digits
    self.x = x
    self.y = y
    self.rowNames = rowNames
    self.columnNames = columnNames
  }

  /// Square elements of at most 90 points; from a quarter to three quarters of the width.
  public func height(width: Double) -> Double {
    let cell = min((width - 150) / Double(matrix.shape[1]), 90)
    return (min(max(cell * Double(matrix.shape[0]), width / 4), 0.75 * width) + 70).rounded()
  }

  /// See ``Plot``.
  public func draw(in script: inout Script, width: Double, height: Double) {
    let (rows, columns) = (matrix.shape[0], matrix.shape[1])
    let values = matrix.cast(to: .float64).array(Double.self)
    script.title(title)
    script.add("unset key; unset grid; set tics scale 0; set border 0; set size ratio -1")
    script.add(
      "set xlabel \(Script.quoted(x)); set ylabel \(Script.quoted(y)); set cblabel \(Script.quoted(label)) textcolor rgb '\(Look.ink)'"
    )
    script.add("set xrange [-0.5:\(Double(columns) - 0.5)]; set yrange [\(Double(rows) - 0.5):-0.5]")
    script.ticks("x", ticks(columnNames, columns))
    script.ticks("y", ticks(rowNames, rows))
    script.add("set colorbox noborder")
    let bounds = bounds(values)
    script.add(
      "set cbrange [\(Script.number(bounds.lowerBound)):\(Script.number(bounds.upperBound))]; set palette defined (\(stops))"
    )
    let block = script.add(
      rows: (0..<rows).map { row in
        values[row * columns..<(row + 1) * columns].map(Script.number).joined(separator: " ")
      })
    var elements = ["\(block) matrix with image notitle"]
    if let digits {
      // White numbers on dark squares.
      let dark =
        colors == .diverging
        ? "abs($3) > \(0.6 * bounds.upperBound)" : "$3 < \(0.5 * (bounds.lowerBound + bounds.upperBound))"
      elements.append(
        "\(block) matrix using 1:2:(gprintf('%.\(digits)f', $3)):(\(dark) ? 0xFFFFFF : 0x222222) with labels textcolor rgb variable notitle"
      )
    }
    script.plot(elements)
  }

  private func bounds(_ values: [Double]) -> ClosedRange<Double> {
    if let range, range.lowerBound < range.upperBound { return range }
    let finite = values.filter(\.isFinite)
    let least = finite.min() ?? 0, most = finite.max() ?? 1
    if colors == .diverging {
      let end = max(abs(least), abs(most))
      return end > 0 ? -end...end : -1...1
    }
    return least < most ? least...most : least...least + 1
  }

  private var stops: String {
    switch colors {
    case .diverging: "0 '#2166AC', 1 '#92C5DE', 2 '#F7F7F7', 3 '#F4A582', 4 '#B2182B'"
    case .sequential: "0 '#440154', 1 '#3B528B', 2 '#21918C', 3 '#5EC962', 4 '#FDE725'"
    case .grey: "0 '#000000', 1 '#FFFFFF'"
    }
  }

  /// All of the names, or indices no denser than ten.
  private func ticks(_ names: [String]?, _ count: Int) -> [(String, Double)] {
    if let names { return names.enumerated().map { ($0.element, Double($0.offset)) } }
    let step = max(1, (count + 9) / 10)
    return stride(from: 0, to: count, by: step).map { (String($0), Double($0)) }
  }
}
