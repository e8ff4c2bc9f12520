/// Σ p · (log p − log q): how far predicted probabilities q are from the targets p (Kullback and Leibler 1951).
///
/// - Parameters:
///   - logProbabilities: log q, `[batch, …]`, as ``logSoftmax(_:axis:)`` gives it; float32 or float64.
///   - targets: p, of the same shape and dtype. Where p = 0 the term is 0, and so is its
///     derivative with respect to p.
///   - reduction: `.mean` divides by the batch size, as the definition wants (PyTorch's `batchmean`, not its `mean`).
/// - Returns: a scalar, or the terms for `.none`.
public func divergence(logProbabilities: Tensor, targets: Tensor, reduction: Reduction = .mean) -> Tensor {
  requirePairs("divergence", logProbabilities, targets)
  require(targets.rank > 0, "divergence", "a scalar has no batch")
  let zero = Tensor.zeros(targets.shape, dtype: targets.dtype)
  let isZero = targets.detached() .== zero
  // The logarithm's operand is kept from 0, so that neither it nor its derivative is infinite there.
  let terms = targets * (Tensor.where(isZero, zero + 1, targets).log() - logProbabilities)
  return reduction(Tensor.where(isZero, zero, terms), total: Double(targets.shape[0]))
}
