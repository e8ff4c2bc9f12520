import CCore

/// Stochastic gradient descent with momentum, by PyTorch's rule:
/// g = gradient + weightDecay · w; v = momentum · v + (1 − dampening) · g (v = g at first); w −= learningRate · v,
/// or w −= learningRate · (g + momentum · v) with Nesterov's momentum (Sutskever et al. 2013).
public final class SGD: Optimizer {
  let momentum: Double, dampening: Double, weightDecay: Double, nesterov: Bool

  /// - Parameter nesterov: needs a momentum and no dampening.
  public init(
    _ model: Module, learningRate: Double, momentum: Double = 0, dampening: Double = 0, weightDecay: Double = 0,
    nesterov: Bool = false
  ) {
    require(
      momentum >= 0 && weightDecay >= 0, "SGD",
      "momentum \(momentum) and weight decay \(weightDecay) must not be negative")
    require(
      !nesterov || momentum > 0 && dampening == 0, "SGD", "Nesterov's momentum needs a momentum and no dampening")
    (self.momentum, self.dampening, self.weightDecay, self.nesterov) = (momentum, dampening, weightDecay, nesterov)
    super.init(model, learningRate: learningRate)
  }

  public override func update(_ name: String, _ parameter: Parameter, _ gradient: Tensor) {
    let key = name + ".velocity"
    var velocity = state.removeValue(forKey: key)
    var settings = cc_sgd_settings(
      learning_rate: learningRate, momentum: momentum, dampening: dampening, weight_decay: weightDecay,
      nesterov: nesterov, first_step: velocity == nil)
    if momentum > 0, velocity == nil { velocity = Tensor.zeros(gradient.shape, dtype: gradient.dtype) }
    velocity?.makeUnique()
    parameter.update { value in
      value.makeUnique()
      check(
        cc_sgd_update(
          &settings, value.dtype.c, value.count, gradient.pointer, velocity?.pointer, value.pointer), "SGD", name)
    }
    state[key] = velocity
  }
}
