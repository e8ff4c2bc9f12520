import Neural

/// Curves and points over a common axis, with reference lines.
///
/// ```swift
/// let plot = LinePlot(
///   "Training", x: "epoch", y: Axis("loss", scale: .logarithmic),
///   [.init("train", train), .init("validation", validation, style: .markedLine)],
///   references: [.horizontal(0.0354, "paper")])
/// ```
public struct LinePlot: Plot {
  /// A curve.
  public struct Series: Sendable {
    /// How a curve is drawn.
    public enum Style: Sendable {
      /// Joined.
      case line
      /// Joined, each point marked.
      case markedLine
      /// Marked, not joined.
      case points
      /// Joined by dashes.
      case dashed
      /// A pale thin line, for the noise behind a mean.
      case pale
    }

    /// In the legend; without a name the curve is not there.
    public var name: String
    /// The points. One that has no place on an axis (NaN, or 0 on a logarithmic one) leaves a gap.
    public var x: [Double], y: [Double]
    /// Lines, points or both.
    public var style: Style
    /// Which colour of the palette, from 0; nil for the curve's own.
    public var color: Int?

    /// A curve through `y`, by default over 0, 1, 2, …; another count of `x` than of `y` traps.
    public init(
      _ name: String, x: [Double]? = nil, _ y: [Double], style: Style = .line, color: Int? = nil
    ) {
      self.name = name
      self.x = x ?? y.indices.map(Double.init)
      self.y = y
      self.style = style
      self.color = color
      require(self.x.count == y.count, "LinePlot", "\(name): \(self.x.count) places for \(y.count) values")
    }
  }

  /// A straight line from edge to edge.
  public struct Reference: Sendable {
    let isHorizontal: Bool
    let place: Double
    let name: String

    /// At a height.
    public static func horizontal(_ y: Double, _ name: String) -> Reference {
      .init(isHorizontal: true, place: y, name: name)
    }
    /// At a place of the x axis.
    public static func vertical(_ x: Double, _ name: String) -> Reference {
      .init(isHorizontal: false, place: x, name: name)
    }
  }

  /// Above the plot.
  public var title: String
  /// The axes.
  public var x: Axis, y: Axis
  /// The curves, in the order of the legend and the palette.
  public var series: [Series]
  /// Lines to compare with: grey and dashed, named in the legend.
  public var references: [Reference]

  /// A plot of curves.
  public init(_ title: String = "", x: Axis, y: Axis, _ series: [Series], references: [Reference] = []) {
    self.title = title
    self.x = x
    self.y = y
    self.series = series
    self.references = references
  }

  /// With room for the legend; a narrow plot is taller than half its width.
  public func height(width: Double) -> Double {
    let frame = max(0.5 * width, min(0.75 * width, 290))
    return (60 + frame + Look.legendHeight(names.filter { !$0.isEmpty }, width: width)).rounded()
  }

  /// See ``Plot``.
  public func draw(in script: inout Script, width: Double, height: Double) {
    script.title(title)
    x.set("x", for: series.flatMap(\.x) + places(isHorizontal: false), fit: .tight, length: width - 90, in: &script)
    y.set("y", for: series.flatMap(\.y) + places(isHorizontal: true), fit: .round, length: height - 100, in: &script)
    if names.allSatisfy(\.isEmpty) { script.add("unset key") }
    let shown = references.filter { ($0.isHorizontal ? y : x).shows($0.place) }
    let dashes = "linewidth 1.2 dashtype (6,4) linecolor rgb '\(Look.reference)'"
    for reference in shown {
      let place = Script.number(reference.place)
      let ends =
        reference.isHorizontal
        ? "graph 0, first \(place) to graph 1, first \(place)" : "first \(place), graph 0 to first \(place), graph 1"
      script.add("set arrow from \(ends) nohead \(dashes)")
    }
    script.plot(
      series.enumerated().map { index, series in element(series, color: series.color ?? index, in: &script) }
        + shown.map { "NaN with lines \(dashes) title \(Script.quoted($0.name))" })
  }

  private var names: [String] { series.map(\.name) + references.map(\.name) }

  private func places(isHorizontal: Bool) -> [Double] {
    references.filter { $0.isHorizontal == isHorizontal }.map(\.place)
  }

  private func element(_ series: Series, color: Int, in script: inout Script) -> String {
    let block = script.add(
      data: series.x.map { x.shows($0) ? $0 : .nan }, series.y.map { y.shows($0) ? $0 : .nan })
    let mark = "pointtype \(Look.mark(color)) pointsize 0.8"
    let style =
      switch series.style {
      case .line: "lines linewidth 2"
      case .markedLine: "linespoints linewidth 2 \(mark)"
      case .points: "points \(mark)"
      case .dashed: "lines linewidth 2 dashtype (8,5)"
      case .pale: "lines linewidth 0.7"
      }
    // The first byte of a colour is how much shows through.
    let paint = series.style == .pale ? "#B0" + Look.color(color).dropFirst() : Look.color(color)
    let title = series.name.isEmpty ? "notitle" : "title \(Script.quoted(series.name))"
    return "\(block) using 1:2 with \(style) linetype 1 linecolor rgb '\(paint)' \(title)"
  }
}
