import CCore

/// The largest element of each window, as `torch.nn.MaxPool2d`.
///
/// Output height: floor((height + 2·padding − kernel) / stride) + 1, and the width likewise. Padding never wins; of equal
/// elements the first in the window gets the gradient.
public final class MaxPool2d: Module, Layer {
  let windows: PoolWindows

  /// - Parameters:
  ///   - kernelSize: height and width of the windows.
  ///   - stride: the kernel size if nil.
  ///   - padding: on every side, at most half the kernel size.
  ///   - ceilMode: round the output size up: the last windows may hang over the edge.
  public init(kernelSize: Size2D, stride: Size2D? = nil, padding: Size2D = 0, ceilMode: Bool = false) {
    windows = PoolWindows(kernelSize, stride, padding, ceilMode)
  }

  /// `[batch, channels, height, width]` to a smaller height and width.
  public func forward(_ x: Tensor) -> Tensor { maxPool2d(x, windows) }

  /// `kernelSize: 2×2, stride: 2×2`
  public override var extraDescription: String { windows.description }
}

/// The mean of each window, as `torch.nn.AvgPool2d`.
///
/// Output height: floor((height + 2·padding − kernel) / stride) + 1, and the width likewise.
public final class AvgPool2d: Module, Layer {
  let windows: PoolWindows

  /// - Parameters:
  ///   - kernelSize: height and width of the windows.
  ///   - stride: the kernel size if nil.
  ///   - padding: zeros on every side, at most half the kernel size.
  ///   - ceilMode: round the output size up: the last windows may hang over the edge.
  ///   - countIncludePad: whether the zeros count as pixels. What hangs over the padding never does.
  ///   - divisorOverride: divide by this instead of the number of pixels.
  public init(
    kernelSize: Size2D, stride: Size2D? = nil, padding: Size2D = 0, ceilMode: Bool = false,
    countIncludePad: Bool = true, divisorOverride: Int? = nil
  ) {
    windows = PoolWindows(kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride)
  }

  /// `[batch, channels, height, width]` to a smaller height and width.
  public func forward(_ x: Tensor) -> Tensor { avgPool2d(x, windows) }

  /// `kernelSize: 2×2, stride: 2×2`
  public override var extraDescription: String { windows.description }
}

/// The largest element of each window: see ``MaxPool2d``. x: `[batch, channels, height, width]`, float32 or float64.
public func maxPool2d(
  _ x: Tensor, kernelSize: Size2D, stride: Size2D? = nil, padding: Size2D = 0, ceilMode: Bool = false
) -> Tensor {
  maxPool2d(x, PoolWindows(kernelSize, stride, padding, ceilMode))
}

/// The mean of each window: see ``AvgPool2d``. x: `[batch, channels, height, width]`, float32 or float64.
public func avgPool2d(
  _ x: Tensor, kernelSize: Size2D, stride: Size2D? = nil, padding: Size2D = 0, ceilMode: Bool = false,
  countIncludePad: Bool = true, divisorOverride: Int? = nil
) -> Tensor {
  avgPool2d(x, PoolWindows(kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride))
}

private func maxPool2d(_ x: Tensor, _ windows: PoolWindows) -> Tensor {
  var shape = windows.shape("maxPool2d", x)
  if case .activated(.relu, let inner)? = x.storage.deferred, inner.shape == x.shape, x.isRectified(inner) {
    // The maximum commutes with a function that does not decrease; where the two orders pick different winners, the
    // ReLU's derivative is 0.
    shape.rectifies = true
    return pooled("maxPool2d", CC_MAX_POOLING, x.requiresGrad ? inner : inner.constant, shape)
  }
  return pooled("maxPool2d", CC_MAX_POOLING, x, shape)
}

private func avgPool2d(_ x: Tensor, _ windows: PoolWindows) -> Tensor {
  pooled("avgPool2d", CC_AVERAGE_POOLING, x, windows.shape("avgPool2d", x))
}

