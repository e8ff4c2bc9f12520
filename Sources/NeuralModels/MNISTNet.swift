import Neural

/// The convolutional network of PyTorch's MNIST example, which the ECE 281 course uses: 1,199,882 parameters.
///
/// The example ends with log-softmax and trains with the negative log-likelihood; these logits with `crossEntropy` are
/// the same.
public final class MNISTNet: Module, Layer {
  /// 1 → 32 channels and 32 → 64, both 3×3.
  public let conv1: Conv2d, conv2: Conv2d
  /// After the 2×2 pool, and after the first full connection.
  public let dropout1: Dropout, dropout2: Dropout
  /// 9216 → 128 → classes.
  public let fc1: Linear, fc2: Linear
  private let pool = MaxPool2d(kernelSize: 2)

  /// PyTorch's default initial weights.
  ///
  /// - Parameters:
  ///   - dropout: rates of the two dropouts.
  ///   - classes: how many it tells apart.
  ///   - dtype: of weights and biases, float32 or float64.
  public init(dropout: (Double, Double) = (0.25, 0.5), classes: Int = 10, dtype: DType = .float32) {
    conv1 = Conv2d(1, 32, kernelSize: 3, dtype: dtype)
    conv2 = Conv2d(32, 64, kernelSize: 3, dtype: dtype)
    (dropout1, dropout2) = (Dropout(dropout.0), Dropout(dropout.1))
    fc1 = Linear(9216, 128, dtype: dtype)
    fc2 = Linear(128, classes, dtype: dtype)
  }

  /// `[batch, 1, 28, 28]` to logits `[batch, classes]`.
  public func forward(_ x: Tensor) -> Tensor {
    var x = pool(relu(conv2(relu(conv1(x)))))
    x = relu(fc1(dropout1(x).flattened(from: 1)))
    return fc2(dropout2(x))
  }
}
