// Losses of predictions and targets element by element: both of any one shape, float32 or float64. Results are scalars, or
// of the predictions' shape for `.none`.

/// (prediction − target)², averaged over all elements.
public func meanSquaredError(predictions: Tensor, targets: Tensor, reduction: Reduction = .mean) -> Tensor {
  requirePairs("meanSquaredError", predictions, targets)
  return reduction((predictions - targets).squared())
}

/// |prediction − target|, averaged over all elements; the derivative at 0 is 0. `torch.nn.L1Loss`.
public func meanAbsoluteError(predictions: Tensor, targets: Tensor, reduction: Reduction = .mean) -> Tensor {
  requirePairs("meanAbsoluteError", predictions, targets)
  return reduction((predictions - targets).abs())
}

/// ½d² for |d| ≤ δ, else δ(|d| − ½δ), d = prediction − target, averaged over all elements (Huber 1964).
///
/// - Parameters:
///   - predictions: any shape, float32 or float64.
///   - targets: the same shape and dtype.
///   - delta: δ, positive.
///   - reduction: of the losses to one number; the mean by default.
public func huberLoss(
  predictions: Tensor, targets: Tensor, delta: Double = 1, reduction: Reduction = .mean
) -> Tensor {
  requirePairs("huberLoss", predictions, targets)
  require(delta > 0, "huberLoss", "delta \(delta) is not positive")
  let distance = (predictions - targets).abs()
  let near = Tensor.minimum(distance, Tensor(delta, dtype: distance.dtype))
  return reduction(near.squared() * 0.5 + (distance - near) * delta)
}

/// ½d²/β for |d| < β, else |d| − ½β: ``huberLoss(predictions:targets:delta:reduction:)`` divided by β;
/// β = 0 gives |d|. `torch.nn.SmoothL1Loss`.
public func smoothL1Loss(
  predictions: Tensor, targets: Tensor, beta: Double = 1, reduction: Reduction = .mean
) -> Tensor {
  require(beta >= 0, "smoothL1Loss", "beta \(beta) is negative")
  if beta == 0 { return meanAbsoluteError(predictions: predictions, targets: targets, reduction: reduction) }
  return huberLoss(predictions: predictions, targets: targets, delta: beta, reduction: reduction) / beta
}
