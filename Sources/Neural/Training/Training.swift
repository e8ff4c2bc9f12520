import Foundation

/// How far a training is.
public struct TrainingState: Sendable {
  /// The epoch that runs, from 0; and the epochs of this call of `fit`.
  public internal(set) var epoch: Int, epochs: Range<Int>
  /// Batches done in this epoch, and batches in it.
  public internal(set) var batch = 0, batchCount: Int
  /// Training examples done in this epoch.
  public internal(set) var examples = 0
  /// Training metrics so far in this epoch; at `epochEnd` validation metrics too, with names that begin with `validation `.
  public internal(set) var metrics: [(name: String, value: Double)] = []
}

/// A training that runs, as callbacks see it: belongs to the task that called `fit`.
public final class Training {
  /// What is trained.
  public let model: any Layer
  /// What trains it.
  public let optimizer: Optimizer
  /// How far it is: a value that may be given to other tasks.
  public internal(set) var state: TrainingState
  /// The metrics of the epochs that have ended; at `epochEnd` the one that ends is among them.
  public internal(set) var history: History
  /// Set it to end the training after this event.
  public var shouldStop = false

  let train: DataLoader
  private let callbacks: [any Callback]
  var metrics: [any Metric]

  init(
    _ model: any Layer, _ optimizer: Optimizer, epochs: Range<Int>, train: DataLoader, metrics: [any Metric],
    callbacks: [any Callback]
  ) {
    (self.model, self.optimizer, self.train) = (model, optimizer, train)
    (self.metrics, self.callbacks) = (metrics, callbacks)
    state = TrainingState(epoch: epochs.lowerBound, epochs: epochs, batchCount: train.batchesPerEpoch)
    history = History(firstEpoch: epochs.lowerBound)
    resetMetrics()
  }

  func notify(_ event: TrainingEvent) throws { for callback in callbacks { try callback.on(event, self) } }

  func resetMetrics() { for index in metrics.indices { metrics[index].reset() } }

  /// The training loss and metrics take a batch into account.
  func update(outputs: Tensor, targets: Tensor, loss: Double) {
    history.batchLosses.append(loss)
    for index in metrics.indices { metrics[index].update(outputs: outputs, targets: targets, loss: loss) }
    state.metrics = metrics.map { ($0.name, $0.value) }
    state.batch += 1
    state.examples += targets.shape[0]
  }

  /// The value of a metric of this epoch. A name that no metric has traps.
  public func metric(_ name: String) -> Double {
    guard let metric = state.metrics.first(where: { $0.name == name }) else {
      trap("metric", "no \"\(name)\" among \(state.metrics.map(\.name).joined(separator: ", "))")
    }
    return metric.value
  }

  // MARK: - Saving

  /// Callbacks by the names that they have in checkpoints: `EarlyStopping.0`, the first of its type.
  private var namedCallbacks: [(name: String, callback: any Callback)] {
    var counts: [String: Int] = [:]
    return callbacks.map { callback in
      let type = "\(type(of: callback))"
      defer { counts[type, default: 0] += 1 }
      return ("\(type).\(counts[type, default: 0])", callback)
    }
  }

  /// All that the training needs to go on, taken when every callback knows of the last batch or the last epoch.
  func checkpoint() throws -> Checkpoint {
    var checkpoint = Checkpoint(model, optimizer, epoch: state.epoch, batch: state.batch)
    checkpoint.history = history
    checkpoint.data = train.identity
    checkpoint.examples = state.examples
    checkpoint.metrics = try state.batch == 0 ? [] : metrics.map { try Checkpoint.text(of: $0) }
    checkpoint.callbacks = Dictionary(
      uniqueKeysWithValues: namedCallbacks.map { ($0.name, $0.callback.saved()) }
        .filter { !$0.1.tensors.isEmpty || !$0.1.metadata.isEmpty })
    return checkpoint
  }

  /// Goes on where a checkpoint was taken.
  func resume(_ checkpoint: Checkpoint) throws {
    func refuse(_ reason: String) -> CheckpointError { .incompatible(reason: reason) }
    guard checkpoint.epoch >= state.epochs.lowerBound else {
      throw refuse("it was taken in epoch \(checkpoint.epoch), before the epochs \(state.epochs)")
    }
    guard checkpoint.data == nil || checkpoint.data == train.identity else {
      throw refuse("its training had \(checkpoint.data ?? ""), this one has \(train.identity)")
    }
    guard checkpoint.batch <= state.batchCount else {
      throw refuse("it was taken after batch \(checkpoint.batch), an epoch has \(state.batchCount)")
    }
    guard checkpoint.metrics.isEmpty || checkpoint.metrics.count == metrics.count else {
      throw refuse("it has \(checkpoint.metrics.count) metrics, this training \(metrics.count)")
    }
    for (index, text) in checkpoint.metrics.enumerated() {
      metrics[index] = try Checkpoint.value(like: metrics[index], text)
    }
    try checkpoint.restore(model, optimizer)
    for (name, callback) in namedCallbacks {
      if let saved = checkpoint.callbacks[name] { try callback.restore(saved) }
    }
    (state.epoch, state.batch, state.examples) = (checkpoint.epoch, checkpoint.batch, checkpoint.examples)
    if state.batch > 0 { state.metrics = metrics.map { ($0.name, $0.value) } }
    history = checkpoint.history
  }
}
