import Neural

/// An image as bytes: three for each pixel, red, green, blue.
struct Raster {
  let width: Int, height: Int
  let bytes: [UInt8]

  /// Grey `[height, width]` or `[1, height, width]`, colours `[3, height, width]`; other shapes trap.
  ///
  /// - Parameter range: what is black and what is white; nil for 0…255 in uint8 tensors and 0…1 in others. NaN is black.
  init(_ image: Tensor, range: ClosedRange<Double>? = nil) {
    let sizes = image.rank == 2 ? [1] + image.shape.sizes : image.shape.sizes
    require(
      sizes.count == 3 && [1, 3].contains(sizes[0]) && sizes[1] > 0 && sizes[2] > 0, "image",
      "\(image.shape) is none of [height, width], [1, height, width], [3, height, width]")
    (height, width) = (sizes[1], sizes[2])
    let plane = width * height
    let range = range ?? 0...(image.dtype == .uint8 ? 255 : 1)
    let scale = 255 / max(range.upperBound - range.lowerBound, .leastNormalMagnitude)
    let levels = image.cast(to: .float64).array(Double.self).map { value in
      value.isNaN ? 0 : UInt8(min(max((value - range.lowerBound) * scale, 0), 255).rounded())
    }
    let last = sizes[0] - 1
    bytes = (0..<plane).flatMap { pixel in (0..<3).map { levels[min($0, last) * plane + pixel] } }
  }
}