private func pooled(_ name: String, _ pooling: cc_pooling, _ x: Tensor, _ shape: cc_pool_shape) -> Tensor {
  var (shape, height, width) = (shape, Int32(0), Int32(0))
  check(cc_pool_output_size(&shape, &height, &width), name)
  let layout: Tensor.Layout = x.canInterleave ? .interleaved : .rowMajor
  let y = Tensor(uninitialized: [x.shape[0], x.shape[1], Int(height), Int(width)], dtype: x.dtype, layout: layout)
  let isRecorded = x.requiresGrad && GradientMode.isEnabled
  let winners =
    isRecorded && pooling == CC_MAX_POOLING ? Storage(byteCount: y.memoryCount * MemoryLayout<UInt16>.size) : nil
  let winnerPointer = winners?.pointer.assumingMemoryBound(to: UInt16.self)
  if !poolsConvolution(pooling, x, shape, isRecorded, into: y, winnerPointer) {
    let input = x.inLayout(layout)
    check(
      pooling == CC_MAX_POOLING
        ? cc_max_pool_forward(&shape, input.dtype.c, layout.c, input.pointer, y.pointer, winnerPointer)
        : cc_average_pool_forward(&shape, input.dtype.c, layout.c, input.pointer, y.pointer), name)
  }
  return y.recorded(
    name, from: [x],
    [
      "kernel": .integers([Int(shape.kernel_height), Int(shape.kernel_width)]),
      "strides": .integers([Int(shape.stride_height), Int(shape.stride_width)]),
      "pads": .integers([shape.pad_height, shape.pad_width, shape.pad_height, shape.pad_width].map(Int.init)),
      "ceils": .flag(shape.ceils), "excludesPadding": .flag(shape.excludes_padding),
      "divisor": .integers([Int(shape.divisor)]),
    ]
  ) { [shape, inputShape = x.shape] gradient in
    let dy = gradient.inLayout(layout)
    _ = dy.pointer
    let pool = PoolGradient(name: name, pooling: pooling, shape: shape, winners: winners, dy: dy)
    if layout == .interleaved {
      return [Tensor(inputShape, dtype: dy.dtype, layout: layout, deferred: .unpooled(pool))]
    }
    let dx = Tensor(uninitialized: inputShape, dtype: dy.dtype)
    pool.compute(into: dx.pointer)
    return [dx]
  }
}

/// Pools a convolution (and its activation) that waits, in one pass with it, if x is one.
private func poolsConvolution(
  _ pooling: cc_pooling, _ x: Tensor, _ shape: cc_pool_shape, _ isRecorded: Bool, into y: Tensor,
  _ winners: UnsafeMutablePointer<UInt16>?
) -> Bool {
  var epilogue = cc_conv_epilogue()
  (epilogue.pooling, epilogue.pool) = (pooling, shape)
  switch x.storage.deferred {
  case .convolution(let convolution)? where convolution.plan.fuses(epilogue):
    convolution.compute(epilogue, activated: nil, into: y.pointer, winners: winners)
    return true
  case .activated(let activation, let inner)?:
    epilogue.activation = activation.c
    guard case .convolution(let convolution)? = inner.storage.deferred, convolution.plan.fuses(epilogue) else {
      return false
    }
    if !isRecorded {
      convolution.compute(epilogue, activated: nil, into: y.pointer, winners: winners)
      return true
    }
    // The activation's gradient needs its result: this pass writes it too.
    return x.storage.fill { _, buffer in
      convolution.compute(epilogue, activated: buffer, into: y.pointer, winners: winners)
    }
  default: return false
  }
}

/// The gradient of a pool's result on its way to the gradient of its input.
struct PoolGradient: Sendable {
  let name: String
  let pooling: cc_pooling
  let shape: cc_pool_shape
  let winners: Storage?
  let dy: Tensor

  /// Writes the gradient of the input, in dy's layout.
  func compute(into dx: UnsafeMutableRawPointer) {
    withUnsafePointer(to: shape) { shape in
      let winners = winners?.pointer.assumingMemoryBound(to: UInt16.self)
      check(
        pooling == CC_MAX_POOLING
          ? cc_max_pool_backward(shape, dy.dtype.c, dy.layout.c, winners, dy.pointer, dx)
          : cc_average_pool_backward(shape, dy.dtype.c, dy.layout.c, dy.pointer, dx), name)
    }
  }
}
