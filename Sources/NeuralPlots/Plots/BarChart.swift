import Foundation
import Neural

/// Bars for categories, one or several beside each other in each.
public struct BarChart: Plot {
  /// A value for each category.
  public struct Series: Sendable {
    /// In the legend, which one series without a name does not have.
    public var name: String
    /// In the order of the categories; NaN for none.
    public var values: [Double]

    /// Bars of one colour.
    public init(_ name: String = "", _ values: [Double]) {
      self.name = name
      self.values = values
    }
  }

  /// Above the plot.
  public var title: String
  /// What the categories are; empty if their names say it.
  public var x: String
  /// The axis of the values.
  public var y: Axis
  /// The names under the bars.
  public var categories: [String]
  /// One bar of each stands in every category.
  public var series: [Series]
  /// Digits after the point of the numbers over the bars; nil for no numbers.
  public var digits: Int?

  /// Bars; another count of values than of categories traps.
  public init(
    _ title: String = "", x: String = "", y: Axis, categories: [String], _ series: [Series], digits: Int? = nil
  ) {
    self.title = title
    self.x = x
    self.y = y
    self.categories = categories
    self.series = series
    self.digits = digits
    for series in series {
      require(
        series.values.count == categories.count, "BarChart",
        "\(series.name): \(series.values.count) values for \(categories.count) categories")
    }
  }

  /// With room for the legend.
  public func height(width: Double) -> Double {
    (60 + 0.5 * width + Look.legendHeight(series.map(\.name).filter { !$0.isEmpty }, width: width)).rounded()
  }

  /// See ``Plot``.
  public func draw(in script: inout Script, width: Double, height: Double) {
    script.title(title)
    script.add("set xlabel \(Script.quoted(x)); set xrange [-0.6:\(Double(max(categories.count, 1)) - 0.4)]")
    script.add("set grid noxtics ytics; set tics scale 0.5; set xtics scale 0")
    y.set("y", for: series.flatMap(\.values), fit: .fromZero, length: height - 100, in: &script)
    if digits != nil { script.add("set offsets 0, 0, graph 0.08, 0") }
    script.ticks("x", categories.enumerated().map { ($0.element, Double($0.offset)) })
    if !series.contains(where: { !$0.name.isEmpty }) { script.add("unset key") }
    let barWidth = 0.8 / Double(max(series.count, 1))
    var elements: [String] = []
    for (index, series) in series.enumerated() {
      let places = categories.indices.map {
        Double($0) + (Double(index) - Double(self.series.count - 1) / 2) * barWidth
      }
      let values = series.values.map { y.shows($0) ? $0 : .nan }
      let block = script.add(data: places, values)
      let title = series.name.isEmpty ? "notitle" : "title \(Script.quoted(series.name))"
      elements.append(
        "\(block) using 1:2:(\(0.92 * barWidth)) with boxes linecolor rgb '\(Look.color(index))' \(title)")
      if let digits {
        let label = "(sprintf('%.\(digits)f', $2))"
        elements.append(
          "\(block) using 1:2:\(label) with labels center offset 0, 0.6 textcolor rgb '\(Look.soft)' notitle")
      }
    }
    script.plot(elements)
  }
}
