import Foundation
import Neural

/// How often values fall into equal intervals of the axis.
public struct Histogram: Plot {
  /// Above the plot.
  public var title: String
  /// What the values are.
  public var x: Axis
  /// The axis of the counts.
  public var y: Axis
  /// The finite ones among them are counted.
  public var values: [Double]
  /// How many intervals; at least 1.
  public var bins: Int

  /// A histogram of numbers.
  public init(_ title: String = "", x: Axis, y: Axis = "count", of values: [Double], bins: Int = 50) {
    self.title = title
    self.x = x
    self.y = y
    self.values = values
    self.bins = bins
    require(bins >= 1, "Histogram", "\(bins) bins")
  }

  /// A histogram of all elements of a tensor of any real dtype.
  public init(_ title: String = "", x: Axis, y: Axis = "count", of tensor: Tensor, bins: Int = 50) {
    self.init(title, x: x, y: y, of: tensor.cast(to: .float64).array(Double.self), bins: bins)
  }

  /// The middle of each interval and the count in it; the last interval has both its ends. Intervals divide the range of
  /// the axis if it has one, else what lies between the least value and the greatest; equal values are one bin then.
  var counts: (centers: [Double], counts: [Double], width: Double) {
    let shown = values.filter { $0.isFinite && x.range?.contains($0) ?? true }
    guard let least = x.range?.lowerBound ?? shown.min(), let most = x.range?.upperBound ?? shown.max() else {
      return ([], [], 1)
    }
    if least == most { return ([least], [Double(shown.count)], max(abs(least) * 0.1, 0.1)) }
    let width = most / Double(bins) - least / Double(bins)
    var counts = [Double](repeating: 0, count: bins)
    for value in shown { counts[min(max(Int((value / width - least / width)), 0), bins - 1)] += 1 }
    return (counts.indices.map { least + (Double($0) + 0.5) * width }, counts, width)
  }

  /// See ``Plot``.
  public func draw(in script: inout Script, width: Double, height: Double) {
    let (centers, counts, binWidth) = counts
    script.title(title)
    script.add("unset key; set grid noxtics ytics")
    let ends = centers.isEmpty ? [] : [centers[0] - binWidth / 2, centers[centers.count - 1] + binWidth / 2]
    x.set("x", for: ends, fit: .tight, length: width - 90, in: &script)
    var y = y
    // A single value must still be seen on a logarithmic axis.
    if y.scale == .logarithmic, y.range == nil { y.range = 0.7...max(1.5 * (counts.max() ?? 1), 10) }
    y.set("y", for: counts, fit: .fromZero, length: height - 100, in: &script)
    let block = script.add(data: centers, counts.map { y.shows($0) ? $0 : .nan })
    script.plot(["\(block) using 1:2:(\(0.96 * binWidth)) with boxes linecolor rgb '\(Look.color(0))' notitle"])
  }
}
