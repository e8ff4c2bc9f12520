import Foundation
import Neural

/// Something that can be drawn in a panel of a ``Figure``. Those of this module are ``LinePlot``, ``BarChart``,
/// ``Histogram``, ``ImageGrid``, ``MatrixPlot`` and ``ScatterPlot3D``; a type of your own writes gnuplot commands.
public protocol Plot: Sendable {
  /// Points that the plot takes in height when it has `width` points.
  func height(width: Double) -> Double

  /// Adds data and commands to the script. Origin, size and look of the panel are already set.
  func draw(in script: inout Script, width: Double, height: Double)
}

extension Plot {
  /// Twice as wide as high, and room for labels.
  public func height(width: Double) -> Double { (60 + 0.5 * width).rounded() }

  /// Writes a figure of this plot alone: see ``Figure/write(to:)``.
  public func write(to url: URL) throws(PlotError) { try Figure { self }.write(to: url) }
}

/// An axis of a plot: what it shows, in which unit, and how.
public struct Axis: Sendable, ExpressibleByStringLiteral {
  /// How numbers become places.
  public enum Scale: Sendable {
    /// Equal distances for equal differences.
    case linear
    /// Equal distances for equal ratios; what is not positive is left out.
    case logarithmic
  }

  /// The quantity with its unit: `time, s`.
  public var label: String
  /// Linear or logarithmic.
  public var scale: Scale
  /// The ends of the axis; nil to fit the data.
  public var range: ClosedRange<Double>?
  /// Where numbers stand; nil for round ones.
  public var ticks: [Double]?

  /// An axis with its label.
  public init(
    _ label: String, scale: Scale = .linear, range: ClosedRange<Double>? = nil, ticks: [Double]? = nil
  ) {
    self.label = label
    self.scale = scale
    self.range = range
    self.ticks = ticks
  }

  /// A linear axis that fits its data.
  public init(stringLiteral label: String) { self.init(label) }

  /// Whether a number has a place on the axis.
  func shows(_ value: Double) -> Bool { value.isFinite && (scale == .linear || value > 0) }

  /// How an axis is fitted to its data.
  enum Fit {
    /// From the least value to the greatest; to the next ticks outside; the same, and 0 too.
    case tight, round, fromZero
  }

  /// Sets the axis `name` (x, y, z) up for the values that are to be shown.
  /// - Parameter length: points from end to end, about: how many ticks there is room for.
  func set(_ name: String, for values: some Sequence<Double>, fit: Fit, length: Double, in script: inout Script) {
    let shown = values.filter(shows)
    let (lower, end) = ends(shown, fit)
    var upper = end
    script.add("set \(name)label \(Script.quoted(label))")
    if scale == .logarithmic { script.add("set logscale \(name)") }
    if let ticks {
      script.ticks(name, ticks.map { (Axis.text($0), $0) })
    } else if scale == .logarithmic, let lower, let upper {
      script.ticks(name, Axis.logarithmicTicks(lower...upper).map { (Axis.powerText($0), $0) })
    } else {
      let least = lower ?? shown.min() ?? 0, most = upper ?? shown.max() ?? 1
      let step = Axis.step(most - least, atMost: length / (name == "x" ? 70 : 35))
      script.add("set \(name)tics \(Script.number(step))")
      // 0 to 499 is an axis to 500: gnuplot would draw that tick beside the axis.
      let next = (most / step).rounded(.up) * step
      if upper != nil, range == nil, next - most < 0.01 * (most - least) { upper = next }
    }
    script.add("set \(name)range [\(lower.map(Script.number) ?? "*"):\(upper.map(Script.number) ?? "*")]")
  }

  /// The ends that gnuplot could not choose well, nil for the next tick: where all values are equal or missing, and on
  /// logarithmic axes, whose ticks are ours.
  private func ends(_ values: [Double], _ fit: Fit) -> (Double?, Double?) {
    if let range { return (range.lowerBound, range.upperBound) }
    guard let least = values.min(), let most = values.max() else { return scale == .linear ? (0, 1) : (0.1, 1) }
    if scale == .logarithmic { return least < most ? (least / 1.1, most * 1.1) : (least / 3, least * 3) }
    if fit == .fromZero, least >= 0 { return (0, most > 0 ? nil : 1) }
    if least == most { return (least - max(abs(least) / 2, 0.5), least + max(abs(least) / 2, 0.5)) }
    return fit == .tight ? (least, most) : (nil, nil)
  }

  /// 1, 2 or 5 times a power of ten, so that a span has at most so many steps.
  static func step(_ span: Double, atMost count: Double) -> Double {
    let least = max(span, .leastNormalMagnitude) / max(count, 2)
    let exponent = log10(least).rounded(.down)
    let factor = [1.0, 2, 5, 10].first { $0 * pow(10, exponent) >= least * (1 - 1e-9) } ?? 10
    return exponent < 0 ? factor / pow(10, -exponent) : factor * pow(10, exponent)
  }

  /// Powers of ten within the range; 1, 2, 3 and 5 times them on a short axis, 1 and 3 times on a longer one; every so many over
  /// more than eight decades.
  static func logarithmicTicks(_ range: ClosedRange<Double>) -> [Double] {
    let (first, last) = (Int(log10(range.lowerBound).rounded(.down)), Int(log10(range.upperBound).rounded(.up)))
    let decades = log10(range.upperBound / range.lowerBound)
    let factors: [Double] = decades < 1.3 ? [1, 2, 3, 5] : decades < 3 ? [1, 3] : [1]
    let least = (last - first + 7) / 8
    let step = [1, 2, 5, 10, 20, 50, 100].first { $0 >= least } ?? least
    let start = Int((Double(first) / Double(step)).rounded(.down)) * step
    return stride(from: start, through: last, by: step).flatMap { exponent in
      factors.map {
        exponent < 0 ? $0 / pow(10, Double(-exponent)) : $0 * pow(10, Double(exponent))
      }
    }.filter { range.contains($0) }
  }

  /// A number on an axis: `0.001`, `64`, `2.5e+06`.
  static func text(_ value: Double) -> String { String(format: "%.6g", value) }

  /// From 0.001 to 10,000 plainly, others as `2·10⁻⁵`.
  static func powerText(_ value: Double) -> String {
    if value > 0.0009, value < 10_001 { return text(value) }
    let exponent = Int((log10(value) + 1e-9).rounded(.down))
    let factor = (value / pow(10, Double(exponent))).rounded()
    let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    let power = String(String(abs(exponent)).compactMap(\.wholeNumberValue).map { digits[$0] })
    return (factor == 1 ? "" : "\(Int(factor))·") + "10" + (exponent < 0 ? "⁻" : "") + power
  }
}

/// Traps unless the condition holds: plots are made of arrays whose counts belong together.
func require(_ condition: Bool, _ plot: String, _ message: @autoclosure () -> String) {
  if !condition { trap(plot, message()) }
}
