import Neural

/// Points and lines in space.
public struct ScatterPlot3D: Plot {
  /// Points of one colour.
  public struct Series: Sendable {
    /// In the legend; without a name the points are not there.
    public var name: String
    /// The coordinates.
    public var x: [Double], y: [Double], z: [Double]
    /// Whether the points are joined instead of marked.
    public var isLine: Bool

    /// Marked points; counts that differ trap.
    public static func points(_ name: String, x: [Double], y: [Double], z: [Double]) -> Series {
      Series(name, x, y, z, isLine: false)
    }

    /// A line through the points; counts that differ trap.
    public static func line(_ name: String, x: [Double], y: [Double], z: [Double]) -> Series {
      Series(name, x, y, z, isLine: true)
    }

    private init(_ name: String, _ x: [Double], _ y: [Double], _ z: [Double], isLine: Bool) {
      require(
        x.count == y.count && y.count == z.count, "ScatterPlot3D",
        "\(name): \(x.count), \(y.count) and \(z.count) coordinates")
      (self.name, self.x, self.y, self.z, self.isLine) = (name, x, y, z, isLine)
    }
  }

  /// Above the plot.
  public var title: String
  /// The axes.
  public var x: Axis, y: Axis, z: Axis
  /// In the order of the legend and the palette.
  public var series: [Series]
  /// From where one looks: degrees down from the zenith, and around it.
  public var view: (tilt: Double, turn: Double)

  /// A plot in space.
  public init(
    _ title: String = "", x: Axis, y: Axis, z: Axis, _ series: [Series], view: (tilt: Double, turn: Double) = (65, 35)
  ) {
    self.title = title
    (self.x, self.y, self.z) = (x, y, z)
    self.series = series
    self.view = view
  }

  /// Higher than others: depth needs room.
  public func height(width: Double) -> Double { (60 + 0.65 * width).rounded() }

  /// See ``Plot``.
  public func draw(in script: inout Script, width: Double, height: Double) {
    script.title(title)
    x.set("x", for: series.flatMap(\.x), fit: .round, length: 0.5 * width, in: &script)
    y.set("y", for: series.flatMap(\.y), fit: .round, length: 0.3 * width, in: &script)
    z.set("z", for: series.flatMap(\.z), fit: .round, length: 0.3 * width, in: &script)
    script.add(
      "set view \(Script.number(view.tilt)), \(Script.number(view.turn)), 1.1, 1; set xyplane relative 0; set border 31 linecolor rgb '\(Look.soft)'"
    )
    script.add(
      "set grid xtics ytics ztics vertical; set zlabel rotate by 90; set xtics offset 0, -0.3; set ytics offset 0.5, -0.3"
    )
    script.add("set key inside top right vertical noreverse Right")
    script.plot(
      series.enumerated().map { index, series in
        let block = script.add(data: series.x, series.y, series.z)
        let style = series.isLine ? "lines linewidth 2.5" : "points pointtype \(Look.mark(index)) pointsize 0.7"
        let title = series.name.isEmpty ? "notitle" : "title \(Script.quoted(series.name))"
        return "\(block) using 1:2:3 with \(style) linetype 1 linecolor rgb '\(Look.color(index))' \(title)"
      }, with: "splot")
  }
}
