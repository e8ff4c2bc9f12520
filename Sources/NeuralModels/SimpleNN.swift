import Neural

/// The SimpleNN of the ECE 661 course, for 32×32 colour images: 38,170 parameters, no bias in the convolutions.
public final class SimpleNN: Module, Layer {
  /// 3 → 16 channels 5×5, 16 → 16 3×3, 16 → 32 7×7, each with two zeros around its input.
  public let conv1: Conv2d, conv2: Conv2d, conv3: Conv2d
  /// 288 → 32 → classes.
  public let fc1: Linear, fc2: Linear
  private let pool1 = MaxPool2d(kernelSize: 4, stride: 2), pool2 = MaxPool2d(kernelSize: 3, stride: 2)
  private let pool3 = MaxPool2d(kernelSize: 2)
  private let endsWithReLU: Bool

  /// PyTorch's default initial weights.
  ///
  /// - Parameters:
  ///   - endsWithReLU: as the course's network does; without, the outputs are logits that cross-entropy can train.
  ///   - classes: how many it tells apart.
  ///   - dtype: of weights and biases, float32 or float64.
  public init(endsWithReLU: Bool = true, classes: Int = 10, dtype: DType = .float32) {
    conv1 = Conv2d(3, 16, kernelSize: 5, padding: 2, bias: false, dtype: dtype)
    conv2 = Conv2d(16, 16, kernelSize: 3, padding: 2, bias: false, dtype: dtype)
    conv3 = Conv2d(16, 32, kernelSize: 7, padding: 2, bias: false, dtype: dtype)
    fc1 = Linear(288, 32, dtype: dtype)
    fc2 = Linear(32, classes, dtype: dtype)
    self.endsWithReLU = endsWithReLU
  }

  /// `[batch, 3, 32, 32]` to `[batch, classes]`.
  public func forward(_ x: Tensor) -> Tensor {
    var x = pool1(relu(conv1(x)))
    x = pool2(relu(conv2(x)))
    x = pool3(relu(conv3(x)))
    x = fc2(relu(fc1(x.flattened(from: 1))))
    return endsWithReLU ? relu(x) : x
  }
}
