import Foundation

/// Trains a model: for each batch the loss, its gradients, and a step of the optimizer.
///
/// ```swift
/// let history = try fit(
///   model, SGD(model, learningRate: 0.1, momentum: 0.9), train: loader, validation: others, epochs: 0..<10,
///   schedule: .step(every: 4, factor: 0.1).perEpoch,
///   callbacks: [ProgressBar(), EarlyStopping("validation accuracy", .maximum)])
/// ```
///
/// Training can go on where it was interrupted: with `checkpoint`, its state is saved there after each epoch, when a
/// callback stops it in the middle of one, and when Ctrl-C (SIGINT) ends it after the batch that runs (a second one ends
/// the program at once). With `resume`, it continues bitwise as if it had never stopped, given the same arguments and
/// data.
///
/// - Parameters:
///   - model: what is trained.
///   - optimizer: of the model's parameters.
///   - train: the training examples.
///   - validation: measured after each epoch, in evaluation mode; its metrics are named `validation loss` and so on.
///   - epochs: numbers of the epochs; they choose the order of the data, so `3..<5` continues `0..<3`.
///   - loss: from outputs and targets to a scalar mean.
///   - penalty: added to each training loss before its gradients, as ``l2Penalty(_:_:)`` times a factor; metrics show
///     the loss without it.
///   - schedule: sets the learning rate before each step; its time begins with epoch 0.
///   - metrics: measured on the training batches as they are trained on, and on `validation` after each epoch.
///   - callbacks: told of every event, in their order.
///   - checkpoint: the file that is written for `resume`.
///   - resume: a checkpoint of a training with the same model, optimizer, data and epochs.
/// - Returns: the history, with that of the training which was resumed.
/// - Throws: what a callback throws; ``TrainingInterrupted`` after Ctrl-C; ``CheckpointError`` if `checkpoint` cannot be
///   written, or `resume` is of another training (then nothing has been changed).
@discardableResult
public func fit(
  _ model: some Layer, _ optimizer: Optimizer, train: DataLoader, validation: DataLoader? = nil, epochs: Range<Int>,
  loss: (_ outputs: Tensor, _ targets: Tensor) -> Tensor = { crossEntropy(logits: $0, labels: $1) },
  penalty: ((_ model: Module) -> Tensor)? = nil, schedule: LearningRateSchedule? = nil,
  metrics: [any Metric] = [MeanLoss(), Accuracy()], callbacks: [any Callback] = [], checkpoint: URL? = nil,
  resume: Checkpoint? = nil
) throws -> History {
  let training = Training(
    model, optimizer, epochs: epochs, train: train, metrics: metrics, callbacks: callbacks)
  if let resume { try training.resume(resume) }
  let interruption = checkpoint.map { _ in Interruption() }
  defer { interruption?.end() }
  func save() throws { if let checkpoint { try training.checkpoint().write(to: checkpoint) } }
  func saveIfInterrupted() throws {
    guard let checkpoint, interruption?.isRequested == true else { return }
    try save()
    throw TrainingInterrupted(state: training.state, checkpoint: checkpoint)
  }

  try training.notify(.fitStart)
  while training.state.epoch < epochs.upperBound, !training.shouldStop {
    let epoch = training.state.epoch
    model.train()
    try training.notify(.epochStart)
    for batch in train.epoch(epoch, startingAt: training.state.batch) {
      if training.shouldStop { break }
      if let schedule {
        let steps = train.batchesPerEpoch
        optimizer.follow(schedule, at: .init(step: epoch * steps + training.state.batch, stepsPerEpoch: steps))
      }
      optimizer.zeroGrad()
      let outputs = model(batch.inputs)
      let batchLoss = loss(outputs, batch.targets)
      (penalty.map { batchLoss + $0(model) } ?? batchLoss).backward()
      try training.notify(.backwardEnd)
      optimizer.step()
      training.update(outputs: outputs, targets: batch.targets, loss: batchLoss.scalar)
      try training.notify(.batchEnd)
      try saveIfInterrupted()
    }
    let isCut = training.shouldStop
    if isCut { try save() }
    if let validation, !isCut {
      training.state.metrics += evaluate(model, on: validation, loss: loss, metrics: metrics).map {
        ("validation " + $0.name, $0.value)
      }
    }
    training.history.append(training.state.metrics)
    try training.notify(.epochEnd)
    if !isCut {
      (training.state.epoch, training.state.batch, training.state.examples) = (epoch + 1, 0, 0)
      training.state.metrics = []
      training.resetMetrics()
      try save()
      try saveIfInterrupted()
    }
  }
  try training.notify(.fitEnd)
  return training.history
}
