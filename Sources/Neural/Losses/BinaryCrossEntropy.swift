/// −t · log σ(z) − (1 − t) · log(1 − σ(z)), from logits z and targets t, without overflow: `torch.nn.BCEWithLogitsLoss`.
///
/// - Parameters:
///   - logits: any shape, float32 or float64.
///   - targets: the same shape and dtype, from 0 to 1.
///   - weights: multiplies each loss; broadcasts to the logits. A mean still divides by the number of losses.
///   - positiveWeights: multiplies the term of the positive targets, so that rare ones count; broadcasts to the logits.
///   - reduction: of the losses to one number; the mean by default.
/// - Returns: a scalar, or the shape of the logits for `.none`.
public func binaryCrossEntropy(
  logits: Tensor, targets: Tensor, weights: Tensor? = nil, positiveWeights: Tensor? = nil,
  reduction: Reduction = .mean
) -> Tensor {
  requirePairs("binaryCrossEntropy", logits, targets)
  // −log σ(z) = log(1 + e⁻ᶻ), and −log(1 − σ(z)) = z + log(1 + e⁻ᶻ).
  let logarithm = (-logits).softplus()
  let factor = positiveWeights.map { ($0 - 1) * targets + 1 }
  let losses = (1 - targets) * logits + (factor.map { $0 * logarithm } ?? logarithm)
  require(losses.shape == logits.shape, "binaryCrossEntropy", "positive weights do not broadcast to \(logits.shape)")
  guard let weights else { return reduction(losses) }
  let weighted = losses * weights
  require(weighted.shape == logits.shape, "binaryCrossEntropy", "weights \(weights.shape) for logits \(logits.shape)")
  return reduction(weighted)
}
