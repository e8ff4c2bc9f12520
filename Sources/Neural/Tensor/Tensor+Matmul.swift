import CCore

/// Matrix product. `[m, k] · [k, n]` is `[m, n]`; a vector on the left counts as a row, on the right as a column, and
/// that axis disappears from the result; leading axes are batches and broadcast, as in NumPy. Floating point or complex,
/// both of one dtype; a scalar traps.
public func matmul(_ a: Tensor, _ b: Tensor) -> Tensor {
  require(a.rank > 0 && b.rank > 0, "matmul", "shapes \(a.shape) and \(b.shape): a scalar is no matrix")
  require(
    a.dtype == b.dtype && a.dtype.isDifferentiable, "matmul",
    "\(a.dtype) \(a.shape) and \(b.dtype) \(b.shape): both must be of one floating-point or complex dtype")
  let rows = b.shape[b.rank == 1 ? 0 : -2]
  require(
    a.shape[-1] == rows, "matmul", "shapes \(a.shape) and \(b.shape): \(a.shape[-1]) columns, \(rows) rows")
  if a.rank == 1 { return matmul(a.unsqueezed(axis: 0), b).squeezed(axis: b.rank == 1 ? 0 : -2) }
  if b.rank == 1 { return matmul(a, b.unsqueezed(axis: 1)).squeezed(axis: -1) }
  let y = product(a, b)
  let (needsA, needsB) = (a.requiresGrad, b.requiresGrad)
  return y.recorded("matmul", from: [a, b]) { [a = a.constant, b = b.constant] dy in
    [
      needsA ? product(dy, b.conjugate(), transposeB: true).summed(to: a.shape) : nil,
      needsB ? product(a.conjugate(), dy, transposeA: true).summed(to: b.shape) : nil,
    ]
  }
}

/// Σ aᵢ · bᵢ of two vectors, nothing conjugated.
public func dot(_ a: Tensor, _ b: Tensor) -> Tensor {
  require(a.rank == 1 && b.rank == 1, "dot", "shapes \(a.shape) and \(b.shape): two vectors are expected")
  return matmul(a, b)
}

/// aᵢ · bⱼ of two vectors: `[m]` and `[n]` give `[m, n]`.
public func outer(_ a: Tensor, _ b: Tensor) -> Tensor {
  require(a.rank == 1 && b.rank == 1, "outer", "shapes \(a.shape) and \(b.shape): two vectors are expected")
  return a.unsqueezed(axis: 1) * b
}

/// The Kronecker product: b as often as a has elements, each time multiplied by one; the sizes of the axes multiply.
/// A tensor with fewer axes gets leading ones of size 1.
public func kroneckerProduct(_ a: Tensor, _ b: Tensor) -> Tensor {
  let rank = max(a.rank, b.rank)
  func sizes(_ shape: Shape) -> [Int] { [Int](repeating: 1, count: rank - shape.rank) + shape.sizes }
  let (m, n) = (sizes(a.shape), sizes(b.shape))
  let blocks = a.reshaped(Shape(m.flatMap { [$0, 1] })) * b.reshaped(Shape(n.flatMap { [1, $0] }))
  return blocks.reshaped(Shape(zip(m, n).map { $0 * $1 }))
}

/// a·b with either operand's last two axes exchanged, batch axes broadcast, without history.
private func product(_ a: Tensor, _ b: Tensor, transposeA: Bool = false, transposeB: Bool = false) -> Tensor {
  let (a, b) = (a.rowMajor, b.rowMajor)
  let (aBatch, bBatch) = (Shape(a.shape.sizes.dropLast(2)), Shape(b.shape.sizes.dropLast(2)))
  guard let batch = aBatch.broadcast(with: bBatch) else {
    trap("matmul", "shapes \(a.shape) and \(b.shape): batch axes do not broadcast")
  }
  let (m, k) = transposeA ? (a.shape[-1], a.shape[-2]) : (a.shape[-2], a.shape[-1])
  let n = transposeB ? b.shape[-2] : b.shape[-1]
  let y = Tensor(uninitialized: Shape(batch.sizes + [m, n]), dtype: a.dtype)
  let (aStrides, bStrides) = (aBatch.strides(broadcastTo: batch), bBatch.strides(broadcastTo: batch))
  var position = [Int](repeating: 0, count: batch.rank)
  for number in 0..<batch.count {
    var rest = number
    for axis in position.indices.reversed() {
      position[axis] = rest % batch.sizes[axis]
      rest /= batch.sizes[axis]
    }
    let aIndex = zip(position, aStrides).reduce(0) { $0 + $1.0 * $1.1 }
    let bIndex = zip(position, bStrides).reduce(0) { $0 + $1.0 * $1.1 }
    check(
      cc_gemm(
        a.dtype.c, transposeA, transposeB, m, n, k, a.pointer + aIndex * m * k * a.dtype.byteCount, a.shape[-1],
        b.pointer + bIndex * k * n * a.dtype.byteCount, b.shape[-1], false,
        y.pointer + number * m * n * a.dtype.byteCount, n), "matmul")
  }
  return y
}
