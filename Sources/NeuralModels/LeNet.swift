import Neural

/// The LeNet of the ECE 285 course, for 28×28 images: 44,426 parameters.
///
/// After LeNet-5 of LeCun, Bottou, Bengio and Haffner (1998), with ReLU for tanh, max-pooling for trainable averages,
/// full connections in the second convolution and logits for the Gaussian output.
public final class LeNet: Module, Layer {
  /// 1 → 6 channels and 6 → 16, both 5×5.
  public let conv1: Conv2d, conv2: Conv2d
  /// 2×2, after each convolution.
  public let pool1 = MaxPool2d(kernelSize: 2), pool2 = MaxPool2d(kernelSize: 2)
  /// 256 → 120 → 84 → classes.
  public let fc1: Linear, fc2: Linear, fc3: Linear

  /// PyTorch's default initial weights.
  ///
  /// - Parameters:
  ///   - classes: how many it tells apart.
  ///   - dtype: of weights and biases, float32 or float64.
  public init(classes: Int = 10, dtype: DType = .float32) {
    conv1 = Conv2d(1, 6, kernelSize: 5, dtype: dtype)
    conv2 = Conv2d(6, 16, kernelSize: 5, dtype: dtype)
    fc1 = Linear(256, 120, dtype: dtype)
    fc2 = Linear(120, 84, dtype: dtype)
    fc3 = Linear(84, classes, dtype: dtype)
  }

  /// `[batch, 1, 28, 28]` to logits `[batch, classes]`.
  public func forward(_ x: Tensor) -> Tensor {
    var x = pool1(relu(conv1(x)))
    x = pool2(relu(conv2(x)))
    x = relu(fc1(x.flattened(from: 1)))
    return fc3(relu(fc2(x)))
  }
}
