import CCore

/// A result that is computed when it is first read, so that the operation after it can be one pass with it.
///
/// Only values wait: shapes are checked and the tape is recorded when an operation is called, so fusing changes nothing
/// but time. Two rules use it, both in ``maxPool2d(_:kernelSize:stride:padding:)``: the pool of a convolution never stores
/// the convolution, and the pool of a ReLU is the ReLU of the pool, which has fewer elements.
enum Deferred: Sendable {
  case convolution(Convolution)
  /// max(x, 0) of the tensor.
  case rectified(Tensor)

  func compute(into pointer: UnsafeMutableRawPointer) {
    switch self {
    case .convolution(let convolution): convolution.compute(into: pointer)
    case .rectified(let x):
      check(cc_unary(CC_RELU, x.dtype.c, x.memoryCount, x.pointer, pointer), "relu")
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

  /// The ReLU of images on their way through a network: a pool may follow. The derivative needs the result alone.
  func deferredRelu() -> Tensor {
    let y = Tensor(shape, dtype: dtype, layout: layout, deferred: .rectified(self))
    return y.recorded("relu", from: [self]) { gradient in
      let dy = gradient.inLayout(y.layout)
      let dx = Tensor(uninitialized: y.shape, dtype: y.dtype, layout: y.layout)
      check(
        cc_unary_gradient(CC_RELU, y.dtype.c, y.memoryCount, y.pointer, y.pointer, dy.pointer, dx.pointer), "relu")
      return [dx]
    }
  }
}
