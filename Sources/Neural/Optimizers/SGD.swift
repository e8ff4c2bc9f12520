import CCore

/// Stochastic gradient descent with momentum, by PyTorch's rule.
///
/// g = gradient + weightDecay · w; v = momentum · v + (1 − dampening) · g (v = g at first); w −= learningRate · v,
/// or w −= learningRate · (g + momentum · v) with Nesterov's momentum (Sutskever et al. 2013).
public final class SGD: Optimizer {
  let momentum: Double, dampening: Double, nesterov: Bool

  /// - Parameters:
  ///   - model: its parameters are optimized.
  ///   - learningRate: at least 0.
  ///   - momentum: at least 0; at 0 no velocity is kept.
  ///   - dampening: how much less of each gradient goes into the velocity.
  ///   - weightDecay: how strongly weights are pulled to 0; at least 0.
  ///   - nesterov: needs a momentum and no dampening.
  ///   - groups: parameters with other settings, by name.
  public init(
    _ model: Module, learningRate: Double, momentum: Double = 0, dampening: Double = 0, weightDecay: Double = 0,
    nesterov: Bool = false, groups: [ParameterSettings] = []
  ) {
    require(momentum >= 0, "SGD", "momentum \(momentum) is negative")
    require(
      !nesterov || momentum > 0 && dampening == 0, "SGD", "Nesterov's momentum needs a momentum and no dampening")
    (self.momentum, self.dampening, self.nesterov) = (momentum, dampening, nesterov)
    super.init(
      model, learningRate: learningRate, weightDecay: weightDecay, groups: groups,
      stateNames: momentum > 0 ? ["velocity"] : [])
  }

  override func rule(for group: ParameterGroup) -> cc_optimizer_settings? {
    var settings = cc_optimizer_settings(momentum > 0 ? CC_MOMENTUM : CC_GRADIENT_DESCENT, group)
    (settings.momentum, settings.dampening, settings.nesterov) = (momentum, dampening, nesterov)
    return settings
  }
}

extension cc_optimizer_settings {
  init(_ rule: cc_optimizer_rule, _ group: ParameterGroup) {
    self.init()
    (self.rule, learning_rate, weight_decay) = (rule, group.learningRate, group.weightDecay)
  }
}

/// Traps unless a decay rate is in [0, 1).
func requireDecay(_ value: Double, _ name: String, _ optimizer: String) {
  require(value >= 0 && value < 1, optimizer, "\(name) \(value) is not in [0, 1)")
}
