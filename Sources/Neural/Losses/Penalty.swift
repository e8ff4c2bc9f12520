/// Σ |w| over the parameters whose names fit a pattern: added to a loss, it makes weights exactly 0.
///
/// ```swift
/// let loss = crossEntropy(logits: model(x), labels: y) + 1e-4 * l1Penalty(model, "*.weight")
/// ```
public func l1Penalty(_ model: Module, _ pattern: NamePattern = "*") -> Tensor { penalty(model, pattern) { $0.abs() } }

/// Σ w² over the parameters whose names fit a pattern. Half of it has the gradient of an optimizer's weight decay.
public func l2Penalty(_ model: Module, _ pattern: NamePattern = "*") -> Tensor {
  penalty(model, pattern) { $0.squared() }
}

private func penalty(_ model: Module, _ pattern: NamePattern, _ size: (Tensor) -> Tensor) -> Tensor {
  let sums = model.matching(pattern, "penalty").map { size($0.parameter.value).sum() }
  return sums.dropFirst().reduce(sums.first ?? Tensor(0), +)
}
