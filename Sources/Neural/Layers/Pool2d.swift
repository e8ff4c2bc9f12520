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
  let outShape: Shape = [x.shape[0], x.shape[1], Int(height), Int(width)]
  let isRecorded = x.requiresGrad && GradientMode.isEnabled
  let waiting = PooledConvolution(pooling, x, shape, isRecorded: isRecorded)
  let y: Tensor
  var winners: Storage?
  if let waiting, !isRecorded || pooling == CC_AVERAGE_POOLING {
    y = Tensor(outShape, dtype: x.dtype, layout: layout, deferred: .pooled(waiting))
  } else {
    y = Tensor(uninitialized: outShape, dtype: x.dtype, layout: layout)
    if isRecorded && pooling == CC_MAX_POOLING {
      winners = Storage(byteCount: y.memoryCount * MemoryLayout<UInt16>.size)
    }
    let winnerPointer = winners?.pointer.assumingMemoryBound(to: UInt16.self)
    if let waiting {
      waiting.compute(into: y.pointer, winners: winnerPointer)
    } else {
      pool(pooling, x.inLayout(layout), shape, into: y.pointer, winnerPointer)
    }
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
  ) { [shape, winners, inputShape = x.shape] gradient in
    let dy = gradient.inLayout(layout)
    if let deferred = dy.storage.deferred, !deferred.isLastGradient { _ = dy.pointer }
    let pool = PoolGradient(name: name, pooling: pooling, shape: shape, winners: winners, dy: dy)
    if layout == .interleaved {
      return [Tensor(inputShape, dtype: dy.dtype, layout: layout, deferred: .unpooled(pool))]
    }
    let dx = Tensor(uninitialized: inputShape, dtype: dy.dtype)
    pool.compute(into: dx.pointer)
    return [dx]
  }
}

/// Pools x, in its layout.
private func pool(
  _ pooling: cc_pooling, _ x: Tensor, _ shape: cc_pool_shape, into y: UnsafeMutableRawPointer,
  _ winners: UnsafeMutablePointer<UInt16>?
) {
  withUnsafePointer(to: shape) { shape in
    if pooling == CC_MAX_POOLING {
      check(cc_max_pool_forward(shape, x.dtype.c, x.layout.c, x.pointer, y, winners), "maxPool2d")
    } else {
      check(cc_average_pool_forward(shape, x.dtype.c, x.layout.c, x.pointer, y), "avgPool2d")
    }
  }
}

/// A pool of a convolution (and its activation) that waits, to be one pass with them.
struct PooledConvolution: Sendable {
  private let convolution: Convolution
  private let epilogue: cc_conv_epilogue
  /// The activated result, if the gradient needs it: the pass writes it too.
  private let activated: Tensor?

  /// Nil if x does not wait, or the plan does not fuse.
  init?(_ pooling: cc_pooling, _ x: Tensor, _ shape: cc_pool_shape, isRecorded: Bool) {
    var epilogue = cc_conv_epilogue()
    (epilogue.pooling, epilogue.pool) = (pooling, shape)
    var (deferred, activated) = (x.storage.deferred, nil as Tensor?)
    if case .activated(let activation, let inner)? = deferred {
      epilogue.activation = activation.c
      (deferred, activated) = (inner.storage.deferred, isRecorded ? x.constant : nil)
    }
    guard case .convolution(let convolution)? = deferred, convolution.plan.fuses(epilogue) else { return nil }
    (self.convolution, self.epilogue, self.activated) = (convolution, epilogue, activated)
  }

  /// Writes the pooled result to memory.
  func compute(into y: UnsafeMutableRawPointer, winners: UnsafeMutablePointer<UInt16>? = nil) {
    if !pass(epilogue, into: y, winners), let activated {
      pool(epilogue.pooling, activated, epilogue.pool, into: y, winners)
    }
  }

  /// Writes what an activation makes of the pooled result to memory, if that can be one pass.
  func compute(into y: UnsafeMutableRawPointer, activation: Activation) -> Bool {
    var epilogue = epilogue
    epilogue.pooled_activation = activation.c
    return convolution.plan.fuses(epilogue) && pass(epilogue, into: y, nil)
  }

  /// Whether it was done: not if the activated values, which it would write, have been read before.
  private func pass(
    _ epilogue: cc_conv_epilogue, into y: UnsafeMutableRawPointer, _ winners: UnsafeMutablePointer<UInt16>?
  ) -> Bool {
    func run(_ buffer: UnsafeMutableRawPointer?) {
      convolution.compute(epilogue, activated: buffer, into: y, winners: winners)
    }
    if let activated { return activated.storage.fill { _, buffer in run(buffer) } }
    run(nil)
    return true
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
