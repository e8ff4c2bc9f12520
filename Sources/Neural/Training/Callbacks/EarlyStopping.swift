/// Ends the training when a metric has stopped improving, and gives the model the weights of the best epoch at the end,
/// whether the training was stopped or not.
public final class EarlyStopping: Callback {
  private let metric: String, goal: Goal, patience: Int, threshold: Double, restoresBest: Bool
  private var weights: StateDict?
  /// The best value so far, and its epoch; nil before the first epoch.
  public private(set) var best: Double?, bestEpoch: Int?
  private var epochsWithoutImprovement = 0

  /// - Parameters:
  ///   - metric: one of the training's, else it traps.
  ///   - goal: whether less of it is better, or more.
  ///   - patience: stops after so many epochs in a row without improvement; at least 1.
  ///   - threshold: an improvement is a value below best · (1 − threshold), or above best · (1 + threshold).
  ///   - restoresBest: give the model the best epoch's weights at the end.
  public init(
    _ metric: String = "validation loss", _ goal: Goal = .minimum, patience: Int = 3, threshold: Double = 0,
    restoresBest: Bool = true
  ) {
    require(patience >= 1, "EarlyStopping", "patience \(patience)")
    (self.metric, self.goal, self.patience) = (metric, goal, patience)
    (self.threshold, self.restoresBest) = (threshold, restoresBest)
  }

  /// Judges at the end of each whole epoch.
  public func on(_ event: TrainingEvent, _ training: Training) throws {
    if event == .fitEnd, restoresBest, let weights { try training.model.load(weights) }
    guard event == .epochEnd, !training.shouldStop else { return }
    let value = training.metric(metric)
    if goal.isBetter(value, than: best, threshold: threshold) {
      (best, bestEpoch, epochsWithoutImprovement) = (value, training.state.epoch, 0)
      if restoresBest { weights = training.model.stateDict() }
    } else {
      epochsWithoutImprovement += 1
      if epochsWithoutImprovement >= patience { training.shouldStop = true }
    }
  }

  /// The best epoch with its weights.
  public func saved() -> StateDict {
    var state = weights ?? StateDict()
    state.metadata["epochsWithoutImprovement"] = "\(epochsWithoutImprovement)"
    state.metadata["best"] = best.map { "\($0)" }
    state.metadata["bestEpoch"] = bestEpoch.map { "\($0)" }
    return state
  }

  /// The best epoch with its weights.
  public func restore(_ saved: StateDict) {
    epochsWithoutImprovement = saved.metadata["epochsWithoutImprovement"].flatMap(Int.init) ?? 0
    best = saved.metadata["best"].flatMap(Double.init)
    bestEpoch = saved.metadata["bestEpoch"].flatMap(Int.init)
    weights = saved.tensors.isEmpty ? nil : StateDict(saved.tensors)
  }
}
