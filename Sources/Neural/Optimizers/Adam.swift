import CCore

/// Adam (Kingma and Ba 2015), by PyTorch's rule.
///
/// g = gradient + weightDecay · w; m = β₁m + (1 − β₁)g; v = β₂v + (1 − β₂)g²; w −= learningRate · m̂ / (√v̂ + ε) with
/// m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ).
///
/// ``AdamW`` decays weights apart from the gradient.
public class Adam: Optimizer {
  let betas: (Double, Double), epsilon: Double, amsgrad: Bool
  var decoupled: Bool { false }

  /// - Parameters:
  ///   - model: its parameters are optimized.
  ///   - learningRate: at least 0.
  ///   - betas: β₁ and β₂, decay rates of the two moments, in [0, 1).
  ///   - epsilon: ε, at least 0.
  ///   - weightDecay: how strongly weights are pulled to 0; at least 0.
  ///   - amsgrad: divide by the largest v so far (Reddi et al. 2018).
  ///   - groups: parameters with other settings, by name.
  public init(
    _ model: Module, learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8,
    weightDecay: Double = 0, amsgrad: Bool = false, groups: [ParameterSettings] = []
  ) {
    requireDecay(betas.0, "β₁", "\(Self.self)")
    requireDecay(betas.1, "β₂", "\(Self.self)")
    require(epsilon >= 0, "\(Self.self)", "ε \(epsilon) is negative")
    (self.betas, self.epsilon, self.amsgrad) = (betas, epsilon, amsgrad)
    super.init(
      model, learningRate: learningRate, weightDecay: weightDecay, groups: groups,
      stateNames: ["firstMoment", "secondMoment"] + (amsgrad ? ["largestSecondMoment"] : []))
  }

  override final func rule(for group: ParameterGroup) -> cc_optimizer_settings? {
    var settings = cc_optimizer_settings(amsgrad ? CC_AMSGRAD : CC_ADAM, group)
    (settings.decay, settings.second_decay, settings.epsilon) = (betas.0, betas.1, epsilon)
    settings.decoupled = decoupled
    return settings
  }
}

/// Adam whose weight decay does not pass through the moments (Loshchilov and Hutter 2019):
/// w shrinks by learningRate · weightDecay · w, then takes Adam's step.
public final class AdamW: Adam {
  override var decoupled: Bool { true }

  /// As ``Adam``, but for PyTorch's weight decay of 0.01.
  public override init(
    _ model: Module, learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8,
    weightDecay: Double = 0.01, amsgrad: Bool = false, groups: [ParameterSettings] = []
  ) {
    super.init(
      model, learningRate: learningRate, betas: betas, epsilon: epsilon, weightDecay: weightDecay, amsgrad: amsgrad,
      groups: groups)
  }
}
