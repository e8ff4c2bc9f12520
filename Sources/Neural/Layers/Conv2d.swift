import CCore

/// What is put around an image before a convolution.
public enum Padding2D: Sendable, Hashable {
  /// Nothing.
  case valid
  /// Zeros so that, at stride 1, the output has the input's size; an odd one goes to the bottom and right.
  case same
  /// So many zeros above and below, and so many left and right.
  case explicit(Size2D)
}

extension Padding2D: ExpressibleByIntegerLiteral {
  /// `padding: 2` is two zeros on every side.
  public init(integerLiteral zeros: Int) { self = .explicit(Size2D(zeros, zeros)) }
}

/// 2-D convolution (cross-correlation), as `torch.nn.Conv2d`.
///
/// y[n, k, i, j] = bias[k] + Σ weight[k, c, r, s] · x[n, c, i·stride + r·dilation − padding, …].
///
/// Output height: floor((height + 2·padding − dilation·(kernel − 1) − 1) / stride) + 1, and the width likewise.
public final class Conv2d: Module, Layer {
  /// `[outChannels, inChannels / groups, kernel height, kernel width]`
  public let weight: Parameter
  /// `[outChannels]`
  public let bias: Parameter?
  let stride: Size2D, padding: Padding2D, dilation: Size2D, groups: Int
  private let advice = FusionAdvice()

  /// - Parameters:
  ///   - inChannels: size of the inputs' second axis.
  ///   - outChannels: how many kernels, and channels of the output.
  ///   - kernelSize: height and width of the kernels.
  ///   - stride: distance between neighbouring windows.
  ///   - padding: what is put around the image.
  ///   - dilation: distance between neighbouring taps; 1 is a kernel without gaps.
  ///   - groups: the channels are split into so many independent convolutions; divides both channel numbers.
  ///   - bias: whether there is one.
  ///   - dtype: of weight and bias: float32 or float64, as the inputs.
  ///   - initializer: of the weight; the bias begins uniform with bound 1/√fan-in (`.fanIn`), PyTorch's rule, or at 0 if
  ///     the weight does not use `.fanIn`.
  public init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: Size2D, stride: Size2D = 1, padding: Padding2D = .valid,
    dilation: Size2D = 1, groups: Int = 1, bias: Bool = true, dtype: DType = .float32,
    initializer: Initializer = .fanIn
  ) {
    require(
      inChannels > 0 && outChannels > 0 && groups > 0 && inChannels % groups == 0 && outChannels % groups == 0,
      "Conv2d", "\(inChannels) to \(outChannels) channels in \(groups) groups")
    let shape: Shape = [outChannels, inChannels / groups, kernelSize.height, kernelSize.width]
    let fans = Fans(of: shape)
    weight = Parameter(initializer.tensor(shape, fans, dtype: dtype))
    self.bias = bias ? Parameter(initializer.biasTensor(outChannels, fans, dtype: dtype)) : nil
    (self.stride, self.padding, self.dilation, self.groups) = (stride, padding, dilation, groups)
  }

  /// `[batch, inChannels, height, width]` to `[batch, outChannels, …]`.
  public func forward(_ x: Tensor) -> Tensor {
    conv2d(x, weight.value, bias?.value, stride, padding, dilation, groups, advice: advice)
  }

  /// `1, 6, kernelSize: 5×5, stride: 1×1`
  public override var extraDescription: String {
    let shape = weight.shape
    var text = "\(shape[1] * groups), \(shape[0]), kernelSize: \(Size2D(shape[2], shape[3])), stride: \(stride)"
    switch padding {
    case .valid: break
    case .same: text += ", padding: same"
    case .explicit(let size): text += ", padding: \(size)"
    }
    if dilation != 1 { text += ", dilation: \(dilation)" }
    if groups != 1 { text += ", groups: \(groups)" }
    return bias == nil ? text + ", bias: false" : text
  }
}

/// 2-D convolution: see ``Conv2d``.
///
/// - Parameters:
///   - x: `[batch, inChannels, height, width]`, float32 or float64.
///   - weight: `[outChannels, inChannels / groups, kernel height, kernel width]`.
///   - bias: `[outChannels]`.
///   - stride: distance between neighbouring windows.
///   - padding: what is put around the image; `.same` needs stride 1.
///   - dilation: distance between neighbouring taps.
///   - groups: so many independent convolutions; divides both channel numbers.
/// - Returns: `[batch, outChannels, output height, output width]`; a kernel that is larger than the padded image traps.
public func conv2d(
  _ x: Tensor, weight: Tensor, bias: Tensor? = nil, stride: Size2D = 1, padding: Padding2D = .valid,
  dilation: Size2D = 1, groups: Int = 1
) -> Tensor {
  conv2d(x, weight, bias, stride, padding, dilation, groups, advice: nil)
}

