import CCore

/// The largest element of each window, as `torch.nn.MaxPool2d`.
///
/// Output height: floor((height + 2·padding − kernel) / stride) + 1, and the width likewise. Padding never wins; of equal
/// elements the first in the window gets the gradient.
public final class MaxPool2d: Module, Layer {
  let kernelSize: Size2D, stride: Size2D, padding: Size2D

  /// - Parameters:
  ///   - stride: the kernel size if nil.
  ///   - padding: on every side, at most half the kernel size.
  public init(kernelSize: Size2D, stride: Size2D? = nil, padding: Size2D = 0) {
    (self.kernelSize, self.stride, self.padding) = (kernelSize, stride ?? kernelSize, padding)
  }

  /// `[batch, channels, height, width]` to a smaller height and width.
  public func forward(_ x: Tensor) -> Tensor { maxPool2d(x, kernelSize: kernelSize, stride: stride, padding: padding) }

  /// `kernelSize: 2×2, stride: 2×2`
  public override var extraDescription: String { poolDescription(kernelSize, stride, padding) }
}

/// The mean of each window, as `torch.nn.AvgPool2d`: padding counts as zeros.
///
/// Output height: floor((height + 2·padding − kernel) / stride) + 1, and the width likewise.
public final class AvgPool2d: Module, Layer {
  let kernelSize: Size2D, stride: Size2D, padding: Size2D

  /// - Parameters:
  ///   - stride: the kernel size if nil.
  ///   - padding: on every side, at most half the kernel size.
  public init(kernelSize: Size2D, stride: Size2D? = nil, padding: Size2D = 0) {
    (self.kernelSize, self.stride, self.padding) = (kernelSize, stride ?? kernelSize, padding)
  }

  /// `[batch, channels, height, width]` to a smaller height and width.
  public func forward(_ x: Tensor) -> Tensor { avgPool2d(x, kernelSize: kernelSize, stride: stride, padding: padding) }

  /// `kernelSize: 2×2, stride: 2×2`
  public override var extraDescription: String { poolDescription(kernelSize, stride, padding) }
}

private func poolDescription(_ kernelSize: Size2D, _ stride: Size2D, _ padding: Size2D) -> String {
  "kernelSize: \(kernelSize), stride: \(stride)" + (padding == 0 ? "" : ", padding: \(padding)")
}

/// The largest element of each window: see ``MaxPool2d``. x: `[batch, channels, height, width]`, float32 or float64.
public func maxPool2d(_ x: Tensor, kernelSize: Size2D, stride: Size2D? = nil, padding: Size2D = 0) -> Tensor {
  if case .rectified(let inner)? = x.storage.deferred, inner.shape == x.shape, x.isRectified(inner) {
    // The maximum commutes with a function that does not decrease; where the two orders pick different winners, the
    // ReLU's derivative is 0.
    let source = x.requiresGrad ? inner : inner.constant
    return maxPool2d(source, kernelSize: kernelSize, stride: stride, padding: padding).relu()
  }
  let (input, y, shape) = prepared("maxPool2d", x, kernelSize, stride ?? kernelSize, padding)
  let keepsWinners = x.requiresGrad && GradientMode.isEnabled
  let winners = keepsWinners ? Storage(byteCount: y.memoryCount * MemoryLayout<UInt16>.size) : nil
  let winnerPointer = winners?.pointer.assumingMemoryBound(to: UInt16.self)
  if case .convolution(let convolution)? = x.storage.deferred, convolution.plan.fuses(shape) {
    convolution.computePooled(shape, into: y.pointer, winners: winnerPointer)
  } else {
    check(
      withUnsafePointer(to: shape) {
        cc_max_pool_forward($0, input.dtype.c, input.layout.c, input.pointer, y.pointer, winnerPointer)
      }, "maxPool2d")
  }
  guard let winners else { return y }
  return y.recorded("maxPool2d", from: [x]) { [inputShape = x.shape, layout = input.layout] gradient in
    let dy = gradient.inLayout(layout)
    let dx = Tensor(uninitialized: inputShape, dtype: dy.dtype, layout: layout)
    let winnerPointer = winners.pointer.assumingMemoryBound(to: UInt16.self)
    check(
      withUnsafePointer(to: shape) {
        cc_max_pool_backward($0, dy.dtype.c, layout.c, winnerPointer, dy.pointer, dx.pointer)
      }, "maxPool2d")
    return [dx]
  }
}

/// The mean of each window: see ``AvgPool2d``. x: `[batch, channels, height, width]`, float32 or float64.
public func avgPool2d(_ x: Tensor, kernelSize: Size2D, stride: Size2D? = nil, padding: Size2D = 0) -> Tensor {
  let (input, y, shape) = prepared("avgPool2d", x, kernelSize, stride ?? kernelSize, padding)
  check(
    withUnsafePointer(to: shape) {
      cc_average_pool_forward($0, input.dtype.c, input.layout.c, input.pointer, y.pointer)
    }, "avgPool2d")
  return y.recorded("avgPool2d", from: [x]) { [inputShape = x.shape, layout = input.layout] gradient in
    let dy = gradient.inLayout(layout)
    let dx = Tensor(uninitialized: inputShape, dtype: dy.dtype, layout: layout)
    check(
      withUnsafePointer(to: shape) { cc_average_pool_backward($0, dy.dtype.c, layout.c, dy.pointer, dx.pointer) },
      "avgPool2d")
    return [dx]
  }
}

/// The checked input in its layout, an output to fill, and CCore's shape.
private func prepared(
  _ name: String, _ x: Tensor, _ kernelSize: Size2D, _ stride: Size2D, _ padding: Size2D
) -> (input: Tensor, output: Tensor, shape: cc_pool_shape) {
  require(x.rank == 4, name, "input \(x.shape) is not [batch, channels, height, width]")
  requireFloats(name, x)
  var shape = cc_pool_shape(
    batch: Int32(x.shape[0]), channels: Int32(x.shape[1]), in_height: Int32(x.shape[2]), in_width: Int32(x.shape[3]),
    kernel_height: Int32(kernelSize.height), kernel_width: Int32(kernelSize.width),
    stride_height: Int32(stride.height), stride_width: Int32(stride.width), pad_height: Int32(padding.height),
    pad_width: Int32(padding.width))
  var (height, width) = (Int32(0), Int32(0))
  if cc_pool_output_size(&shape, &height, &width) != CC_OK {
    trap(
      name,
      "input \(x.shape), kernel \(kernelSize), stride \(stride), padding \(padding): sizes must be positive, the padding at most half the kernel and the kernel no larger than the padded input"
    )
  }
  let input = x.canInterleave ? x.interleaved : x.rowMajor
  let output = Tensor(
    uninitialized: [x.shape[0], x.shape[1], Int(height), Int(width)], dtype: x.dtype, layout: input.layout)
  return (input, output, shape)
}
