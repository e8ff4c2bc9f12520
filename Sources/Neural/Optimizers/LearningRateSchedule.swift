import Foundation

/// The learning rate as a function of time alone: no hidden state, so a resumed training needs nothing but its step.
///
/// ```swift
/// let schedule = LearningRateSchedule.cosine(over: 10_000).warmedUp(over: 500)
/// try fit(model, optimizer, train: loader, epochs: 0..<14, schedule: .step(every: 1, factor: 0.7).perEpoch)
/// ```
///
/// Time is counted in steps of the optimizer, from 0; ``perEpoch`` counts epochs instead.
public struct LearningRateSchedule: Sendable {
  /// A moment of a training.
  public struct Time: Sendable, Hashable {
    /// Steps done before, and how many make an epoch.
    public var step: Int, stepsPerEpoch: Int

    /// At least one step makes an epoch.
    public init(step: Int, stepsPerEpoch: Int = 1) {
      (self.step, self.stepsPerEpoch) = (step, max(1, stepsPerEpoch))
    }
  }

  private let rate: @Sendable (Time, _ base: Double) -> Double

  /// A schedule of your own: from the time and the learning rate that a parameter group began with to the one to use.
  public init(_ rate: @escaping @Sendable (_ time: Time, _ base: Double) -> Double) { self.rate = rate }

  /// The learning rate for the step that begins now; `base` is the one that a parameter group began with.
  public func learningRate(at time: Time, base: Double) -> Double { rate(time, base) }

  /// The learning rate for a step.
  public func learningRate(at step: Int, base: Double) -> Double { rate(Time(step: step), base) }
}

// MARK: - Schedules, as in torch.optim.lr_scheduler

extension LearningRateSchedule {
  /// Multiplies by `factor` once every so many steps, at least 1: `StepLR`.
  public static func step(every steps: Int, factor: Double = 0.1) -> LearningRateSchedule {
    require(steps > 0, "LearningRateSchedule.step", "every \(steps) steps")
    return LearningRateSchedule { time, base in base * pow(factor, Double(time.step / steps)) }
  }

  /// Multiplies by `factor` at each of the given steps: `MultiStepLR`.
  public static func multiStep(at milestones: [Int], factor: Double = 0.1) -> LearningRateSchedule {
    LearningRateSchedule { time, base in base * pow(factor, Double(milestones.count { $0 <= time.step })) }
  }

  /// base · factorᵗ: `ExponentialLR`.
  public static func exponential(factor: Double) -> LearningRateSchedule {
    LearningRateSchedule { time, base in base * pow(factor, Double(time.step)) }
  }

  /// Half a cosine from the base to `minimum`, where it stays: `CosineAnnealingLR` (Loshchilov and Hutter 2017).
  public static func cosine(over steps: Int, minimum: Double = 0) -> LearningRateSchedule {
    LearningRateSchedule { time, base in interpolated(base, minimum, fraction(time.step, of: steps), cosine: true) }
  }

  /// A straight line from base · start to base · end, where it stays: `LinearLR`.
  public static func linear(from start: Double, to end: Double, over steps: Int) -> LearningRateSchedule {
    LearningRateSchedule { time, base in
      base * interpolated(start, end, fraction(time.step, of: steps), cosine: false)
    }
  }

  /// Cosines from maximum / `initialDivisor` up to the maximum, and down to 1 / `finalDivisor` of the beginning:
  /// `OneCycleLR` (Smith and Topin 2018), without its change of momentum.
  ///
  /// - Parameters:
  ///   - steps: how long it takes; afterwards the rate stays.
  ///   - maximum: nil for the base.
  ///   - rising: the fraction of the steps that goes up.
  ///   - initialDivisor: the maximum over the first rate.
  ///   - finalDivisor: the first rate over the last.
  public static func oneCycle(
    over steps: Int, maximum: Double? = nil, rising: Double = 0.3, initialDivisor: Double = 25,
    finalDivisor: Double = 1e4
  ) -> LearningRateSchedule {
    let peak = rising * Double(steps) - 1, last = Double(steps - 1)
    return LearningRateSchedule { time, base in
      let high = maximum ?? base, low = high / initialDivisor
      let step = min(Double(time.step), last)
      return step <= peak
        ? interpolated(low, high, peak == 0 ? 1 : step / peak, cosine: true)
        : interpolated(high, low / finalDivisor, (step - peak) / (last - peak), cosine: true)
    }
  }

  private static func fraction(_ step: Int, of steps: Int) -> Double {
    steps <= 0 ? 1 : min(1, Double(step) / Double(steps))
  }

  private static func interpolated(_ start: Double, _ end: Double, _ fraction: Double, cosine: Bool) -> Double {
    cosine ? end + (start - end) / 2 * (1 + cos(.pi * fraction)) : start + (end - start) * fraction
  }
}

// MARK: - Composition

extension LearningRateSchedule {
  /// The same with epochs for steps.
  public var perEpoch: LearningRateSchedule {
    LearningRateSchedule { time, base in rate(Time(step: time.step / time.stepsPerEpoch), base) }
  }

  /// This one before step `start`, then the other, whose time begins there: `SequentialLR`.
  public func followed(by next: LearningRateSchedule, at start: Int) -> LearningRateSchedule {
    LearningRateSchedule { time, base in
      if time.step < start { return rate(time, base) }
      return next.rate(Time(step: time.step - start, stepsPerEpoch: time.stepsPerEpoch), base)
    }
  }

  /// The other applied to what this one gives: their factors multiply, as in `ChainedScheduler`.
  public func combined(with other: LearningRateSchedule) -> LearningRateSchedule {
    LearningRateSchedule { time, base in other.rate(time, rate(time, base)) }
  }

  /// Begins with a straight line over so many steps, from `start` times this schedule's first rate up to it.
  public func warmedUp(over steps: Int, from start: Double = 0) -> LearningRateSchedule {
    let first = LearningRateSchedule { [rate] time, base in rate(Time(step: 0), base) }
    return first.combined(with: .linear(from: start, to: 1, over: steps)).followed(by: self, at: steps)
  }
}

extension Optimizer {
  /// Sets the learning rate of every group to the schedule's, from the rate that the group began with.
  public final func follow(_ schedule: LearningRateSchedule, at time: LearningRateSchedule.Time) {
    for index in groups.indices {
      groups[index].learningRate = schedule.learningRate(at: time, base: groups[index].baseLearningRate)
    }
  }
}
