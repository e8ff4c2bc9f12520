/// Lowers the learning rate when a metric has stopped improving, as `torch.optim.lr_scheduler.ReduceLROnPlateau`.
///
/// It remembers what it has seen, unlike a ``LearningRateSchedule``; as a value, it can be saved with a checkpoint.
public struct ReduceOnPlateau: Sendable, Hashable, Codable {
  /// Whether less is better, or more.
  public var goal: Goal
  /// What the learning rate is multiplied by, in (0, 1); and the least it may become.
  public var factor: Double, minimum: Double
  /// Epochs without improvement that are let pass before; and epochs after a reduction during which nothing counts.
  public var patience: Int, cooldown: Int
  /// An improvement is a metric below best · (1 − threshold), or above best · (1 + threshold).
  public var threshold: Double

  /// The best metric so far.
  public private(set) var best: Double?
  private var epochsWithoutImprovement = 0, epochsOfCooldown = 0

  /// PyTorch's defaults.
  public init(
    _ goal: Goal = .minimum, factor: Double = 0.1, patience: Int = 10, threshold: Double = 1e-4, cooldown: Int = 0,
    minimum: Double = 0
  ) {
    require(factor > 0 && factor < 1, "ReduceOnPlateau", "factor \(factor) is not in (0, 1)")
    (self.goal, self.factor, self.patience) = (goal, factor, patience)
    (self.threshold, self.cooldown, self.minimum) = (threshold, cooldown, minimum)
  }

  /// Takes the metric of an epoch into account; lowers the optimizer's learning rates if it is time to.
  public mutating func update(_ optimizer: Optimizer, metric: Double) {
    if goal.isBetter(metric, than: best, threshold: threshold) {
      best = metric
      epochsWithoutImprovement = 0
    } else {
      epochsWithoutImprovement += 1
    }
    if epochsOfCooldown > 0 {
      epochsOfCooldown -= 1
      epochsWithoutImprovement = 0
    }
    guard epochsWithoutImprovement > patience else { return }
    epochsOfCooldown = cooldown
    epochsWithoutImprovement = 0
    for index in optimizer.groups.indices {
      optimizer.groups[index].learningRate = max(minimum, optimizer.groups[index].learningRate * factor)
    }
  }
}

/// Which way a metric improves.
public enum Goal: String, Sendable, Hashable, Codable {
  /// Less is better: a loss.
  case minimum
  /// More is better: an accuracy.
  case maximum

  /// Whether a metric is better than the best so far by more than the threshold, a fraction of the best. NaN never is.
  func isBetter(_ metric: Double, than best: Double?, threshold: Double = 0) -> Bool {
    guard let best else { return !metric.isNaN }
    return self == .minimum ? metric < best * (1 - threshold) : metric > best * (1 + threshold)
  }
}
