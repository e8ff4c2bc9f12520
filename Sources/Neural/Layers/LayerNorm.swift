import CCore

/// Layer normalisation (Ba, Kiros and Hinton 2016): (x − mean) / √(variance + ε) · weight + bias, with the moments of each
/// example's last axes, as `torch.nn.LayerNorm`.
public final class LayerNorm: Module, Layer {
  /// Of the normalised shape; nil without affine map.
  public let weight: Parameter?, bias: Parameter?
  let shape: Shape, epsilon: Double

  /// - Parameters:
  ///   - shape: the last axes of the inputs, over which the moments are taken.
  ///   - epsilon: added to the variance.
  ///   - affine: whether there are a weight (at first 1) and a bias (at first 0).
  ///   - dtype: of weight and bias: float32 or float64, as the inputs.
  public init(_ shape: Shape, epsilon: Double = 1e-5, affine: Bool = true, dtype: DType = .float32) {
    require(shape.rank > 0 && shape.count > 0, "LayerNorm", "shape \(shape)")
    (self.shape, self.epsilon) = (shape, epsilon)
    weight = affine ? Parameter(.ones(shape, dtype: dtype)) : nil
    bias = affine ? Parameter(.zeros(shape, dtype: dtype)) : nil
  }

  /// `[…, shape]` to the same shape.
  public func forward(_ x: Tensor) -> Tensor {
    layerNorm(x, shape: shape, weight: weight?.value, bias: bias?.value, epsilon: epsilon)
  }

  /// `[64], epsilon: 1e-05`
  public override var extraDescription: String {
    "\(shape), epsilon: \(epsilon)" + (weight == nil ? ", affine: false" : "")
  }
}

/// Layer normalisation: see ``LayerNorm``.
///
/// - Parameters:
///   - x: `[…, shape]`, float32 or float64.
///   - shape: the last axes of x.
///   - weight: of that shape; nil for 1.
///   - bias: of that shape; nil for 0.
///   - epsilon: added to the variance.
public func layerNorm(
  _ x: Tensor, shape: Shape, weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Double = 1e-5
) -> Tensor {
  requireFloats("layerNorm", x, weight, bias)
  require(
    x.shape.sizes.suffix(shape.rank) == shape.sizes[...], "layerNorm", "input \(x.shape) does not end in \(shape)")
  for case let tensor? in [weight, bias] where tensor.shape != shape {
    trap("layerNorm", "weight or bias \(tensor.shape) for shape \(shape)")
  }
  let (features, input) = (shape.count, x.rowMajor)
  let rows = features == 0 ? 0 : x.count / features
  let (w, b) = (weight?.rowMajor, bias?.rowMajor)
  let mean = Tensor(uninitialized: [rows], dtype: .float64), deviation = Tensor(uninitialized: [rows], dtype: .float64)
  let y = Tensor(uninitialized: x.shape, dtype: x.dtype)
  check(
    cc_layer_norm_forward(
      x.dtype.c, rows, features, epsilon, input.pointer, w?.pointer, b?.pointer, mean.doubles, deviation.doubles,
      y.pointer), "layerNorm")
  let needs = (weight: weight?.requiresGrad ?? false, bias: bias?.requiresGrad ?? false)
  return y.recorded(
    "layerNorm", from: [x] + [weight, bias].compactMap { $0 },
    [
      "epsilon": .numbers([epsilon]), "shape": .integers(shape.sizes), "hasWeight": .flag(w != nil),
      "hasBias": .flag(b != nil),
    ]
  ) { gradient in
    let dy = gradient.rowMajor
    let dx = Tensor(uninitialized: input.shape, dtype: dy.dtype)
    let dw = needs.weight ? w.map { Tensor(uninitialized: $0.shape, dtype: dy.dtype) } : nil
    let db = needs.bias ? b.map { Tensor(uninitialized: $0.shape, dtype: dy.dtype) } : nil
    check(
      cc_layer_norm_backward(
        dy.dtype.c, rows, features, input.pointer, dy.pointer, w?.pointer, mean.doubles, deviation.doubles, dx.pointer,
        dw?.pointer, db?.pointer), "layerNorm")
    return [dx] + (w == nil ? [] : [dw]) + (b == nil ? [] : [db])
  }
}
