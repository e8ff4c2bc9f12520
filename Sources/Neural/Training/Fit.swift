/// The metrics of every epoch of a training.
public struct History: Sendable, Codable {
  /// For each epoch the metrics by name: `loss`, `accuracy`, `validation loss`, …
  public internal(set) var epochs: [[String: Double]] = []
  /// The mean loss of each training batch, in order.
  public internal(set) var batchLosses: [Double] = []
}

/// Trains a model: for each batch the loss, its gradients, and a step of the optimizer.
///
/// - Parameters:
///   - epochs: numbers of the epochs; they choose the order of the data, so `3..<5` continues `0..<3`.
///   - loss: from outputs and targets to a scalar mean.
///   - metrics: measured on the training batches as they are trained on, and on `validation` after each epoch.
/// - Throws: only what a callback throws.
@discardableResult
public func fit(
  _ model: some Layer, _ optimizer: Optimizer, train: DataLoader, validation: DataLoader? = nil, epochs: Range<Int>,
  loss: (_ outputs: Tensor, _ targets: Tensor) -> Tensor = { crossEntropy(logits: $0, labels: $1) },
  metrics: [any Metric] = [MeanLoss(), Accuracy()], callbacks: [any Callback] = []
) throws -> History {
  var history = History()
  var state = TrainingState(epoch: epochs.lowerBound, epochs: epochs, batchCount: train.batchesPerEpoch)
  func notify(_ event: TrainingEvent) throws {
    for callback in callbacks { try callback.on(event, &state, model: model, optimizer: optimizer) }
  }
  try notify(.fitStart)
  for epoch in epochs where !state.shouldStop {
    var metrics = metrics
    for index in metrics.indices { metrics[index].reset() }
    (state.epoch, state.batch, state.examples, state.metrics) = (epoch, 0, 0, [])
    model.train()
    try notify(.epochStart)
    for batch in train.epoch(epoch) {
      if state.shouldStop { break }
      optimizer.zeroGrad()
      let outputs = model(batch.inputs)
      let batchLoss = loss(outputs, batch.targets)
      batchLoss.backward()
      optimizer.step()
      let value = batchLoss.scalar
      history.batchLosses.append(value)
      for index in metrics.indices { metrics[index].update(outputs: outputs, targets: batch.targets, loss: value) }
      state.metrics = metrics.map { ($0.name, $0.value) }
      state.batch += 1
      state.examples += batch.count
      try notify(.batchEnd)
    }
    if let validation, !state.shouldStop {
      state.metrics += evaluate(model, on: validation, loss: loss, metrics: metrics).map {
        ("validation " + $0.name, $0.value)
      }
    }
    history.epochs.append(Dictionary(state.metrics, uniquingKeysWith: { first, _ in first }))
    try notify(.epochEnd)
  }
  try notify(.fitEnd)
  return history
}

/// Measures a model on a data set, in evaluation mode.
///
/// - Returns: the metrics with their names, in the order given.
public func evaluate(
  _ model: some Layer, on data: DataLoader,
  loss: (_ outputs: Tensor, _ targets: Tensor) -> Tensor = { crossEntropy(logits: $0, labels: $1) },
  metrics: [any Metric] = [MeanLoss(), Accuracy()]
) -> [(name: String, value: Double)] {
  measure(model, on: data, loss: loss, metrics: metrics).map { ($0.name, $0.value) }
}

/// Like ``evaluate(_:on:loss:metrics:)``, but returns the metrics themselves: a confusion matrix with its counts.
public func measure(
  _ model: some Layer, on data: DataLoader,
  loss: (_ outputs: Tensor, _ targets: Tensor) -> Tensor = { crossEntropy(logits: $0, labels: $1) },
  metrics: [any Metric]
) -> [any Metric] {
  var metrics = metrics
  for index in metrics.indices { metrics[index].reset() }
  model.evaluating {
    for batch in data.epoch(0) {
      let outputs = model(batch.inputs)
      let value = loss(outputs, batch.targets).scalar
      for index in metrics.indices { metrics[index].update(outputs: outputs, targets: batch.targets, loss: value) }
    }
  }
  return metrics
}
