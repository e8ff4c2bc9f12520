import CCore

/// RMSprop (Tieleman and Hinton 2012), by PyTorch's rule.
///
/// g = gradient + weightDecay · w; a = αa + (1 − α)g²; u = g / (√a + ε); w −= learningRate · u, or b = momentum · b + u;
/// w −= learningRate · b.
///
/// Centered (Graves 2013), the root is of the variance: a − m² with m = αm + (1 − α)g.
public final class RMSprop: Optimizer {
  let alpha: Double, epsilon: Double, momentum: Double, centered: Bool

  /// - Parameters:
  ///   - model: its parameters are optimized.
  ///   - learningRate: at least 0.
  ///   - alpha: decay rate of the averages, in [0, 1).
  ///   - epsilon: ε, at least 0.
  ///   - momentum: at least 0.
  ///   - centered: divide by the standard deviation of the gradient.
  ///   - weightDecay: how strongly weights are pulled to 0; at least 0.
  ///   - groups: parameters with other settings, by name.
  public init(
    _ model: Module, learningRate: Double = 0.01, alpha: Double = 0.99, epsilon: Double = 1e-8, momentum: Double = 0,
    centered: Bool = false, weightDecay: Double = 0, groups: [ParameterSettings] = []
  ) {
    requireDecay(alpha, "α", "RMSprop")
    require(epsilon >= 0, "RMSprop", "ε \(epsilon) is negative")
    require(momentum >= 0, "RMSprop", "momentum \(momentum) is negative")
    (self.alpha, self.epsilon, self.momentum, self.centered) = (alpha, epsilon, momentum, centered)
    var names = ["meanSquaredGradient"]
    if momentum > 0 || centered { names.append("velocity") }
    if centered { names.append("meanGradient") }
    super.init(model, learningRate: learningRate, weightDecay: weightDecay, groups: groups, stateNames: names)
  }

  override func rule(for group: ParameterGroup) -> cc_optimizer_settings? {
    let rule = centered ? CC_RMSPROP_CENTERED : momentum > 0 ? CC_RMSPROP_MOMENTUM : CC_RMSPROP
    var settings = cc_optimizer_settings(rule, group)
    (settings.decay, settings.epsilon, settings.momentum) = (alpha, epsilon, momentum)
    return settings
  }
}
