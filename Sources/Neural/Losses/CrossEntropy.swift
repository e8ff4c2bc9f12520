import CCore

/// −log softmax(logits)[label]: the loss of a classifier, from logits (not probabilities).
///
/// - Parameters:
///   - logits: `[batch, classes]`, float32 or float64.
///   - labels: `[batch]`, any integer dtype, each from 0 to classes − 1; another traps.
/// - Returns: a scalar, or `[batch]` for `.none`.
public func crossEntropy(logits: Tensor, labels: Tensor, reduction: Reduction = .mean) -> Tensor {
  require(
    logits.rank == 2 && labels.rank == 1 && logits.shape[0] == labels.shape[0], "crossEntropy",
    "logits \(logits.shape) and labels \(labels.shape): they must be [batch, classes] and [batch]")
  requireFloats("crossEntropy", logits)
  require(
    !labels.dtype.isFloatingPoint && labels.dtype != .bool, "crossEntropy", "labels are \(labels.dtype), not integers")
  let (rows, classes) = (logits.shape[0], logits.shape[1])
  let input = logits.rowMajor
  // int64 by way of float64: the cast to int32 then saturates, so that a label of 2³² + 1 is not taken for 1.
  let target = (labels.dtype == .int64 ? labels.cast(to: .float64) : labels).cast(to: .int32).rowMajor
  let losses = Tensor(uninitialized: [rows], dtype: logits.dtype)
  // The gradient comes from the same pass, already divided by the batch size for a mean.
  let needsGradient = logits.requiresGrad && GradientMode.isEnabled
  let gradient = needsGradient ? Tensor(uninitialized: logits.shape, dtype: logits.dtype) : nil
  let status = cc_softmax_cross_entropy(
    logits.dtype.c, rows, classes, input.pointer, target.pointer.assumingMemoryBound(to: Int32.self),
    reduction == .mean ? 1 / Double(max(rows, 1)) : 1, losses.pointer, gradient?.pointer)
  require(status != CC_BAD_INDEX, "crossEntropy", "a label is not in 0..<\(classes)")
  check(status, "crossEntropy")
  let loss =
    switch reduction {
    case .mean: losses.mean()
    case .sum: losses.sum()
    case .none: losses
    }
  guard let gradient else { return loss }
  return loss.recorded("crossEntropy", from: [logits]) { upstream in
    if reduction == .none { return [gradient * upstream.unsqueezed(axis: 1)] }
    let factor = upstream.scalar
    return [factor == 1 ? gradient : gradient * factor]
  }
}
