import Foundation

/// Saves the weights of the best epoch so far in a safetensors file that PyTorch reads too.
public final class BestWeights: Callback {
  private let file: URL, metric: String, goal: Goal
  /// The best value so far; nil before the first epoch.
  public private(set) var best: Double?

  /// - Parameters:
  ///   - file: replaced by every better epoch's.
  ///   - metric: one of the training's, else it traps.
  ///   - goal: whether less of it is better, or more.
  public init(to file: URL, _ metric: String = "validation loss", _ goal: Goal = .minimum) {
    (self.file, self.metric, self.goal) = (file, metric, goal)
  }

  /// Writes at the end of a better epoch. Throws ``CheckpointError/file(path:reason:)`` if the file cannot be written.
  public func on(_ event: TrainingEvent, _ training: Training) throws {
    guard event == .epochEnd else { return }
    let value = training.metric(metric)
    guard goal.isBetter(value, than: best) else { return }
    var state = training.model.stateDict()
    state.metadata = ["epoch": "\(training.state.epoch + 1)", metric: "\(value)"]
    try state.write(safetensors: file)
    best = value
  }

  /// The best value.
  public func saved() -> StateDict { StateDict(metadata: best.map { ["best": "\($0)"] } ?? [:]) }
  /// The best value.
  public func restore(_ saved: StateDict) { best = saved.metadata["best"].flatMap(Double.init) }
}
