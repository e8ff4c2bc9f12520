/// What a figure can be written as, by the ending of the file's name.
enum Format: String {
  case png, svg
}

/// The one look of all figures: fonts, colours, frame.
enum Look {
  /// Okabe and Ito's palette (https://jfly.uni-koeln.de/color/), without its yellow, which is too light for lines:
  /// told apart with every kind of colour vision.
  static let palette = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
  /// gnuplot's point types that go with them: circle, square, triangle, diamond, inverted triangle, pentagon, cross.
  static let marks = [7, 5, 9, 13, 11, 15, 2]

  /// Text; numbers and the frame; grid lines; reference lines.
  static let ink = "#222222", soft = "#555555", grid = "#E4E4E4", reference = "#888888"

  static func color(_ index: Int) -> String { palette[index % palette.count] }
  static func mark(_ index: Int) -> Int { marks[index % marks.count] }

  /// Points that a legend takes: entries in columns as wide as the longest.
  static func legendHeight(_ names: [String], width: Double) -> Double {
    guard let longest = names.map(\.count).max(), longest > 0 else { return 0 }
    let columns = max(1, ((width - 90) / (8 * Double(longest) + 45)).rounded(.down))
    return 12 + 17 * (Double(names.count) / columns).rounded(.up)
  }

  /// A font; `size` is in the points of PNG, whose text has 11 where SVG's has 13 pixels.
  static func font(_ format: Format, size: Double, isBold: Bool = false) -> String {
    "'\(format == .png ? "DejaVu Sans" : "sans-serif")\(isBold ? ":Bold" : ""),\(Script.number(format == .png ? size : size * 13 / 11))'"
  }

  /// PNG at two pixels per point, which is sharp on every screen at 800 points; text is never markup.
  static func terminal(_ format: Format, width: Double, height: Double) -> String {
    switch format {
    case .png:
      "set terminal pngcairo noenhanced size \(Int(2 * width)),\(Int(2 * height)) font \(font(format, size: 11))"
        + " fontscale 2 linewidth 2 pointscale 2 background '#FFFFFF'"
    case .svg:
      "set terminal svg noenhanced size \(Int(width)),\(Int(height)) font \(font(format, size: 11)) background '#FFFFFF'"
    }
  }

  /// Axes at the left and below, light grid, legend in rows under the plot so that it never covers data.
  static func prelude(_ format: Format) -> [String] {
    [
      "reset", "set encoding utf8; set minussign",
      "set border 3 linecolor rgb '\(soft)' linewidth 1",
      "set tics nomirror out scale 0.5 textcolor rgb '\(soft)'",
      "set grid linecolor rgb '\(grid)' linewidth 1 linetype 1 back",
      "set key bmargin center horizontal Left reverse samplen 1.6 height 1 textcolor rgb '\(ink)'",
      "set xlabel textcolor rgb '\(ink)'; set ylabel textcolor rgb '\(ink)'; set zlabel textcolor rgb '\(ink)'",
      "set title font \(font(format, size: 12, isBold: true)) textcolor rgb '\(ink)'",
      "set boxwidth 0.9 absolute; set style fill solid 1 noborder",
    ]
  }
}
