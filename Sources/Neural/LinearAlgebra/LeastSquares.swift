import CCore

/// What ``leastSquares(_:_:rcond:)`` found.
public struct LeastSquares: Sendable {
  /// The shortest x among those with the least ‖a·x − b‖: `[n, columns]`, or `[n]`.
  public let solution: Tensor
  /// ‖a·x − b‖² for each column of b: `[columns]`, or a scalar.
  public let residual: Tensor
  /// How many singular values of a are above rcond · the largest: how many unknowns the equations determine.
  public let rank: Int
  /// The singular values of a in falling order.
  public let singularValues: Tensor
}

/// Minimises ‖a·x − b‖ by singular values (LAPACK's `gelsd`), for matrices of any shape and rank. Computed in double
/// precision. Solution and residual are differentiable where the rank of a stays the same.
///
/// - Parameters:
///   - a: `[m, n]`, floating point or complex.
///   - b: `[m, columns]` or `[m]`, of a's dtype.
///   - rcond: singular values below rcond · the largest count as 0; by default max(m, n) times the distance of 1 to the next
///     number of a's dtype.
/// - Throws: ``LinearAlgebraError`` if an element is not finite or the iteration does not converge.
public func leastSquares(_ a: Tensor, _ b: Tensor, rcond: Double? = nil) throws(LinearAlgebraError) -> LeastSquares {
  let matrices = Matrices(a, "leastSquares")
  require(
    a.rank == 2 && (b.rank == 1 || b.rank == 2) && b.shape[0] == matrices.rows && a.dtype == b.dtype, "leastSquares",
    "\(a.dtype) \(a.shape) and \(b.dtype) \(b.shape)")
  let (m, n) = (matrices.rows, matrices.columns)
  let right = b.constant.cast(to: matrices.elements.dtype).reshaped([m, b.rank == 1 ? 1 : b.shape[1]])
  let columns = right.shape[1]
  let x = right.padded([(0, max(0, n - m)), (0, 0)])
  let s = Tensor(uninitialized: [min(m, n)], dtype: .float64)
  var rank: Int32 = 0
  try matrices.forEach(others: [right]) {
    cc_least_squares(
      $1, Int32(m), Int32(n), Int32(columns), $2, x.pointer, rcond ?? Double(max(m, n)) * a.dtype.epsilon,
      matrices.reals(s, $0), &rank)
  }
  let solution = x[..<n].recorded("leastSquares", from: [a, b]) { [a = a.constant, b = b.constant] dx in
    // x = a⁺·b; the gradient of b has its shape.
    let (wide, dtype) = (a.cast(to: dx.dtype), a.dtype)
    guard let p = try? pseudoInverse(wide, rcond: rcond) else {
      trap("leastSquares", "the derivative: no pseudo-inverse")
    }
    let da = pseudoInversePullback(wide, p, matmul(dx, right.adjoint)), db = matmul(p.adjoint, dx)
    return [da.cast(to: dtype), db.cast(to: dtype).reshaped(b.shape)]
  }
  let wide = a.cast(to: solution.dtype), target = b.cast(to: solution.dtype).reshaped(right.shape)
  let residual = (matmul(wide, solution) - target).abs().squared().sum(axis: 0)
  return LeastSquares(
    solution: matrices.given(b.rank == 1 ? solution.squeezed(axis: 1) : solution),
    residual: matrices.given(b.rank == 1 ? residual.squeezed(axis: 0) : residual), rank: Int(rank),
    singularValues: matrices.given(s))
}

/// The pseudo-inverse of Moore and Penrose of matrices `[…, m, n]`, from singular values (LAPACK's `gesdd`): `[…, n, m]`.
/// Differentiable where the rank of a stays the same.
///
/// - Parameters:
///   - a: floating point or complex.
///   - rcond: as of ``leastSquares(_:_:rcond:)``.
/// - Throws: ``LinearAlgebraError`` if an element is not finite or the iteration does not converge.
public func pseudoInverse(_ a: Tensor, rcond: Double? = nil) throws(LinearAlgebraError) -> Tensor {
  let (u, s, vh) = try svd(a.constant)
  if s.count == 0 {
    return Tensor.zeros(Shape(a.shape.sizes.dropLast(2) + [a.shape[-1], a.shape[-2]]), dtype: a.dtype)
  }
  let bound = s.max(axis: -1, keepDims: true) * (rcond ?? Double(max(a.shape[-1], a.shape[-2])) * a.dtype.epsilon)
  let inverses = Tensor.where(s .> bound, s.reciprocal(), Tensor.zeros([], dtype: s.dtype))
  let inverse = matmul(vh.adjoint * inverses.unsqueezed(axis: -2).cast(to: a.dtype), u.adjoint)
  return inverse.recorded("pseudoInverse", from: [a]) { [a = a.constant] in [pseudoInversePullback(a, inverse, $0)] }
}

extension DType {
  /// The distance of 1 to the next number.
  var epsilon: Double { real == .float32 ? Double(Float.ulpOfOne) : Double.ulpOfOne }
}
