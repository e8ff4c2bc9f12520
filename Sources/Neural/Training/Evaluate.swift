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
    for batch in data.inOrder().epoch(0) {
      let outputs = model(batch.inputs)
      let value = loss(outputs, batch.targets).scalar
      for index in metrics.indices { metrics[index].update(outputs: outputs, targets: batch.targets, loss: value) }
    }
  }
  return metrics
}

/// What a model makes of a data set, in evaluation mode.
///
/// - Returns: `[examples, …]`, in the order of the data even if the loader shuffles; a data set without examples traps.
public func predict(_ model: some Layer, on data: DataLoader) -> Tensor {
  require(data.batchesPerEpoch > 0, "predict", "no examples")
  return model.evaluating { Tensor.concatenated(data.inOrder().epoch(0).map { model($0.inputs).detached() }) }
}
