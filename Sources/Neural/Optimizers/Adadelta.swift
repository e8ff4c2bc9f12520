import CCore

/// Adadelta (Zeiler 2012), by PyTorch's rule.
///
/// g = gradient + weightDecay · w; a = ρa + (1 − ρ)g²; u = √(b + ε) / √(a + ε) · g; b = ρb + (1 − ρ)u²;
/// w −= learningRate · u.
public final class Adadelta: Optimizer {
  let rho: Double, epsilon: Double

  /// - Parameters:
  ///   - model: its parameters are optimized.
  ///   - learningRate: at least 0.
  ///   - rho: decay rate of both averages, in [0, 1).
  ///   - epsilon: ε, at least 0.
  ///   - weightDecay: how strongly weights are pulled to 0; at least 0.
  ///   - groups: parameters with other settings, by name.
  public init(
    _ model: Module, learningRate: Double = 1, rho: Double = 0.9, epsilon: Double = 1e-6, weightDecay: Double = 0,
    groups: [ParameterSettings] = []
  ) {
    requireDecay(rho, "ρ", "Adadelta")
    require(epsilon >= 0, "Adadelta", "ε \(epsilon) is negative")
    (self.rho, self.epsilon) = (rho, epsilon)
    super.init(
      model, learningRate: learningRate, weightDecay: weightDecay, groups: groups,
      stateNames: ["meanSquaredGradient", "meanSquaredUpdate"])
  }

  override func rule(for group: ParameterGroup) -> cc_optimizer_settings? {
    var settings = cc_optimizer_settings(CC_ADADELTA, group)
    (settings.decay, settings.epsilon) = (rho, epsilon)
    return settings
  }
}
