import Neural

/// LeNet-5 with tanh and plain averages, for 28×28 images that two zeros on each side make 32×32; the layers have the names
/// of LeCun, Bottou, Bengio and Haffner (1998).
///
/// 60,806 parameters with the paper's partial connections in C3, 61,706 with full ones. The averages have no weights of
/// their own, and the output is logits.
public final class LeNet5: Module, Layer {
  /// Which feature maps of S2 each of C3's sees.
  public enum Connections: Sendable, CaseIterable {
    /// Those of the paper's Table I: ``/Neural/TableConv2d/leNet5``.
    case partial
    /// All.
    case full
  }

  /// 1 → 6 channels, 5×5.
  public let c1: Conv2d
  /// Averages of 2×2.
  public let s2 = AvgPool2d(kernelSize: 2)
  /// 6 → 16 channels, 5×5: a `TableConv2d` or a `Conv2d`.
  public let c3: any Layer
  /// Averages of 2×2.
  public let s4 = AvgPool2d(kernelSize: 2)
  /// 400 → 120 → 84 → classes.
  public let c5: Linear, f6: Linear, output: Linear

  /// PyTorch's default initial weights.
  ///
  /// - Parameters:
  ///   - connections: of C3.
  ///   - classes: how many it tells apart.
  ///   - dtype: of weights and biases, float32 or float64.
  public init(_ connections: Connections = .partial, classes: Int = 10, dtype: DType = .float32) {
    c1 = Conv2d(1, 6, kernelSize: 5, padding: 2, dtype: dtype)
    c3 =
      connections == .partial
      ? TableConv2d(6, table: TableConv2d.leNet5, kernelSize: 5, dtype: dtype)
      : Conv2d(6, 16, kernelSize: 5, dtype: dtype)
    c5 = Linear(400, 120, dtype: dtype)
    f6 = Linear(120, 84, dtype: dtype)
    output = Linear(84, classes, dtype: dtype)
  }

  /// `[batch, 1, 28, 28]` to logits `[batch, classes]`.
  public func forward(_ x: Tensor) -> Tensor {
    var x = s2(c1(x).tanh()).tanh()
    x = s4(c3(x).tanh()).tanh()
    x = c5(x.flattened(from: 1)).tanh()
    return output(f6(x).tanh())
  }
}
