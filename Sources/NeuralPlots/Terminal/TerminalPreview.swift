import Neural

/// Images as text for a terminal: each character is an upper half block, whose two colours are two pixels.
public struct TerminalPreview: Sendable {
  private let rasters: [Raster]
  private let captions: [String]

  /// Images beside each other, as ``ImageGrid`` takes them, each with a caption over it.
  public init(_ images: [Tensor], captions: [String] = [], range: ClosedRange<Double>? = nil) {
    rasters = images.map { Raster($0, range: range) }
    self.captions = captions
  }

  /// The lines, or nil where colours cannot be shown.
  public func text(_ colors: TerminalColors = .standardOutput) -> String? {
    guard colors != .none, !rasters.isEmpty else { return nil }
    var lines: [String] = []
    if !captions.isEmpty {
      lines.append(
        rasters.enumerated().map { index, raster in
          let caption = (index < captions.count ? captions[index] : "").prefix(raster.width)
          return caption + String(repeating: " ", count: raster.width - caption.count)
        }.joined(separator: "  "))
    }
    let height = rasters.map(\.height).max() ?? 0
    for row in stride(from: 0, to: height, by: 2) {
      lines.append(rasters.map { line($0, row: row, colors) }.joined(separator: "  "))
    }
    return lines.joined(separator: "\n")
  }

  /// Two rows of pixels; below the image the background is the terminal's.
  private func line(_ raster: Raster, row: Int, _ colors: TerminalColors) -> String {
    guard row < raster.height else { return String(repeating: " ", count: raster.width) }
    var text = "", last = ""
    for column in 0..<raster.width {
      let upper = code(raster, row, column, colors)
      let lower = row + 1 < raster.height ? ";48;" + code(raster, row + 1, column, colors) : ";49"
      let escape = "\u{1B}[38;\(upper)\(lower)m"
      if escape != last { text += escape }
      text += "▀"
      last = escape
    }
    return text + "\u{1B}[0m"
  }

  private func code(_ raster: Raster, _ row: Int, _ column: Int, _ colors: TerminalColors) -> String {
    let first = 3 * (row * raster.width + column)
    let (red, green, blue) = (Int(raster.bytes[first]), Int(raster.bytes[first + 1]), Int(raster.bytes[first + 2]))
    if colors == .trueColor { return "2;\(red);\(green);\(blue)" }
    // Greys 232…255 are 8, 18, …, 238; black and white are corners of the cube, whose levels are 0, 95, 135, …, 255.
    if red == green, green == blue, (4..<247).contains(red) { return "5;\(232 + min(max((red - 3) / 10, 0), 23))" }
    let levels = [red, green, blue].map { $0 < 48 ? 0 : $0 < 115 ? 1 : ($0 - 35) / 40 }
    return "5;\(16 + 36 * levels[0] + 6 * levels[1] + levels[2])"
  }
}
