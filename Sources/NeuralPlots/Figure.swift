import Foundation

/// A picture: one plot, or several in rows under a common title.
///
/// ```swift
/// let figure = Figure("LeNet on MNIST", columns: 2) {
///   LinePlot("Loss", x: "epoch", y: Axis("loss", scale: .logarithmic), [.init("train", losses)])
///   BarChart("Accuracy", y: "accuracy, %", categories: digits, [.init("test", accuracies)])
/// }
/// try figure.write(to: URL(fileURLWithPath: "lenet.png"))
/// ```
public struct Figure: Sendable {
  /// Over all panels; none if empty.
  public var title: String
  /// The plots, row by row.
  public var panels: [any Plot]
  /// How many plots stand side by side.
  public var columns: Int

  /// All figures are 800 points wide: a PNG has two pixels for each.
  public static let width = 800.0
  private static let titleHeight = 38.0, margin = 6.0

  /// A figure of the plots that `panels` lists, by default all in one column.
  public init(_ title: String = "", columns: Int = 1, @PanelBuilder panels: () -> [any Plot]) {
    self.title = title
    self.columns = max(columns, 1)
    self.panels = panels()
  }

  /// Draws the figure with gnuplot and writes a file, whole or not at all. The same figure gives the same bytes.
  ///
  /// - Parameter url: a path that ends in `.png` or `.svg`.
  /// - Throws: ``PlotError``: gnuplot is missing or fails, another ending, or a file that cannot be written.
  public func write(to url: URL) throws(PlotError) {
    guard let format = Format(rawValue: url.pathExtension.lowercased()) else {
      throw .unknownFormat(path: url.relativePath)
    }
    let picture = try Gnuplot.run(script(format), format: format)
    do {
      try picture.write(to: url, options: .atomic)
    } catch {
      throw .unwritable(path: url.relativePath)
    }
  }

  /// Height in points that the panels need at this width.
  var height: Double { rowHeights.reduce(title.isEmpty ? 0 : Figure.titleHeight, +) }

  private var panelWidth: Double { Figure.width / Double(min(columns, max(panels.count, 1))) }

  private var rowHeights: [Double] {
    stride(from: 0, to: panels.count, by: columns).map { first in
      (panels[first..<min(first + columns, panels.count)].map { $0.height(width: panelWidth - 2 * Figure.margin) }.max()
        ?? 0)
        + 2 * Figure.margin
    }
  }

  /// What gnuplot is to do: terminal, numbers, then panel after panel, each at its place.
  func script(_ format: Format) -> String {
    var script = Script(format)
    let height = max(self.height, 1)
    var top = height
    if !title.isEmpty {
      script.add(
        "set label 1 \(Script.quoted(title)) at screen 0.5, screen \(1 - 0.55 * Figure.titleHeight / height)"
          + " center font \(script.font(size: 14, isBold: true)) textcolor rgb '\(Look.ink)'")
      script.add("unset border; unset tics; unset key; set origin 0, 0; set size 1, 1; plot [0:1] [0:1] NaN")
      top -= Figure.titleHeight
    }
    for (row, rowHeight) in rowHeights.enumerated() {
      for column in 0..<columns where row * columns + column < panels.count {
        script.begin()
        let left = Double(column) * panelWidth + Figure.margin, bottom = top - rowHeight + Figure.margin
        let inner = (width: panelWidth - 2 * Figure.margin, height: rowHeight - 2 * Figure.margin)
        script.add("set origin \(Script.number(left / Figure.width)), \(Script.number(bottom / height))")
        script.add("set size \(Script.number(inner.width / Figure.width)), \(Script.number(inner.height / height))")
        panels[row * columns + column].draw(in: &script, width: inner.width, height: inner.height)
      }
      top -= rowHeight
    }
    return """
      \(Look.terminal(format, width: Figure.width, height: height))
      \(script.data.joined(separator: "\n"))
      set multiplot
      \(script.commands.joined(separator: "\n"))
      unset multiplot

      """
  }
}

/// Lists the plots of a ``Figure``, also with `if` and `for`.
@resultBuilder public enum PanelBuilder {
  /// One plot.
  public static func buildExpression(_ plot: any Plot) -> [any Plot] { [plot] }
  /// One plot after another.
  public static func buildBlock(_ parts: [any Plot]...) -> [any Plot] { parts.flatMap { $0 } }
  /// The plots of a loop.
  public static func buildArray(_ parts: [[any Plot]]) -> [any Plot] { parts.flatMap { $0 } }
  /// A plot, or none.
  public static func buildOptional(_ part: [any Plot]?) -> [any Plot] { part ?? [] }
  /// A choice.
  public static func buildEither(first part: [any Plot]) -> [any Plot] { part }
  /// A choice.
  public static func buildEither(second part: [any Plot]) -> [any Plot] { part }
}
