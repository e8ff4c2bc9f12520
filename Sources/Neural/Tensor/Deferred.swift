import CCore

/// A result that is computed when it is first read, so that the operation after it can be one pass with it.
///
/// Only values wait: shapes are checked and the tape is recorded when an operation is called, so fusing changes nothing
/// but time. Forward, a convolution waits for its activation and its pool; backward, the gradients of these wait for the
/// convolution's. What an operation waits for never waits itself, except in these pairs, so chains stay short.
enum Deferred: Sendable {
  case convolution(Convolution)
  case activated(Activation, Tensor)
  case activationGradient(Activation, result: Tensor, gradient: Tensor)
  case unpooled(PoolGradient)

  func compute(into pointer: UnsafeMutableRawPointer) {
    switch self {
    case .convolution(let convolution): convolution.compute(into: pointer)
    case .activated(let activation, let x):
      if case .convolution(let convolution)? = x.storage.deferred, convolution.plan.fuses(activation) {
        convolution.compute(into: pointer, activation: activation)
      } else {
        check(cc_unary(activation.c, x.dtype.c, x.memoryCount, x.pointer, pointer), activation.rawValue)
      }
    case .activationGradient(let activation, let y, let dy):
      check(
        cc_unary_gradient(activation.c, y.dtype.c, y.memoryCount, y.pointer, y.pointer, dy.pointer, pointer),
        activation.rawValue)
    case .unpooled(let gradient): gradient.compute(into: pointer)
    }
  }

  /// Whether this is what an activation may wait for.
  fileprivate var isConvolution: Bool { if case .convolution = self { true } else { false } }
  /// Whether this is what the gradient of an activation may wait for.
  fileprivate var isUnpooled: Bool { if case .unpooled = self { true } else { false } }
}

/// The functions whose derivative follows from their result, and whose results and derivatives are finite wherever the
/// argument is: padding lanes stay harmless.
enum Activation: String, Sendable {
  case relu, tanh, sigmoid
  var c: cc_unary_op {
    switch self {
    case .relu: CC_RELU
    case .tanh: CC_TANH
    case .sigmoid: CC_SIGMOID
    }
  }
}

extension Tensor {
  /// A tensor whose elements wait for their first reader.
  init(_ shape: Shape, dtype: DType, layout: Layout, deferred: Deferred) {
    let count = layout == .rowMajor ? shape.count : Tensor.interleavedCount(shape)
    self.init(
      shape: shape, dtype: dtype, layout: layout,
      storage: Storage(byteCount: count * dtype.byteCount, deferred: deferred), offset: 0)
  }

  /// Whether the tape says that this is the ReLU of `inner`, or nothing. The values alone do not: an operation of one's own
  /// may hand them on under a pullback of its own.
  func isRectified(_ inner: Tensor) -> Bool {
    guard let node else { return true }
    return node.operation == "relu" && inner.node != nil && node.inputs.first.flatMap { $0 } === inner.node
  }

  /// Whether this is all of what a convolution will compute.
  private var isWaitingConvolution: Bool {
    storage.deferred?.isConvolution == true && storage.byteCount == memoryCount * dtype.byteCount
  }

  /// Applies an activation: images on their way through a network wait, in case a pool follows.
  func activated(_ activation: Activation) -> Tensor {
    guard rank == 4, layout == .interleaved || isWaitingConvolution else {
      return unary(activation.c, activation.rawValue, keepsLanes: true)
    }
    if let deferred = storage.deferred, !deferred.isConvolution { _ = pointer }
    let y = Tensor(shape, dtype: dtype, layout: layout, deferred: .activated(activation, self))
    return y.recorded(activation.rawValue, from: [self]) { gradient in
      let dy = gradient.inLayout(y.layout)
      if let deferred = dy.storage.deferred, !deferred.isUnpooled { _ = dy.pointer }
      let deferred = Deferred.activationGradient(activation, result: y, gradient: dy)
      return [Tensor(y.shape, dtype: y.dtype, layout: y.layout, deferred: deferred)]
    }
  }
}
