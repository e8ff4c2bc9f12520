extension Picture {
  /// The digit that is drawn or photographed, as the images of MNIST are: bright on black, its longer side 20 pixels
  /// long, its centre of mass in the middle of 28×28 (LeCun, Cortes and Burges, "The MNIST database").
  ///
  /// The ground is what the picture's border mostly shows: ink is what differs from it towards the picture's mean, dark or
  /// bright. It is stretched so that the strongest is 255; what is weaker than a tenth of that counts as ground.
  /// - Returns: 1×28×28, or nil if there is no ink: all of the picture is like its border.
  public func centeredDigit() -> Picture? {
    let ink = grey.ink()
    guard let box = Self.boundingBox(ink, width: width) else { return nil }
    let rows = box.rows.count, columns = box.columns.count
    let cut = box.rows.flatMap { row in ink[row * width + box.columns.lowerBound..<row * width + box.columns.upperBound]
    }
    let scale = 20 / Double(max(rows, columns))
    let digit = Picture(channels: 1, height: rows, width: columns, pixels: cut).resized(
      height: max(1, Int((Double(rows) * scale).rounded())), width: max(1, Int((Double(columns) * scale).rounded())))

    let size = 28
    let (y, x) = digit.centerOfMass
    let top = min(max(Int((Double(size) / 2 - y).rounded()), 0), size - digit.height)
    let left = min(max(Int((Double(size) / 2 - x).rounded()), 0), size - digit.width)
    var pixels = [UInt8](repeating: 0, count: size * size)
    for row in 0..<digit.height {
      for column in 0..<digit.width {
        pixels[(top + row) * size + left + column] = digit.pixels[row * digit.width + column]
      }
    }
    return Picture(channels: 1, height: size, width: size, pixels: pixels, notes: notes)
  }

  /// How much each pixel of a grey picture differs from the border, 0 to 255.
  private func ink() -> [UInt8] {
    var border: [UInt8] = []
    for row in 0..<height {
      for column in 0..<width where row == 0 || column == 0 || row == height - 1 || column == width - 1 {
        border.append(pixels[row * width + column])
      }
    }
    let ground = Int(border.sorted()[border.count / 2])
    let isDark = pixels.reduce(0) { $0 + Int($1) } < ground * pixels.count
    let differences = pixels.map { max(0, isDark ? ground - Int($0) : Int($0) - ground) }
    let strongest = differences.max() ?? 0
    // A difference of a few steps is noise, not ink.
    guard strongest >= 16 else { return [UInt8](repeating: 0, count: pixels.count) }
    return differences.map { 10 * $0 < strongest ? 0 : UInt8(255 * $0 / strongest) }
  }

  /// The smallest box around all ink of a quarter of the strongest at least.
  private static func boundingBox(_ ink: [UInt8], width: Int) -> (rows: Range<Int>, columns: Range<Int>)? {
    let inked = ink.indices.filter { ink[$0] >= 64 }
    guard let first = inked.first, let last = inked.last else { return nil }
    let columns = inked.map { $0 % width }
    return (first / width..<last / width + 1, (columns.min() ?? 0)..<(columns.max() ?? 0) + 1)
  }

  /// Of a grey picture, in pixels from its top left corner.
  private var centerOfMass: (y: Double, x: Double) {
    var (mass, y, x) = (0.0, 0.0, 0.0)
    for row in 0..<height {
      for column in 0..<width {
        let value = Double(pixels[row * width + column])
        mass += value
        y += value * (Double(row) + 0.5)
        x += value * (Double(column) + 0.5)
      }
    }
    return mass > 0 ? (y / mass, x / mass) : (Double(height) / 2, Double(width) / 2)
  }
}
