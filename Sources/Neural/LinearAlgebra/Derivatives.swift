// The derivatives of decompositions, for gradients as in Tensor+Complex.swift. Where a decomposition is not unique (the phase
// of complex eigenvectors and singular vectors), they are right for what does not depend on the choice. Equal eigenvalues or
// singular values have no differentiable vectors: those gradients are infinite or NaN.
//
// Sources: Giles, "An extended collection of matrix derivative results for forward and reverse mode algorithmic
// differentiation" (2008); Townsend, "Differentiating the singular value decomposition" (2016); Roberts and Roberts, "QR and
// LQ decomposition matrix backpropagation algorithms" (2020); Golub and Pereyra, "The differentiation of pseudo-inverses"
// (1973).

extension Tensor {
  /// On and below the diagonal.
  fileprivate static func lowerTriangle(_ n: Int) -> Tensor { arange(n).unsqueezed(axis: 1) .>= arange(n) }

  /// Matrices with only what is on and below the diagonal, and of the diagonal half.
  fileprivate var lowerHalf: Tensor {
    let n = shape[-1]
    let mask = Tensor.lowerTriangle(n).cast(to: dtype) - Tensor.eye(n, dtype: dtype) * 0.5
    return self * mask
  }

  /// (x + xᴴ) / 2
  fileprivate var hermitian: Tensor { (self + adjoint) * 0.5 }

  /// 1 / (vⱼ − vᵢ) for rows i and columns j, 0 on the diagonal.
  fileprivate func inverseDifferences() -> Tensor {
    let differences = unsqueezed(axis: -2) - unsqueezed(axis: -1)
    return Tensor.where(
      Tensor.eye(shape[-1], dtype: .bool), Tensor.zeros([], dtype: dtype), differences.reciprocal())
  }

  /// self · r⁻ᴴ
  fileprivate func divided(byAdjoint r: Tensor, _ operation: String) -> Tensor {
    guard let quotient = try? solve(r, adjoint) else { trap(operation, "the derivative: a matrix is singular") }
    return quotient.adjoint
  }

  /// The gradient of a from that of its Cholesky factor, this: (S + Sᴴ) / 2 with S = L⁻ᴴ · Φ(Lᴴ·dL) · L⁻¹, Φ being
  /// ``lowerHalf``.
  func choleskyPullback(_ dl: Tensor) -> Tensor {
    let inner = matmul(adjoint, dl).lowerHalf
    // X · L⁻¹ = X · (Lᴴ)⁻ᴴ, and L⁻ᴴ · X = (Xᴴ · L⁻¹)ᴴ.
    let right = inner.divided(byAdjoint: adjoint, "cholesky")
    return right.adjoint.divided(byAdjoint: adjoint, "cholesky").adjoint.hermitian
  }
}

/// The gradient of a = Q·R from those of Q and R, nil for 0. Columns of a beyond its rows, Y, are Q times those of R.
func qrPullback(_ a: Tensor, q: Tensor, r: Tensor, dq: Tensor?, dr: Tensor?) -> Tensor {
  let k = q.shape[-1], n = r.shape[-1]
  let (square, rest) = (r.narrowed(axis: -1, 0..<k), a.narrowed(axis: -1, k..<n))
  let dr = dr ?? Tensor.zeros(r.shape, dtype: r.dtype)
  let (dSquare, dRest) = (dr.narrowed(axis: -1, 0..<k), dr.narrowed(axis: -1, k..<n))
  let dq = (dq ?? Tensor.zeros(q.shape, dtype: q.dtype)) + matmul(rest, dRest.adjoint)
  let m = matmul(square, dSquare.adjoint) - matmul(dq.adjoint, q)
  let half = m.lowerHalf
  let da = (dq + matmul(q, half + half.adjoint)).divided(byAdjoint: square, "qr")
  return Tensor.concatenated([da, matmul(q, dRest)], axis: -1)
}

/// The gradient of Hermitian a = V·diag(λ)·Vᴴ from that of V.
func eigenvectorPullback(_ values: Tensor, _ vectors: Tensor, _ dv: Tensor) -> Tensor {
  let inner = matmul(vectors.adjoint, dv) * values.inverseDifferences().cast(to: vectors.dtype)
  return matmul(matmul(vectors, inner), vectors.adjoint).hermitian
}

/// V·diag(dλ)·Vᴴ, or U·diag(ds)·Vᴴ: the gradient of a from that of its eigenvalues or singular values.
func valuePullback(_ u: Tensor, _ values: Tensor, _ vh: Tensor) -> Tensor {
  matmul(u * values.unsqueezed(axis: -2).cast(to: u.dtype), vh)
}

/// The gradient of a = U·diag(s)·Vᴴ from that of U; of aᴴ = V·diag(s)·Uᴴ it gives that from V.
func singularVectorPullback(_ u: Tensor, _ s: Tensor, _ vh: Tensor, _ du: Tensor, turns: Bool) -> Tensor {
  let inner = matmul(u.adjoint, du), inverse = s.reciprocal().unsqueezed(axis: -2).cast(to: u.dtype)
  let skew = (inner - inner.adjoint) * s.squared().inverseDifferences().cast(to: u.dtype)
  var core = skew * s.unsqueezed(axis: -2).cast(to: u.dtype)
  if turns && u.dtype.isComplex {
    // A turn of U's phase, which V's makes up for.
    let phase = Tensor.complex(real: Tensor.zeros([], dtype: s.dtype), imaginary: inner.diagonal().imaginary / s)
    core = core + Tensor.eye(s.shape[-1], dtype: u.dtype) * phase.unsqueezed(axis: -2)
  }
  let outside = (du - matmul(u, inner)) * inverse
  return matmul(matmul(u, core) + outside, vh)
}

/// The gradient of a from that of its pseudo-inverse p, where its rank stays the same.
func pseudoInversePullback(_ a: Tensor, _ p: Tensor, _ dp: Tensor) -> Tensor {
  let (ph, dph) = (p.adjoint, dp.adjoint)
  let left = dph - matmul(a, matmul(p, dph)), right = dph - matmul(matmul(dph, p), a)
  return matmul(left, matmul(p, ph)) + matmul(matmul(ph, p), right) - matmul(matmul(ph, dp), ph)
}
