/// (σ(z) − (1 + y)/2)², averaged over the batch: the "sigmoid-square" loss, for labels y ∈ {−1, +1}.
///
/// Its gradient vanishes where |z| is large even when the sign is wrong, which is why cross-entropy trains better.
///
/// - Parameters:
///   - logits: any shape, float32 or float64; NaN gives NaN.
///   - labels: the same shape and dtype, each −1 or +1; anything else traps.
///   - reduction: of the losses to one number; the mean by default.
/// - Returns: a scalar, or the shape of the logits for `.none`.
public func sigmoidSquaredError(logits: Tensor, labels: Tensor, reduction: Reduction = .mean) -> Tensor {
  requirePairs("sigmoidSquaredError", logits, labels)
  let magnitude = labels.detached().abs()
  require(
    (magnitude .== Tensor.ones(labels.shape, dtype: labels.dtype)).all(), "sigmoidSquaredError",
    "a label is neither -1 nor +1")
  let targets = (labels + 1) * 0.5
  return meanSquaredError(predictions: logits.sigmoid(), targets: targets, reduction: reduction)
}
