import CCore

/// A result that is computed when it is first read, so that the operation after it can be one pass with it.
///
/// Only values wait: shapes are checked and the tape is recorded when an operation is called, so fusing changes nothing
/// but time. Forward, a convolution waits for its activation, its pool and an activation after that; backward, the gradients
/// of these wait for the convolution's. What an operation waits for never waits itself otherwise, so chains stay short.
indirect enum Deferred: Sendable {
  case convolution(Convolution)
  case activated(Activation, Tensor)
  case pooled(PooledConvolution)
  case activationGradient(Activation, result: Tensor, gradient: Tensor)
  case unpooled(PoolGradient)

  func compute(into pointer: UnsafeMutableRawPointer) {
    switch self {
    case .convolution(let convolution): convolution.compute(into: pointer)
    case .activated(let activation, let x):
      if x.storage.deferred?.compute(into: pointer, activation: activation) != true {
        check(cc_unary(activation.c, x.dtype.c, x.memoryCount, x.pointer, pointer), activation.rawValue)
      }
    case .pooled(let pooled): pooled.compute(into: pointer)
    case .activationGradient(let activation, let y, let dy):
      check(
        cc_unary_gradient(activation.c, y.dtype.c, y.memoryCount, y.pointer, y.pointer, dy.pointer, pointer),
        activation.rawValue)
    case .unpooled(let gradient): gradient.compute(into: pointer)
    }
  }

  /// Writes what an activation makes of the result to memory, if that can be one pass.
  private func compute(into pointer: UnsafeMutableRawPointer, activation: Activation) -> Bool {
    switch self {
    case .convolution(let convolution) where convolution.plan.fuses(.of(activation)):
      convolution.compute(.of(activation), activated: nil, into: pointer, winners: nil)
      return true
    case .pooled(let pooled): return pooled.compute(into: pointer, activation: activation)
    default: return false
    }
  }

  /// Whether an activation may wait for this.
  fileprivate var maybeActivated: Bool {
    switch self {
    case .convolution, .pooled: true
    case .activated, .activationGradient, .unpooled: false
    }
  }
  /// Whether the gradient of an activation may wait for this.
  fileprivate var isUnpooled: Bool { if case .unpooled = self { true } else { false } }
  /// Whether the gradient of a pool may wait for this: that of an activation of values that are there.
  var isLastGradient: Bool {
    if case .activationGradient(_, _, let dy) = self { dy.storage.deferred == nil } else { false }
  }
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
    guard case .convolution? = storage.deferred else { return false }
    return storage.byteCount == memoryCount * dtype.byteCount
  }

  /// Applies an activation: images on their way through a network wait, in case a pool follows.
  func activated(_ activation: Activation) -> Tensor {
    guard rank == 4, layout == .interleaved || isWaitingConvolution else {
      return unary(activation.c, activation.rawValue, keepsLanes: true)
    }
    if let deferred = storage.deferred, !deferred.maybeActivated { _ = pointer }
    let y = Tensor(shape, dtype: dtype, layout: layout, deferred: .activated(activation, self))
    return y.recorded(activation.rawValue, from: [self]) { gradient in
      let dy = gradient.inLayout(y.layout)
      if let deferred = dy.storage.deferred, !deferred.isUnpooled { _ = dy.pointer }
      let deferred = Deferred.activationGradient(activation, result: y, gradient: dy)
      return [Tensor(y.shape, dtype: y.dtype, layout: y.layout, deferred: deferred)]
    }
  }
}
