import CCore

/// −log softmax(logits)[label]: the loss of a classifier, from logits (not probabilities).
///
/// - Parameters:
///   - logits: `[batch, classes]`, or `[batch, classes, …]` with a label for each place; float32 or float64.
///   - labels: `[batch]` or `[batch, …]`, any integer dtype, each from 0 to classes − 1 or `ignoredLabel`; another traps.
///   - classWeights: `[classes]`: multiplies the loss of each class. A mean divides by the sum of the labels' weights.
///   - labelSmoothing: ε in [0, 1): the target is 1 − ε at the label plus ε / classes everywhere (Szegedy et al. 2016).
///   - ignoredLabel: examples with this label have loss 0 and do not count in a mean.
///   - reduction: of the losses to one number; the mean by default.
/// - Returns: a scalar, or the shape of the labels for `.none`.
public func crossEntropy(
  logits: Tensor, labels: Tensor, classWeights: Tensor? = nil, labelSmoothing: Double = 0, ignoredLabel: Int = -100,
  reduction: Reduction = .mean
) -> Tensor {
  if logits.rank == 2, labels.rank == 1, classWeights == nil, labelSmoothing == 0,
    let loss = fusedCrossEntropy(logits, labels, reduction)
  {
    return loss
  }
  let targets = ClassTargets("crossEntropy", logits, labels, classWeights, labelSmoothing, ignoredLabel)
  return targets.loss(logSoftmax(targets.rows(of: logits)), reduction)
}

/// −Σ p · log softmax(logits): cross-entropy with a probability for each class instead of a label.
///
/// - Parameters:
///   - logits: `[batch, classes]`, float32 or float64.
///   - probabilities: the same shape and dtype.
///   - classWeights: `[classes]`: multiplies each class's term.
///   - labelSmoothing: ε in [0, 1): the target is (1 − ε)p + ε / classes.
///   - reduction: a mean divides by the batch size.
/// - Returns: a scalar, or `[batch]` for `.none`.
public func crossEntropy(
  logits: Tensor, probabilities: Tensor, classWeights: Tensor? = nil, labelSmoothing: Double = 0,
  reduction: Reduction = .mean
) -> Tensor {
  requirePairs("crossEntropy", logits, probabilities)
  require(logits.rank == 2, "crossEntropy", "logits \(logits.shape) are not [batch, classes]")
  requireSmoothing(labelSmoothing)
  var targets = probabilities
  if labelSmoothing > 0 { targets = targets * (1 - labelSmoothing) + labelSmoothing / Double(logits.shape[1]) }
  if let classWeights { targets = targets * checkedWeights("crossEntropy", classWeights, logits) }
  return reduction(-(targets * logSoftmax(logits)).sum(axis: 1))
}

/// −logProbabilities[label]: the negative log likelihood; of ``logSoftmax(_:axis:)`` it is the cross-entropy.
///
/// Parameters and result as in ``crossEntropy(logits:labels:classWeights:labelSmoothing:ignoredLabel:reduction:)``.
public func negativeLogLikelihood(
  logProbabilities: Tensor, labels: Tensor, classWeights: Tensor? = nil, ignoredLabel: Int = -100,
  reduction: Reduction = .mean
) -> Tensor {
  let targets = ClassTargets("negativeLogLikelihood", logProbabilities, labels, classWeights, 0, ignoredLabel)
  return targets.loss(targets.rows(of: logProbabilities), reduction)
}

