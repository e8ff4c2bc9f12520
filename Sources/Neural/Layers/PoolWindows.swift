import CCore

/// Which windows of an image a pooling takes, and what a mean divides by.
struct PoolWindows: CustomStringConvertible {
  let kernelSize: Size2D, stride: Size2D, padding: Size2D
  let ceilMode: Bool, countIncludePad: Bool, divisorOverride: Int?

  init(
    _ kernelSize: Size2D, _ stride: Size2D?, _ padding: Size2D, _ ceilMode: Bool, _ countIncludePad: Bool = true,
    _ divisorOverride: Int? = nil
  ) {
    (self.kernelSize, self.stride, self.padding) = (kernelSize, stride ?? kernelSize, padding)
    (self.ceilMode, self.countIncludePad, self.divisorOverride) = (ceilMode, countIncludePad, divisorOverride)
    if let divisorOverride { require(divisorOverride > 0, "avgPool2d", "divisor \(divisorOverride) is not positive") }
  }

  /// `kernelSize: 3×3, stride: 2×2, padding: 1×1`
  var description: String {
    var text = "kernelSize: \(kernelSize), stride: \(stride)"
    if padding != 0 { text += ", padding: \(padding)" }
    if ceilMode { text += ", ceilMode: true" }
    if !countIncludePad { text += ", countIncludePad: false" }
    if let divisorOverride { text += ", divisorOverride: \(divisorOverride)" }
    return text
  }

  /// CCore's shape, checked.
  func shape(_ name: String, _ x: Tensor) -> cc_pool_shape {
    require(x.rank == 4, name, "input \(x.shape) is not [batch, channels, height, width]")
    requireFloats(name, x)
    var shape = cc_pool_shape()
    (shape.batch, shape.channels) = (Int32(x.shape[0]), Int32(x.shape[1]))
    (shape.in_height, shape.in_width) = (Int32(x.shape[2]), Int32(x.shape[3]))
    (shape.kernel_height, shape.kernel_width) = (Int32(kernelSize.height), Int32(kernelSize.width))
    (shape.stride_height, shape.stride_width) = (Int32(stride.height), Int32(stride.width))
    (shape.pad_height, shape.pad_width) = (Int32(padding.height), Int32(padding.width))
    (shape.ceils, shape.excludes_padding) = (ceilMode, !countIncludePad)
    shape.divisor = Int32(divisorOverride ?? 0)
    var (height, width) = (Int32(0), Int32(0))
    if cc_pool_output_size(&shape, &height, &width) != CC_OK {
      trap(
        name,
        "input \(x.shape), kernel \(kernelSize), stride \(stride), padding \(padding): sizes must be positive, the padding at most half the kernel and the kernel no larger than the padded input"
      )
    }
    return shape
  }
}
