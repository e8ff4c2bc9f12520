import Synchronization

/// Lets other tasks see how a training goes on, and stop it.
///
/// ```swift
/// let monitor = TrainingMonitor()
/// Task { while !Task.isCancelled { print(monitor.state?.metrics ?? []); try await Task.sleep(for: .seconds(1)) } }
/// try fit(model, optimizer, train: loader, epochs: 0..<10, callbacks: [monitor])
/// ```
public final class TrainingMonitor: Callback, Sendable {
  private let shared = Mutex((state: TrainingState?.none, isStopped: false))

  /// Watches the `fit` that it is given to.
  public init() {}

  /// How far the training was at its last event; nil before it begins.
  public var state: TrainingState? { shared.withLock { $0.state } }

  /// Ends the training after the batch that runs.
  public func stop() { shared.withLock { $0.isStopped = true } }

  /// Takes the state over.
  public func on(_ event: TrainingEvent, _ training: Training) {
    let isStopped = shared.withLock { shared in
      shared.state = training.state
      return shared.isStopped
    }
    if isStopped { training.shouldStop = true }
  }
}
