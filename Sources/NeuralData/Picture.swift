import Neural

/// A grey or colour image of bytes, plane after plane as networks want it.
///
/// ```swift
/// let picture = try Picture(png: URL(fileURLWithPath: "cat.png"))
/// let input = picture.resized(height: 32, width: 32).tensor  // uint8, [3, 32, 32]
/// ```
public struct Picture: Sendable, Hashable {
  /// Colour planes: 1 for grey, 3 for red, green, blue.
  public let channels: Int

  /// Rows.
  public let height: Int

  /// Pixels per row.
  public let width: Int

  /// `channels × height × width` intensities, row-major.
  public let pixels: [UInt8]

  /// What had to be changed when it was read, a phrase each, such as `transparency dropped`.
  public let notes: [String]

  /// Stops the program unless there are 1 or 3 channels, one row and one pixel at least, and as many `pixels` as that makes.
  public init(channels: Int, height: Int, width: Int, pixels: [UInt8], notes: [String] = []) {
    guard channels == 1 || channels == 3, height > 0, width > 0, product(of: [channels, height, width]) == pixels.count
    else {
      fatalError(
        "Picture: \(channels) × \(height) × \(width) and \(pixels.count) pixels: 1 or 3 channels, all pixels expected")
    }
    (self.channels, self.height, self.width, self.pixels, self.notes) = (channels, height, width, pixels, notes)
  }

  /// A picture of a tensor `[height, width]` or `[channels, height, width]` with 1 or 3 channels; anything else stops the
  /// program. uint8 as it is; other dtypes from 0…1, rounded to bytes, with what lies outside cut off.
  public init(_ tensor: Tensor) {
    let sizes = tensor.rank == 2 ? [1] + tensor.shape.sizes : tensor.shape.sizes
    guard sizes.count == 3, sizes[0] == 1 || sizes[0] == 3 else {
      fatalError("Picture: [height, width] or [1 or 3, height, width] expected, found \(tensor.shape)")
    }
    let pixels: [UInt8] =
      tensor.dtype == .uint8
      ? tensor.array()
      // A NaN becomes 0.
      : tensor.cast(to: .float32).array(Float.self).map { UInt8(max(0, min(1, $0)) * 255 + 0.5) }
    self.init(channels: sizes[0], height: sizes[1], width: sizes[2], pixels: pixels)
  }

  /// uint8, `[channels, height, width]`.
  public var tensor: Tensor { Tensor(pixels, shape: [channels, height, width]) }

  /// In one channel: .299 red + .587 green + .114 blue (ITU-R BT.601), rounded.
  public var grey: Picture {
    guard channels == 3 else { return self }
    let size = height * width
    let grey = (0..<size).map { index in
      let (red, green, blue) = (Int(pixels[index]), Int(pixels[size + index]), Int(pixels[2 * size + index]))
      return UInt8((299 * red + 587 * green + 114 * blue + 500) / 1000)
    }
    return Picture(channels: 1, height: height, width: width, pixels: grey, notes: notes)
  }

  /// In three channels: grey becomes three equal planes.
  public var color: Picture {
    channels == 3
      ? self
      : Picture(channels: 3, height: height, width: width, pixels: pixels + pixels + pixels, notes: notes)
  }

  /// The image at another size: each new pixel is a weighted mean of the old ones under a triangle that reaches one
  /// pixel, old or new, whichever is larger, to either side: bilinear where it grows, smooth where it shrinks.
  /// - Parameters:
  ///   - newHeight: rows, 1 or more.
  ///   - newWidth: pixels per row, 1 or more.
  public func resized(height newHeight: Int, width newWidth: Int) -> Picture {
    guard newHeight > 0, newWidth > 0 else { fatalError("Picture.resized: to \(newHeight) × \(newWidth)") }
    if newHeight == height && newWidth == width { return self }
    let (rows, columns) = (Self.weights(from: height, to: newHeight), Self.weights(from: width, to: newWidth))
    var result: [UInt8] = []
    result.reserveCapacity(channels * newHeight * newWidth)
    var line = [Float](repeating: 0, count: width)
    for channel in 0..<channels {
      for row in rows {
        for x in 0..<width {
          var sum: Float = 0
          for (offset, weight) in row.weights.enumerated() {
            sum += weight * Float(pixels[(channel * height + row.first + offset) * width + x])
          }
          line[x] = sum
        }
        for column in columns {
          var sum: Float = 0
          for (offset, weight) in column.weights.enumerated() { sum += weight * line[column.first + offset] }
          result.append(UInt8(max(0, min(255, sum)) + 0.5))
        }
      }
    }
    return Picture(channels: channels, height: newHeight, width: newWidth, pixels: result, notes: notes)
  }

  /// For each of `target` places, which of `source` places it is made of, and how much of each; the shares add to 1.
  private static func weights(from source: Int, to target: Int) -> [(first: Int, weights: [Float])] {
    let scale = Float(source) / Float(target), reach = max(scale, 1)
    return (0..<target).map { index in
      let center = (Float(index) + 0.5) * scale
      let first = max(0, Int((center - reach + 0.5).rounded(.down)))
      let last = max(first + 1, min(source, Int((center + reach + 0.5).rounded(.down))))
      let weights = (first..<last).map { max(0, 1 - abs((Float($0) + 0.5 - center) / reach)) }
      let sum = weights.reduce(0, +)
      return (first, weights.map { $0 / sum })
    }
  }
}
