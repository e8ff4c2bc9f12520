/// Lowers the learning rate when a metric has stopped improving: ``ReduceOnPlateau`` after each epoch. Not together with a
/// schedule, which would set the rate again.
public final class PlateauReduction: Callback {
  private let metric: String
  /// What it has seen so far.
  public private(set) var rule: ReduceOnPlateau

  /// - Parameters:
  ///   - rule: when to reduce, and how far.
  ///   - metric: one of the training's, else it traps.
  public init(_ rule: ReduceOnPlateau = ReduceOnPlateau(), _ metric: String = "validation loss") {
    (self.rule, self.metric) = (rule, metric)
  }

  /// Judges at the end of each whole epoch.
  public func on(_ event: TrainingEvent, _ training: Training) {
    guard event == .epochEnd, !training.shouldStop else { return }
    rule.update(training.optimizer, metric: training.metric(metric))
  }

  /// What it has seen.
  public func saved() -> StateDict {
    StateDict(metadata: (try? Checkpoint.text(of: rule)).map { ["rule": $0] } ?? [:])
  }
  /// What it had seen.
  public func restore(_ saved: StateDict) throws {
    if let text = saved.metadata["rule"] { rule = try Checkpoint.value(like: rule, text) }
  }
}
