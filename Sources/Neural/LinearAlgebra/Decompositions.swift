import CCore

// All of these take matrices `[…, m, n]`, floating point or complex, leading axes being batches, compute in double precision,
// throw a LinearAlgebraError if an element is not finite, and are differentiable: see Derivatives.swift.

/// Lower triangular L with a = L·Lᴴ of symmetric (Hermitian) positive definite matrices, of which the lower triangle is read
/// (LAPACK's `potrf`).
///
/// - Throws: ``LinearAlgebraError`` if a is not positive definite.
public func cholesky(_ a: Tensor) throws(LinearAlgebraError) -> Tensor {
  let matrices = Matrices(a, "cholesky", square: true)
  do {
    try matrices.forEach { cc_cholesky($1, Int32(matrices.rows), $2) }
  } catch .singular(let operation, let shape) {
    throw .notPositiveDefinite(operation: operation, shape: shape)
  }
  let factor = matrices.given(matrices.elements)
  return factor.recorded("cholesky", from: [a]) { [factor.choleskyPullback($0)] }
}

/// a = Q·R with k = min(m, n): Q `[…, m, k]` has orthonormal columns, R `[…, k, n]` zeros below the diagonal (LAPACK's
/// `geqrf` and `orgqr`).
public func qr(_ a: Tensor) throws(LinearAlgebraError) -> (q: Tensor, r: Tensor) {
  let matrices = Matrices(a, "qr")
  let (m, n, k) = (matrices.rows, matrices.columns, min(matrices.rows, matrices.columns))
  let q = matrices.results(m, k), r = matrices.results(k, n)
  try matrices.forEach { cc_qr($1, Int32(m), Int32(n), $2, matrices.matrix(q, $0), matrices.matrix(r, $0)) }
  let (givenQ, givenR) = (matrices.given(q), matrices.given(r))
  return (
    givenQ.recorded("qr", from: [a]) { [a = a.constant] in
      [qrPullback(a, q: givenQ, r: givenR, dq: $0, dr: nil)]
    },
    givenR.recorded("qr", from: [a]) { [a = a.constant] in
      [qrPullback(a, q: givenQ, r: givenR, dq: nil, dr: $0)]
    }
  )
}

/// a = U·diag(S)·Vᴴ with k = min(m, n): U `[…, m, k]`, S `[…, k]` real and falling, Vᴴ `[…, k, n]` (LAPACK's `gesdd`).
///
/// - Throws: ``LinearAlgebraError`` if the iteration does not converge.
public func svd(_ a: Tensor) throws(LinearAlgebraError) -> (u: Tensor, s: Tensor, vh: Tensor) {
  let matrices = Matrices(a, "svd")
  let (m, n, k) = (matrices.rows, matrices.columns, min(matrices.rows, matrices.columns))
  let u = matrices.results(m, k), s = matrices.results(k, real: true), vh = matrices.results(k, n)
  try matrices.forEach {
    cc_svd($1, Int32(m), Int32(n), $2, matrices.reals(s, $0), matrices.matrix(u, $0), matrices.matrix(vh, $0))
  }
  let (givenU, givenS, givenVH) = (matrices.given(u), matrices.given(s), matrices.given(vh))
  return (
    givenU.recorded("svd", from: [a]) { [singularVectorPullback(givenU, givenS, givenVH, $0, turns: true)] },
    givenS.recorded("svd", from: [a]) { [valuePullback(givenU, $0, givenVH)] },
    givenVH.recorded("svd", from: [a]) {
      [singularVectorPullback(givenVH.adjoint, givenS, givenU.adjoint, $0.adjoint, turns: false).adjoint]
    }
  )
}

/// The singular values `[…, min(m, n)]` in falling order (LAPACK's `gesdd`).
///
/// - Throws: ``LinearAlgebraError`` if the iteration does not converge.
public func singularValues(_ a: Tensor) throws(LinearAlgebraError) -> Tensor {
  if a.requiresGrad && GradientMode.isEnabled { return try svd(a).s }
  let matrices = Matrices(a, "singularValues")
  let (m, n) = (matrices.rows, matrices.columns)
  let s = matrices.results(min(m, n), real: true)
  try matrices.forEach { cc_svd($1, Int32(m), Int32(n), $2, matrices.reals(s, $0), nil, nil) }
  return matrices.given(s)
}

/// The largest singular value over the smallest, `[…]`: how much a·x = b magnifies relative errors of b. Infinite for singular
/// matrices; an empty one traps.
///
/// - Throws: ``LinearAlgebraError`` if the iteration does not converge.
public func conditionNumber(_ a: Tensor) throws(LinearAlgebraError) -> Tensor {
  let s = try singularValues(a)
  require(s.shape[-1] > 0, "conditionNumber", "shape \(a.shape) is empty")
  return s[.ellipsis, 0] / s[.ellipsis, -1]
}

/// The real eigenvalues `[…, n]` in rising order of symmetric (Hermitian) matrices, of which the lower triangle is read
/// (LAPACK's `syevd` or `heevd`).
///
/// - Throws: ``LinearAlgebraError`` if the iteration does not converge.
public func symmetricEigenvalues(_ a: Tensor) throws(LinearAlgebraError) -> Tensor {
  let vectors = a.requiresGrad && GradientMode.isEnabled
  return try symmetricEigen(a, "symmetricEigenvalues", vectors: vectors).values
}

/// The real eigenvalues `[…, n]` in rising order and the eigenvectors, the columns of `[…, n, n]`, of symmetric (Hermitian)
/// matrices, of which the lower triangle is read (LAPACK's `syevd` or `heevd`).
///
/// - Throws: ``LinearAlgebraError`` if the iteration does not converge.
public func symmetricEigen(_ a: Tensor) throws(LinearAlgebraError) -> (values: Tensor, vectors: Tensor) {
  try symmetricEigen(a, "symmetricEigen", vectors: true)
}

private func symmetricEigen(
  _ a: Tensor, _ operation: String, vectors: Bool
) throws(LinearAlgebraError) -> (values: Tensor, vectors: Tensor) {
  let matrices = Matrices(a, operation, square: true)
  let n = matrices.rows
  let values = matrices.results(n, real: true)
  try matrices.forEach { cc_symmetric_eigen($1, Int32(n), vectors, $2, matrices.reals(values, $0)) }
  let (givenValues, givenVectors) = (matrices.given(values), matrices.given(matrices.elements))
  return (
    givenValues.recorded(operation, from: [a]) { [valuePullback(givenVectors, $0, givenVectors.adjoint)] },
    givenVectors.recorded(operation, from: [a]) { [eigenvectorPullback(givenValues, givenVectors, $0)] }
  )
}
