import Neural

/// Images beside and below each other, each with a title over it; pixels stay square and sharp.
public struct ImageGrid: Plot {
  /// Above the grid.
  public var title: String
  /// Grey `[height, width]` or `[1, height, width]`, or colours `[3, height, width]`: uint8 0…255, others within ``range``.
  public var images: [Tensor]
  /// Over the images; fewer than images leave the rest without.
  public var titles: [String]
  /// Images in a row.
  public var columns: Int
  /// What is black and what is white; nil for 0…255 in uint8 tensors and 0…1 in others.
  public var range: ClosedRange<Double>?

  private static let gap = 0.06, titleHeight = 22.0, largestCell = 200.0

  /// A grid of images, by default at most ten in a row.
  public init(
    _ title: String, _ images: [Tensor], titles: [String] = [], columns: Int? = nil,
    range: ClosedRange<Double>? = nil
  ) {
    self.title = title
    self.images = images
    self.titles = titles
    self.columns = max(columns ?? min(images.count, 10), 1)
    self.range = range
  }

  /// A grid without a title.
  public init(_ images: [Tensor], titles: [String] = [], columns: Int? = nil, range: ClosedRange<Double>? = nil) {
    self.init("", images, titles: titles, columns: columns, range: range)
  }

  /// A grid of the images of a batch `[count, channels, height, width]`.
  public init(
    _ title: String = "", batch: Tensor, titles: [String] = [], columns: Int? = nil, range: ClosedRange<Double>? = nil
  ) {
    require(batch.rank == 4, "ImageGrid", "a batch [count, channels, height, width] expected, found \(batch.shape)")
    self.init(title, (0..<batch.shape[0]).map { batch[$0] }, titles: titles, columns: columns, range: range)
  }

  private var rows: Int { (images.count + columns - 1) / columns }
  /// Height of the tallest image, as a multiple of its width.
  private var tallness: Double {
    images.map { Double($0.shape[-2]) / Double(max($0.shape[-1], 1)) }.max() ?? 1
  }
  private func cellWidth(_ width: Double) -> Double {
    min((width - 20) / (Double(columns) * (1 + ImageGrid.gap)), ImageGrid.largestCell)
  }
  private func rowHeight(_ cell: Double) -> Double {
    cell * (tallness + ImageGrid.gap) + (titles.isEmpty ? 0 : ImageGrid.titleHeight)
  }

  /// As high as the images need.
  public func height(width: Double) -> Double {
    (Double(rows) * rowHeight(cellWidth(width)) + (title.isEmpty ? 12 : 40)).rounded()
  }

  /// See ``Plot``.
  public func draw(in script: inout Script, width: Double, height: Double) {
    // One unit is one point, from the upper left corner of the panel on.
    script.title(title)
    script.add("unset border; unset tics; unset grid; unset key")
    script.add("set lmargin 0; set rmargin 0; set bmargin 0; set tmargin \(title.isEmpty ? "0" : "1.8")")
    let cell = cellWidth(width), rowHeight = rowHeight(cell)
    let used = cell * (Double(columns) * (1 + ImageGrid.gap) - ImageGrid.gap)
    let left = (width - used) / 2, top = title.isEmpty ? 6.0 : 2.0
    let frameHeight = Double(rows) * rowHeight + (title.isEmpty ? 12 : 6)
    script.add("set xrange [0:\(width)]; set yrange [\(frameHeight):0]; set size ratio -1")
    // Small enough that no title runs into its neighbour: a letter is about .76 of its size wide.
    let longest = Double(titles.map(\.count).max() ?? 0)
    let font = script.font(size: max(6, min(11, cell * (1 + ImageGrid.gap) / (0.76 * max(longest, 1)))).rounded(.down))
    var elements: [String] = []
    for (index, image) in images.enumerated() {
      let x = left + Double(index % columns) * cell * (1 + ImageGrid.gap)
      var y = top + Double(index / columns) * rowHeight
      if !titles.isEmpty {
        y += ImageGrid.titleHeight
        if index < titles.count {
          script.add(
            "set label \(index + 1) \(Script.quoted(titles[index])) at \(x + cell / 2), \(y - 11) center font \(font) textcolor rgb '\(Look.ink)'"
          )
        }
      }
      let block = script.add(rows: pixels(Raster(image, range: range), x: x, y: y, width: cell))
      elements.append("\(block) using 1:2:3:4:5 with rgbimage notitle")
    }
    script.plot(elements)
  }

  /// A row `x y red green blue` for each pixel's centre.
  private func pixels(_ raster: Raster, x: Double, y: Double, width: Double) -> [String] {
    let size = width / Double(raster.width)
    return (0..<raster.width * raster.height).map { pixel in
      let (row, column) = pixel.quotientAndRemainder(dividingBy: raster.width)
      let rgb = raster.bytes[3 * pixel..<3 * pixel + 3].map(String.init).joined(separator: " ")
      return "\(x + (Double(column) + 0.5) * size) \(y + (Double(row) + 0.5) * size) \(rgb)"
    }
  }
}