/// - Parameter advice: of the layer that calls; without it the result is computed at once.
private func conv2d(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ stride: Size2D, _ padding: Padding2D, _ dilation: Size2D,
  _ groups: Int, advice: FusionAdvice?
) -> Tensor {
  let shape = convolutionShape(x.shape, weight.shape, stride, padding, dilation, groups)
  requireFloats("conv2d", x, weight, bias)
  if let bias {
    require(bias.shape == [weight.shape[0]], "conv2d", "bias \(bias.shape) for weight \(weight.shape)")
  }
  let layout: Tensor.Layout = x.canInterleave ? .interleaved : .rowMajor
  let plan = ConvolutionPlan(shape, x.dtype, layout) { "input \(x.shape), weight \(weight.shape), stride \(stride)" }
  let convolution = Convolution(
    plan: plan, input: x.inLayout(layout), weight: weight.rowMajor, bias: bias?.rowMajor, advice: advice)
  let outShape: Shape = [x.shape[0], weight.shape[0], plan.outHeight, plan.outWidth]
  let y: Tensor
  if let advice, advice.mayFuse, plan.fuses(.of(.relu)) {
    _ = convolution.input.pointer  // computed now if it waits: chains of waiting results would be followed by recursion
    y = Tensor(outShape, dtype: x.dtype, layout: layout, deferred: .convolution(convolution))
  } else {
    y = Tensor(uninitialized: outShape, dtype: x.dtype, layout: layout)
    convolution.compute(into: y.pointer)
  }

  let needs = (x: x.requiresGrad, weight: weight.requiresGrad, bias: bias?.requiresGrad ?? false)
  return y.recorded(
    "conv2d", from: [x, weight, bias],
    [
      "strides": .size(stride), "dilations": .size(dilation), "groups": .integers([groups]),
      "pads": .integers([shape.pad_top, shape.pad_left, shape.pad_bottom, shape.pad_right].map(Int.init)),
    ]
  ) { gradient in
    let dy = gradient.inLayout(layout)
    let (input, w, b) = (convolution.input, convolution.weight, convolution.bias)
    let dx = needs.x ? Tensor(uninitialized: input.shape, dtype: dy.dtype, layout: layout) : nil
    let dw = needs.weight || needs.bias ? Tensor(uninitialized: w.shape, dtype: dy.dtype) : nil
    let db = needs.bias ? b.map { Tensor(uninitialized: $0.shape, dtype: dy.dtype) } : nil
    plan.backward(dy, input: input, weight: w, dx: dx, dw: dw, dbias: db)
    return [dx, dw, db]
  }
}

/// CCore's shape, checked; x and weight: the shapes of input and weight.
func convolutionShape(
  _ x: Shape, _ weight: Shape, _ stride: Size2D, _ padding: Padding2D, _ dilation: Size2D, _ groups: Int
) -> cc_conv_shape {
  require(
    x.rank == 4 && weight.rank == 4, "conv2d",
    "input \(x), weight \(weight): both must be of rank 4, [batch, channels, height, width]")
  require(
    stride.height > 0 && stride.width > 0 && dilation.height > 0 && dilation.width > 0, "conv2d",
    "stride \(stride), dilation \(dilation): both must be positive")
  require(
    groups > 0 && weight[0] % groups == 0, "conv2d", "\(groups) groups of \(weight[0]) output channels")
  require(
    x[1] == weight[1] * groups, "conv2d",
    "input \(x) has \(x[1]) channels, weight \(weight) expects \(weight[1] * groups)")
  let reach = Size2D(dilation.height * (weight[2] - 1), dilation.width * (weight[3] - 1))
  let before: Size2D, after: Size2D
  switch padding {
  case .valid: (before, after) = (0, 0)
  case .explicit(let size):
    require(size.height >= 0 && size.width >= 0, "conv2d", "negative padding \(size)")
    (before, after) = (size, size)
  case .same:
    require(stride == 1, "conv2d", "padding .same needs stride 1, not \(stride)")
    before = Size2D(reach.height / 2, reach.width / 2)
    after = Size2D(reach.height - before.height, reach.width - before.width)
  }
  return cc_conv_shape(
    batch: Int32(x[0]), in_channels: Int32(x[1]), in_height: Int32(x[2]),
    in_width: Int32(x[3]), out_channels: Int32(weight[0]), kernel_height: Int32(weight[2]),
    kernel_width: Int32(weight[3]), stride_height: Int32(stride.height), stride_width: Int32(stride.width),
    pad_top: Int32(before.height), pad_left: Int32(before.width), pad_bottom: Int32(after.height),
    pad_right: Int32(after.width), dilation_height: Int32(dilation.height), dilation_width: Int32(dilation.width),
    groups: Int32(groups))
}
