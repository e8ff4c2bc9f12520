import CCore

/// y = x · weightᵀ + bias, as `torch.nn.Linear`.
public final class Linear: Module, Layer {
  /// `[outFeatures, inFeatures]`
  public let weight: Parameter
  /// `[outFeatures]`
  public let bias: Parameter?

  /// - Parameters:
  ///   - inFeatures: size of the inputs' second axis.
  ///   - outFeatures: size of the outputs' second axis.
  ///   - bias: whether there is one.
  ///   - dtype: of weight and bias: float32 or float64, as the inputs.
  ///   - initializer: of the weight; the bias begins uniform with bound 1/√inFeatures (`.fanIn`), PyTorch's rule, or at 0 if
  ///     the weight does not use `.fanIn`.
  public init(
    _ inFeatures: Int, _ outFeatures: Int, bias: Bool = true, dtype: DType = .float32,
    initializer: Initializer = .fanIn
  ) {
    require(inFeatures > 0 && outFeatures > 0, "Linear", "\(inFeatures) inputs and \(outFeatures) outputs")
    let fans = Fans(of: [outFeatures, inFeatures])
    weight = Parameter(initializer.tensor([outFeatures, inFeatures], fans, dtype: dtype))
    self.bias = bias ? Parameter(initializer.biasTensor(outFeatures, fans, dtype: dtype)) : nil
  }

  /// `[batch, inFeatures]` to `[batch, outFeatures]`.
  public func forward(_ x: Tensor) -> Tensor { linear(x, weight: weight.value, bias: bias?.value) }

  /// `784, 10, bias: true`
  public override var extraDescription: String {
    "\(weight.shape[1]), \(weight.shape[0]), bias: \(bias != nil)"
  }
}

/// y = x · weightᵀ + bias.
///
/// - Parameters:
///   - x: `[batch, in]`, float32 or float64.
///   - weight: `[out, in]`.
///   - bias: `[out]`.
/// - Returns: `[batch, out]`.
public func linear(_ x: Tensor, weight: Tensor, bias: Tensor? = nil) -> Tensor {
  require(
    x.rank == 2 && weight.rank == 2 && x.shape[1] == weight.shape[1], "linear",
    "input \(x.shape), weight \(weight.shape): the input must be [batch, \(weight.rank == 2 ? weight.shape[1] : 0)]")
  requireFloats("linear", x, weight, bias)
  if let bias {
    require(bias.shape == [weight.shape[0]], "linear", "bias \(bias.shape) for weight \(weight.shape)")
  }
  // A batch leaves interleaved however it comes, for the layers after this one; a row-major x is read as it lies.
  let xLayout = x.layout
  let layout: Tensor.Layout = x.dtype == .float32 && x.shape[0] >= 16 ? .interleaved : xLayout
  var shape = cc_linear_shape(
    batch: Int32(x.shape[0]), inputs: Int32(weight.shape[1]), outputs: Int32(weight.shape[0]))
  let (input, w, b) = (x.constant, weight.rowMajor, bias?.rowMajor)
  let y = Tensor(uninitialized: [x.shape[0], weight.shape[0]], dtype: x.dtype, layout: layout)
  check(
    cc_linear_forward(&shape, x.dtype.c, xLayout.c, layout.c, input.pointer, w.pointer, b?.pointer, y.pointer), "linear"
  )

  let needs = (x: x.requiresGrad, weight: weight.requiresGrad, bias: bias?.requiresGrad ?? false)
  return y.recorded("linear", from: [x, weight, bias]) { [shape] gradient in
    var shape = shape
    let dy = gradient.inLayout(layout)
    var dx: Tensor?, dw: Tensor?, db: Tensor?
    if needs.x {
      let result = Tensor(uninitialized: input.shape, dtype: dy.dtype, layout: layout)
      check(
        cc_linear_backward_data(&shape, dy.dtype.c, layout.c, dy.pointer, w.pointer, result.pointer), "linear")
      dx = result
    }
    if needs.weight || needs.bias {
      let result = Tensor(uninitialized: w.shape, dtype: dy.dtype)
      let biasResult = b.map { Tensor(uninitialized: $0.shape, dtype: dy.dtype) }
      check(
        cc_linear_backward_weights(
          &shape, dy.dtype.c, xLayout.c, layout.c, input.pointer, dy.pointer, result.pointer, biasResult?.pointer),
        "linear")
      (dw, db) = (result, biasResult)
    }
    return [dx, dw, db]
  }
}

/// Traps unless all operands are float32 or all are float64.
func requireFloats(_ operation: String, _ x: Tensor, _ second: Tensor? = nil, _ third: Tensor? = nil) {
  require(x.dtype.isFloatingPoint, operation, "input \(x.dtype) \(x.shape); float32 or float64 is needed")
  func requireSame(_ other: Tensor) {
    require(
      other.dtype == x.dtype, operation,
      "input \(x.dtype) \(x.shape) and parameter \(other.dtype) \(other.shape) have different dtypes")
  }
  if let second { requireSame(second) }
  if let third { requireSame(third) }
}
