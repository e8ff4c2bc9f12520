import CCore

/// While training, sets each element to 0 with probability `rate` and multiplies the others by 1 / (1 − rate), as
/// `torch.nn.Dropout`; does nothing in evaluation. Srivastava et al. 2014.
public final class Dropout: Module, Layer {
  let rate: Double

  /// - Parameter rate: probability of dropping, in [0, 1].
  public init(_ rate: Double = 0.5) {
    require(rate >= 0 && rate <= 1, "Dropout", "rate \(rate) is not in [0, 1]")
    self.rate = rate
  }

  /// Draws from the default generator, anew at every call.
  public func forward(_ x: Tensor) -> Tensor { isTraining && rate > 0 ? dropout(x, rate: rate) : x }

  /// `0.5`
  public override var extraDescription: String { "\(rate)" }
}

/// Each element 0 with probability `rate`, else multiplied by 1 / (1 − rate). The gradient repeats the draw instead of
/// keeping a mask.
public func dropout(_ x: Tensor, rate: Double) -> Tensor {
  requireFloats("dropout", x)
  require(rate >= 0 && rate <= 1, "dropout", "rate \(rate) is not in [0, 1]")
  let layout = x.layout
  let draw = Random.take(x.memoryCount, of: .float32)
  let apply: @Sendable (Tensor) -> Tensor = { x in
    let y = Tensor(uninitialized: x.shape, dtype: x.dtype, layout: layout)
    check(cc_dropout(x.dtype.c, draw, rate, x.memoryCount, x.pointer, y.pointer), "dropout")
    return y
  }
  return apply(x.constant).recorded("dropout", from: [x]) { [apply($0.inLayout(layout))] }
}
