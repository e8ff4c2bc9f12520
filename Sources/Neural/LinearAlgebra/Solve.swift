import CCore

/// The solution x of a·x = b for square a, by LU with partial pivoting (LAPACK's `gesv`).
///
/// Leading axes are batches and must be equal. Computed in double precision. Differentiable in a and b.
/// - Parameters:
///   - a: `[…, n, n]`, floating point or complex.
///   - b: `[…, n, columns]`, or a vector `[n]` for one matrix; of a's dtype.
/// - Throws: ``LinearAlgebraError`` if a is exactly singular or an element is not finite. A nearly singular a gives what
///   rounding leaves: see ``conditionNumber(_:)``.
public func solve(_ a: Tensor, _ b: Tensor) throws(LinearAlgebraError) -> Tensor {
  if a.rank == 2 && b.rank == 1 { return try solve(a, b.unsqueezed(axis: 1)).squeezed(axis: 1) }
  let matrices = Matrices(a, "solve", square: true), right = Matrices(b, "solve")
  require(
    a.dtype == b.dtype && matrices.batch == right.batch && matrices.rows == right.rows, "solve",
    "\(a.dtype) \(a.shape) and \(b.dtype) \(b.shape)")
  try matrices.forEach(others: [right.elements]) {
    cc_solve($1, Int32(matrices.rows), Int32(right.columns), $2, right.matrix(right.elements, $0))
  }
  let x = matrices.given(right.elements)
  return x.recorded("solve", from: [a, b]) { [a = a.constant] dx in
    // aᴴ has a's pivots' products: if a could be solved with, so can it.
    guard let db = try? solve(a.adjoint, dx) else { trap("solve", "the derivative: aᴴ is singular") }
    return [-matmul(db, x.adjoint), db]
  }
}

/// The inverse of square matrices `[…, n, n]`, solved for as a·x = 1 (LAPACK's `gesv`). Differentiable.
///
/// To solve a system use ``solve(_:_:)``, which is faster and more accurate than an inverse and a product.
/// - Throws: ``LinearAlgebraError`` if a is exactly singular or an element is not finite.
public func inverse(_ a: Tensor) throws(LinearAlgebraError) -> Tensor {
  let matrices = Matrices(a, "inverse", square: true)
  let n = matrices.rows
  let identity = Tensor.eye(n, dtype: matrices.elements.dtype).broadcast(to: a.shape).copied()
  try matrices.forEach { cc_solve($1, Int32(n), Int32(n), $2, matrices.matrix(identity, $0)) }
  let y = matrices.given(identity)
  return y.recorded("inverse", from: [a]) { dy in [-matmul(matmul(y.adjoint, dy), y.adjoint)] }
}

/// The determinants of square matrices `[…, n, n]`, from LU (LAPACK's `getrf`); 1 for n = 0, NaN where an element is not
/// finite. Differentiable, also at singular matrices.
public func determinant(_ a: Tensor) -> Tensor {
  let matrices = Matrices(a, "determinant", square: true)
  let n = matrices.rows
  let pivots = Tensor(uninitialized: Shape(matrices.batch + [n]), dtype: .int32)
  let places = pivots.pointer.assumingMemoryBound(to: Int32.self)
  var value = Tensor.full(Shape(matrices.batch), .nan, dtype: matrices.elements.dtype)
  let factors: ()? = try? matrices.forEach { cc_lu($1, Int32(n), $2, places + $0 * n) }
  if factors != nil {
    // U's diagonal, and −1 for each exchange of rows.
    let exchanges = (pivots .!= Tensor.arange(n, dtype: .int32) + 1).sum(axes: [-1])
    let signs = 1 - 2 * Tensor.remainder(exchanges, Tensor(2, dtype: .int64))
    value = matrices.elements.diagonal().products() * signs.cast(to: matrices.elements.dtype)
  }
  return matrices.given(value).recorded("determinant", from: [a]) { [a = a.constant] dy in
    // The cofactors, from a = U·Σ·Vᴴ: conj(det U · det Vᴴ) · U · diag(products of the other σ) · Vᴴ.
    guard let (u, s, vh) = try? svd(a) else { return [Tensor.full(a.shape, .nan, dtype: a.dtype)] }
    let unit = (determinant(u) * determinant(vh)).conjugate()
    let cofactors = matmul(u * s.productsOfOthers().unsqueezed(axis: -2).cast(to: a.dtype), vh)
    return [cofactors * (dy * unit).reshaped(Shape(dy.shape.sizes + [1, 1]))]
  }
}

extension Tensor {
  /// The product along the last axis, complex too.
  fileprivate func products() -> Tensor {
    (0..<shape[-1]).reduce(Tensor.ones(Shape(shape.sizes.dropLast()), dtype: dtype)) { $0 * self[.ellipsis, $1] }
  }

  /// For each element of the last axis the product of the others.
  fileprivate func productsOfOthers() -> Tensor {
    let n = shape[-1]
    return Tensor.where(Tensor.eye(n, dtype: .bool), Tensor.ones([], dtype: dtype), unsqueezed(axis: -2))
      .product(axes: [-1])
  }
}
