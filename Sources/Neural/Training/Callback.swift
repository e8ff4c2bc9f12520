/// When callbacks are called.
public enum TrainingEvent: Sendable, Hashable {
  case fitStart, epochStart, batchEnd, epochEnd, fitEnd
}

/// What callbacks see, and how they stop the training.
public struct TrainingState: Sendable {
  /// The epoch that runs, from 0; and the epochs of this call of `fit`.
  public internal(set) var epoch: Int, epochs: Range<Int>
  /// Batches done in this epoch, and batches in it.
  public internal(set) var batch = 0, batchCount: Int
  /// Training examples done in this epoch.
  public internal(set) var examples = 0
  /// Training metrics so far in this epoch; at `epochEnd` validation metrics too, with names that begin with `validation `.
  public internal(set) var metrics: [(name: String, value: Double)] = []
  /// Set it to end the training after this event.
  public var shouldStop = false
}

/// Something that watches a training. An error that it throws ends the training and is thrown by `fit`.
public protocol Callback: AnyObject {
  /// Called at every event, in the order of the callbacks.
  func on(_ event: TrainingEvent, _ state: inout TrainingState, model: Module, optimizer: Optimizer) throws
}
