/// When callbacks are called.
public enum TrainingEvent: Sendable, Hashable, CaseIterable {
  case fitStart, epochStart
  /// The gradients of a batch are there, and the optimizer has not used them yet: to clip them, or to look at them.
  case backwardEnd
  case batchEnd, epochEnd, fitEnd
}

/// Something that watches a training. An error that it throws ends the training and is thrown by `fit`.
public protocol Callback: AnyObject {
  /// Called at every event, in the order of the callbacks.
  func on(_ event: TrainingEvent, _ training: Training) throws
  /// What it must remember when the training is resumed from a checkpoint; by default nothing.
  func saved() -> StateDict
  /// Takes over what ``saved()`` returned in the training that is resumed.
  func restore(_ saved: StateDict) throws
}

extension Callback {
  /// Nothing.
  public func saved() -> StateDict { StateDict() }
  /// Does nothing.
  public func restore(_ saved: StateDict) {}
}

/// A callback that is a closure.
///
/// ```swift
/// let clipping = OnEvent(.backwardEnd) { clipGradients($0.model, norm: 1) }
/// ```
public final class OnEvent: Callback {
  private let event: TrainingEvent
  private let body: (Training) throws -> Void

  /// Calls `body` at every `event`.
  public init(_ event: TrainingEvent, _ body: @escaping (Training) throws -> Void) {
    (self.event, self.body) = (event, body)
  }

  /// Calls the closure if the event is its.
  public func on(_ event: TrainingEvent, _ training: Training) throws { if event == self.event { try body(training) } }
}
