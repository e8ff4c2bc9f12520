import CCore

/// exp(x) / Σ exp(x) along an axis, computed without overflow.
public func softmax(_ x: Tensor, axis: Int = -1) -> Tensor { normalized(x, axis, isLog: false, "softmax") }

/// log(exp(x) / Σ exp(x)) along an axis, computed without overflow or cancellation.
public func logSoftmax(_ x: Tensor, axis: Int = -1) -> Tensor { normalized(x, axis, isLog: true, "logSoftmax") }

private func normalized(_ x: Tensor, _ axis: Int, isLog: Bool, _ name: String) -> Tensor {
  requireFloats(name, x)
  require(x.rank > 0, name, "a scalar has no axis")
  let axis = x.shape.normalized(axis: axis, name)
  if axis != x.rank - 1 { return normalized(x.transposed(axis, -1), -1, isLog: isLog, name).transposed(axis, -1) }
  let classes = x.shape[-1]
  let input = x.rowMajor
  let y = Tensor(uninitialized: x.shape, dtype: x.dtype)
  let rows = classes == 0 ? 0 : x.count / classes
  check(cc_softmax(x.dtype.c, isLog, rows, classes, input.pointer, y.pointer), name)
  return y.recorded(name, from: [x]) { gradient in
    let dy = gradient.rowMajor
    let dx = Tensor(uninitialized: y.shape, dtype: y.dtype)
    check(cc_softmax_gradient(y.dtype.c, isLog, rows, classes, y.pointer, dy.pointer, dx.pointer), name)
    return [dx]
  }
}
