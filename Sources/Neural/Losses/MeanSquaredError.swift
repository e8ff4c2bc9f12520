/// (prediction − target)², averaged over all elements.
///
/// - Parameters:
///   - predictions: any shape, float32 or float64.
///   - targets: the same shape and dtype.
/// - Returns: a scalar, or the shape of the predictions for `.none`.
public func meanSquaredError(predictions: Tensor, targets: Tensor, reduction: Reduction = .mean) -> Tensor {
  require(
    predictions.shape == targets.shape, "meanSquaredError",
    "predictions \(predictions.shape) and targets \(targets.shape) must have one shape")
  requireFloats("meanSquaredError", predictions, targets)
  let squares = (predictions - targets).squared()
  switch reduction {
  case .mean: return squares.mean()
  case .sum: return squares.sum()
  case .none: return squares
  }
}
