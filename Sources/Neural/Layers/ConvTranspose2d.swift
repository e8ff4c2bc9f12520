import CCore

/// Transposed 2-D convolution, as `torch.nn.ConvTranspose2d`: the gradient of a ``Conv2d`` with respect to its input, used
/// to enlarge images.
///
/// Output height: (height − 1) · stride − 2 · padding + dilation · (kernel − 1) + outputPadding + 1, the width likewise.
public final class ConvTranspose2d: Module, Layer {
  /// `[inChannels, outChannels / groups, kernel height, kernel width]`
  public let weight: Parameter
  /// `[outChannels]`
  public let bias: Parameter?
  let stride: Size2D, padding: Size2D, outputPadding: Size2D, dilation: Size2D, groups: Int

  /// - Parameters:
  ///   - inChannels: size of the inputs' second axis.
  ///   - outChannels: channels of the output.
  ///   - kernelSize: height and width of the kernels.
  ///   - stride: distance between the windows that neighbouring inputs are spread over.
  ///   - padding: so many rows and columns are taken away on each side.
  ///   - outputPadding: rows below and columns to the right that no window of the stride reaches; below the stride.
  ///   - groups: the channels are split into so many independent convolutions; divides both channel numbers.
  ///   - bias: whether there is one.
  ///   - dilation: distance between neighbouring taps; 1 is a kernel without gaps.
  ///   - dtype: of weight and bias: float32 or float64, as the inputs.
  ///   - initializer: of the weight, with PyTorch's fan-in, outChannels / groups · taps; the bias as in ``Conv2d``.
  public init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: Size2D, stride: Size2D = 1, padding: Size2D = 0,
    outputPadding: Size2D = 0, groups: Int = 1, bias: Bool = true, dilation: Size2D = 1, dtype: DType = .float32,
    initializer: Initializer = .fanIn
  ) {
    require(
      inChannels > 0 && outChannels > 0 && groups > 0 && inChannels % groups == 0 && outChannels % groups == 0,
      "ConvTranspose2d", "\(inChannels) to \(outChannels) channels in \(groups) groups")
    let shape: Shape = [inChannels, outChannels / groups, kernelSize.height, kernelSize.width]
    let fans = Fans(of: shape)
    weight = Parameter(initializer.tensor(shape, fans, dtype: dtype))
    self.bias = bias ? Parameter(initializer.biasTensor(outChannels, fans, dtype: dtype)) : nil
    (self.stride, self.padding, self.outputPadding) = (stride, padding, outputPadding)
    (self.dilation, self.groups) = (dilation, groups)
  }

  /// `[batch, inChannels, height, width]` to `[batch, outChannels, …]`.
  public func forward(_ x: Tensor) -> Tensor {
    convTranspose2d(
      x, weight: weight.value, bias: bias?.value, stride: stride, padding: padding, outputPadding: outputPadding,
      dilation: dilation, groups: groups)
  }

  /// `16, 8, kernelSize: 3×3, stride: 2×2`
  public override var extraDescription: String {
    let shape = weight.shape
    var text = "\(shape[0]), \(shape[1] * groups), kernelSize: \(Size2D(shape[2], shape[3])), stride: \(stride)"
    if padding != 0 { text += ", padding: \(padding)" }
    if outputPadding != 0 { text += ", outputPadding: \(outputPadding)" }
    if dilation != 1 { text += ", dilation: \(dilation)" }
    if groups != 1 { text += ", groups: \(groups)" }
    return bias == nil ? text + ", bias: false" : text
  }
}

/// Transposed 2-D convolution: see ``ConvTranspose2d``.
///
/// - Parameters:
///   - x: `[batch, inChannels, height, width]`, float32 or float64.
///   - weight: `[inChannels, outChannels / groups, kernel height, kernel width]`.
///   - bias: `[outChannels]`.
///   - stride: distance between the windows that neighbouring inputs are spread over.
///   - padding: so many rows and columns are taken away on each side.
///   - outputPadding: rows below and columns to the right; below the stride.
///   - dilation: distance between neighbouring taps.
///   - groups: so many independent convolutions; divides both channel numbers.
/// - Returns: `[batch, outChannels, output height, output width]`; an output of which nothing is left traps.
public func convTranspose2d(
  _ x: Tensor, weight: Tensor, bias: Tensor? = nil, stride: Size2D = 1, padding: Size2D = 0, outputPadding: Size2D = 0,
  dilation: Size2D = 1, groups: Int = 1
) -> Tensor {
  let name = "convTranspose2d"
  requireFloats(name, x, weight, bias)
  require(
    x.rank == 4 && weight.rank == 4 && x.shape[1] == weight.shape[0] && groups > 0 && weight.shape[0] % groups == 0,
    name, "input \(x.shape), weight \(weight.shape), \(groups) groups")
  require(
    outputPadding.height >= 0 && outputPadding.height < stride.height && outputPadding.width >= 0
      && outputPadding.width < stride.width, name, "output padding \(outputPadding) must be below the stride \(stride)")
  func enlarged(_ size: Int, _ kernel: Int, _ side: KeyPath<Size2D, Int>) -> Int {
    (size - 1) * stride[keyPath: side] - 2 * padding[keyPath: side] + dilation[keyPath: side] * (kernel - 1)
      + outputPadding[keyPath: side] + 1
  }
  let outShape: Shape = [
    x.shape[0], weight.shape[1] * groups, max(0, enlarged(x.shape[2], weight.shape[2], \.height)),
    max(0, enlarged(x.shape[3], weight.shape[3], \.width)),
  ]
  require(
    outShape[2] > 0 && outShape[3] > 0, name, "input \(x.shape), weight \(weight.shape): nothing is left of the output")

  // The convolution whose gradient this is goes from the output to the input.
  let shape = convolutionShape(outShape, weight.shape, stride, .explicit(padding), dilation, groups)
  let layout: Tensor.Layout = x.canInterleave ? .interleaved : .rowMajor
  let plan = ConvolutionPlan(shape, x.dtype, layout) { "transposed, input \(x.shape), weight \(weight.shape)" }
  let (input, w) = (x.inLayout(layout), weight.rowMajor)
  let y = Tensor(uninitialized: outShape, dtype: x.dtype, layout: layout)
  plan.run { cc_conv_backward_data($0, input.pointer, w.pointer, y.pointer, $1) }
  let needs = (x: x.requiresGrad, weight: weight.requiresGrad)
  let result = y.recorded(
    name, from: [x, weight],
    [
      "strides": .size(stride), "dilations": .size(dilation), "groups": .integers([groups]),
      "pads": .integers([padding.height, padding.width, padding.height, padding.width]),
      "outputPadding": .size(outputPadding),
    ]
  ) { gradient in
    let dy = gradient.inLayout(layout)
    let dx = needs.x ? Tensor(uninitialized: input.shape, dtype: dy.dtype, layout: layout) : nil
    let dw = needs.weight ? Tensor(uninitialized: w.shape, dtype: dy.dtype) : nil
    if let dx { plan.run { cc_conv_forward($0, dy.pointer, w.pointer, nil, dx.pointer, $1) } }
    if let dw { plan.run { cc_conv_backward_weights($0, dy.pointer, input.pointer, dw.pointer, nil, $1) } }
    return [dx, dw]
  }
  guard let bias else { return result }
  require(bias.shape == [outShape[1]], name, "bias \(bias.shape) for \(outShape[1]) channels")
  return normalized(result, .neutral(channels: outShape[1]), isFixed: true, nil, bias, 0)
}
