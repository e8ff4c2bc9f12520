/// How the losses of a batch become one number.
public enum Reduction: String, Sendable, Hashable, CaseIterable {
  /// Their mean: the default, as in PyTorch.
  case mean
  /// Their sum.
  case sum
  /// They stay as they are, one for each example or element.
  case none

  /// - Parameter total: what a mean divides by; nil for the number of losses.
  func callAsFunction(_ losses: Tensor, total: Double? = nil) -> Tensor {
    switch self {
    case .mean: total.map { losses.sum() / $0 } ?? losses.mean()
    case .sum: losses.sum()
    case .none: losses
    }
  }
}

/// Traps unless predictions and targets are floats of one shape and dtype.
func requirePairs(_ name: String, _ predictions: Tensor, _ targets: Tensor) {
  require(
    predictions.shape == targets.shape, name,
    "predictions \(predictions.shape) and targets \(targets.shape) must have one shape")
  requireFloats(name, predictions, targets)
}
