import Neural

/// Full connections with ReLU between them: 784 → 100 → 10 in the DLCV course, whose softmax classifier is the same with
/// widths 784 → 10.
public final class MLP: Module, Layer {
  /// In the order of application.
  public let layers: [Linear]

  /// - Parameters:
  ///   - widths: features of the input, of the hidden layers, and of the output.
  ///   - initializer: of the weights; PyTorch's by default.
  ///   - dtype: of weights and biases, float32 or float64.
  public init(_ widths: [Int] = [784, 100, 10], initializer: Initializer = .fanIn, dtype: DType = .float32) {
    layers = zip(widths, widths.dropFirst()).map { Linear($0, $1, dtype: dtype, initializer: initializer) }
  }

  /// `[batch, …]`, flattened, to logits `[batch, last width]`.
  public func forward(_ x: Tensor) -> Tensor {
    var x = x.flattened(from: 1)
    for (number, layer) in layers.enumerated() { x = number == 0 ? layer(x) : layer(relu(x)) }
    return x
  }
}
