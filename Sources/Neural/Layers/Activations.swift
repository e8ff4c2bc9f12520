import CCore

// Activation functions as layers, element by element: names, formulas and defaults of torch.nn.

/// max(x, 0)
public final class ReLU: Module, Layer {
  /// Element by element.
  public func forward(_ x: Tensor) -> Tensor { x.relu() }
}

/// tanh x
public final class Tanh: Module, Layer {
  /// Element by element.
  public func forward(_ x: Tensor) -> Tensor { x.tanh() }
}

/// 1 / (1 + e⁻ˣ)
public final class Sigmoid: Module, Layer {
  /// Element by element.
  public func forward(_ x: Tensor) -> Tensor { x.sigmoid() }
}

/// x for x > 0, else slope · x (Maas, Hannun and Ng 2013).
public final class LeakyReLU: Module, Layer {
  let slope: Double
  /// - Parameter slope: below 0.
  public init(slope: Double = 0.01) { self.slope = slope }
  /// Element by element.
  public func forward(_ x: Tensor) -> Tensor { x.leakyRelu(slope: slope) }
  /// `slope: 0.01`
  public override var extraDescription: String { "slope: \(slope)" }
}

/// x for x > 0, else α · (eˣ − 1) (Clevert, Unterthiner and Hochreiter 2016).
public final class ELU: Module, Layer {
  let alpha: Double
  /// - Parameter alpha: what −∞ goes to, negated.
  public init(alpha: Double = 1) { self.alpha = alpha }
  /// Element by element.
  public func forward(_ x: Tensor) -> Tensor { x.elu(alpha: alpha) }
  /// `alpha: 1.0`
  public override var extraDescription: String { "alpha: \(alpha)" }
}

/// x · Φ(x), Φ the normal distribution function (Hendrycks and Gimpel 2016).
public final class GELU: Module, Layer {
  let isApproximate: Bool
  /// - Parameter approximate: by tanh, as some trained networks want it: within 0.0005 of the exact one.
  public init(approximate: Bool = false) { isApproximate = approximate }
  /// Element by element.
  public func forward(_ x: Tensor) -> Tensor { x.gelu(approximate: isApproximate) }
  /// `approximate: true`, or nothing.
  public override var extraDescription: String { isApproximate ? "approximate: true" : "" }
}

/// x · σ(x), also called swish (Elfwing, Uchibe and Doya 2018).
public final class SiLU: Module, Layer {
  /// Element by element.
  public func forward(_ x: Tensor) -> Tensor { x.silu() }
}

/// log(1 + e^(βx)) / β; x where βx is above the threshold.
public final class Softplus: Module, Layer {
  let beta: Double, threshold: Double
  /// PyTorch's defaults; β is positive.
  public init(beta: Double = 1, threshold: Double = 20) { (self.beta, self.threshold) = (beta, threshold) }
  /// Element by element.
  public func forward(_ x: Tensor) -> Tensor { x.softplus(beta: beta, threshold: threshold) }
  /// `beta: 1.0, threshold: 20.0`
  public override var extraDescription: String { "beta: \(beta), threshold: \(threshold)" }
}

/// x, limited to a range; the derivative is 0 at its ends and beyond.
public final class Hardtanh: Module, Layer {
  let range: ClosedRange<Double>
  /// - Parameter range: from −1 to 1 by default.
  public init(_ range: ClosedRange<Double> = -1...1) { self.range = range }
  /// Element by element.
  public func forward(_ x: Tensor) -> Tensor { x.hardtanh(range) }
  /// `-1.0...1.0`
  public override var extraDescription: String { "\(range)" }
}

/// exp(x) / Σ exp(x) along an axis.
public final class Softmax: Module, Layer {
  let axis: Int
  /// - Parameter axis: negative ones count from the end.
  public init(axis: Int = -1) { self.axis = axis }
  /// To the same shape.
  public func forward(_ x: Tensor) -> Tensor { softmax(x, axis: axis) }
  /// `axis: -1`
  public override var extraDescription: String { "axis: \(axis)" }
}

/// log(exp(x) / Σ exp(x)) along an axis.
public final class LogSoftmax: Module, Layer {
  let axis: Int
  /// - Parameter axis: negative ones count from the end.
  public init(axis: Int = -1) { self.axis = axis }
  /// To the same shape.
  public func forward(_ x: Tensor) -> Tensor { logSoftmax(x, axis: axis) }
  /// `axis: -1`
  public override var extraDescription: String { "axis: \(axis)" }
}

extension Tensor {
  /// See ``LeakyReLU``.
  public func leakyRelu(slope: Double = 0.01) -> Tensor { activated(CC_LEAKY_RELU, "leakyRelu", slope) }
  /// See ``ELU``.
  public func elu(alpha: Double = 1) -> Tensor { activated(CC_ELU, "elu", alpha) }
  /// See ``GELU``.
  public func gelu(approximate: Bool = false) -> Tensor {
    approximate ? activated(CC_GELU_TANH, "geluTanh") : activated(CC_GELU, "gelu")
  }
  /// See ``SiLU``.
  public func silu() -> Tensor { activated(CC_SILU, "silu") }
  /// See ``Softplus``; β must be positive.
  public func softplus(beta: Double, threshold: Double = 20) -> Tensor {
    require(beta > 0, "softplus", "beta \(beta) is not positive")
    return activated(CC_SHARP_SOFTPLUS, "softplus", beta, threshold)
  }
  /// See ``Hardtanh``.
  public func hardtanh(_ range: ClosedRange<Double> = -1...1) -> Tensor {
    activated(CC_HARDTANH, "hardtanh", range.lowerBound, range.upperBound)
  }

  /// Applies one of CCore's activations, whose results and derivatives are finite wherever the argument is.
  private func activated(_ activation: cc_activation, _ name: String, _ p: Double = 0, _ q: Double = 0) -> Tensor {
    requireFloats(name, self)
    let x = constant
    let y = Tensor(uninitialized: shape, dtype: dtype, layout: layout)
    check(cc_activation_forward(activation, dtype.c, memoryCount, p, q, x.pointer, y.pointer), name)
    return y.recorded(name, from: [self], ["parameters": .numbers([p, q])]) { gradient in
      let dy = gradient.inLayout(x.layout)
      let dx = Tensor(uninitialized: x.shape, dtype: x.dtype, layout: x.layout)
      check(
        cc_activation_backward(
          activation, x.dtype.c, x.memoryCount, p, q, x.pointer, y.pointer, dy.pointer, dx.pointer), name)
      return [dx]
    }
  }
}