/// Softmax, loss and gradient in one pass; nil if a label is out of range: ignored, perhaps.
private func fusedCrossEntropy(_ logits: Tensor, _ labels: Tensor, _ reduction: Reduction) -> Tensor? {
  requireLabels("crossEntropy", logits, labels)
  let (rows, classes) = (logits.shape[0], logits.shape[1])
  // int64 by way of float64: the cast to int32 then saturates, so that a label of 2³² + 1 is not taken for 1.
  let target = (labels.dtype == .int64 ? labels.cast(to: .float64) : labels).cast(to: .int32).rowMajor
  let losses = Tensor(uninitialized: [rows], dtype: logits.dtype)
  // The gradient comes from the same pass, already divided by the batch size for a mean.
  let needsGradient = logits.requiresGrad && GradientMode.isEnabled
  let gradient =
    needsGradient ? Tensor(uninitialized: logits.shape, dtype: logits.dtype, layout: logits.layout) : nil
  let status = cc_softmax_cross_entropy(
    logits.dtype.c, logits.layout.c, rows, classes, logits.pointer, target.pointer.assumingMemoryBound(to: Int32.self),
    reduction == .mean ? 1 / Double(max(rows, 1)) : 1, losses.pointer, gradient?.pointer)
  if status == CC_BAD_INDEX { return nil }
  check(status, "crossEntropy")
  let loss = reduction(losses)
  guard let gradient else { return loss }
  return loss.recorded("crossEntropy", from: [logits]) { upstream in
    if reduction == .none { return [gradient * upstream.unsqueezed(axis: 1)] }
    let factor = upstream.scalar
    return [factor == 1 ? gradient : gradient * factor]
  }
}

private func requireLabels(_ name: String, _ logits: Tensor, _ labels: Tensor) {
  require(
    logits.rank >= 2 && labels.shape == Shape([logits.shape[0]] + logits.shape.sizes.dropFirst(2)), name,
    "logits \(logits.shape) and labels \(labels.shape): they must be [batch, classes, …] and [batch, …]")
  requireFloats(name, logits)
  require(!labels.dtype.isFloatingPoint && labels.dtype != .bool, name, "labels are \(labels.dtype), not integers")
}

private func requireSmoothing(_ smoothing: Double) {
  require(smoothing >= 0 && smoothing < 1, "crossEntropy", "label smoothing \(smoothing) is not in [0, 1)")
}

private func checkedWeights(_ name: String, _ weights: Tensor, _ logits: Tensor) -> Tensor {
  require(weights.shape == [logits.shape[1]], name, "class weights \(weights.shape) for logits \(logits.shape)")
  requireFloats(name, logits, weights)
  return weights
}

/// How much the loss of each example counts at each class: what labels, weights and smoothing amount to.
private struct ClassTargets {
  /// `[examples, classes]`
  private let matrix: Tensor
  /// What a mean divides by: the weights of the labels that count.
  private let total: Double
  private let shape: Shape

  init(
    _ name: String, _ logits: Tensor, _ labels: Tensor, _ classWeights: Tensor?, _ smoothing: Double, _ ignored: Int
  ) {
    requireLabels(name, logits, labels)
    requireSmoothing(smoothing)
    let classes = logits.shape[1]
    let weights =
      classWeights.map { checkedWeights(name, $0, logits).cast(to: .float64).array(Double.self) }
      ?? [Double](repeating: 1, count: classes)
    var values: [Double] = []
    var total = 0.0
    for label in labels.cast(to: .int64).array(Int.self) {
      if label == ignored {
        values += repeatElement(0, count: classes)
        continue
      }
      require(label >= 0 && label < classes, name, "a label is not in 0..<\(classes)")
      values += weights.map { $0 * smoothing / Double(classes) }
      values[values.count - classes + label] += weights[label] * (1 - smoothing)
      total += weights[label]
    }
    matrix = Tensor(values, shape: [labels.count, classes]).cast(to: logits.dtype)
    (self.total, shape) = (total, labels.shape)
  }

  /// `[batch, classes, …]` as `[examples, classes]`.
  func rows(of x: Tensor) -> Tensor {
    if x.rank == 2 { return x }
    let axes = [0] + Array(2..<x.rank) + [1]
    return x.permuted(axes).reshaped([-1, x.shape[1]])
  }

  func loss(_ logProbabilities: Tensor, _ reduction: Reduction) -> Tensor {
    // Where nothing counts a log probability may be −∞, and 0 · −∞ is NaN.
    let zero = Tensor.zeros(matrix.shape, dtype: matrix.dtype)
    let terms = Tensor.where(matrix .== zero, zero, logProbabilities * matrix)
    return reduction(-terms.sum(axis: 1).reshaped(shape), total: total)
  }
}
