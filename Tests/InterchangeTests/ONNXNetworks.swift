import Neural
import NeuralModels

/// Networks that together have every layer and operation that can be exported.
struct ONNXNetwork {
  let name: String, inputShape: Shape
  let network: any Layer

  /// Weights and running statistics that depend on the seed alone; those of fresh normalisations would be 1 and 0.
  private init(_ name: String, _ inputShape: Shape, seed: UInt64, _ network: any Layer) {
    (self.name, self.inputShape, self.network) = (name, inputShape, network)
    var generator = Philox(seed: seed)
    for (name, parameter) in network.namedParameters() {
      let bound =
        name.hasSuffix("bias") ? 0.3 : 1 / Double(max(4, parameter.shape.sizes.dropFirst().reduce(1, *))).squareRoot()
      parameter.value = Tensor.uniform(
        parameter.shape, in: -bound..<bound, dtype: parameter.value.dtype, using: &generator)
    }
    for (name, buffer) in network.namedBuffers() where buffer.value.dtype.isFloatingPoint {
      let range = name.hasSuffix("running_var") ? 0.5..<2.0 : -0.5..<0.5
      buffer.value = Tensor.uniform(buffer.value.shape, in: range, dtype: buffer.value.dtype, using: &generator)
    }
  }

  static var all: [ONNXNetwork] {
    return [
      ONNXNetwork("LeNet", [1, 28, 28], seed: 1, LeNet()), ONNXNetwork("LeNet5", [1, 28, 28], seed: 2, LeNet5()),
      ONNXNetwork("MNISTNet", [1, 28, 28], seed: 3, MNISTNet()), ONNXNetwork("MLP", [1, 28, 28], seed: 4, MLP()),
      ONNXNetwork("SimpleNN", [3, 32, 32], seed: 5, SimpleNN()),
      ONNXNetwork(
        "convolutions", [4, 13, 12], seed: 6,
        Sequential {
          Conv2d(4, 6, kernelSize: Size2D(3, 2), padding: .same, dilation: 2, groups: 2)
          BatchNorm2d(6)
          Conv2d(6, 8, kernelSize: 3, stride: Size2D(2, 1), padding: 1, bias: false)
          BatchNorm2d(8, affine: false)
          ConvTranspose2d(8, 4, kernelSize: 3, stride: 2, padding: 1, outputPadding: 1, groups: 2)
          TableConv2d(4, table: [[0], [1, 2], [0, 1, 2, 3]], kernelSize: 3)
          ConvTranspose2d(3, 2, kernelSize: 2, bias: false)
        }),
      ONNXNetwork(
        "pools", [2, 15, 14], seed: 7,
        Sequential {
          MaxPool2d(kernelSize: 3, stride: 1, padding: 1)
          AvgPool2d(kernelSize: 3, stride: 1, padding: 1)
          AvgPool2d(kernelSize: 2, stride: 1, padding: 1, countIncludePad: false)
          AvgPool2d(kernelSize: 2, stride: 1, divisorOverride: 3)
          MaxPool2d(kernelSize: 2, ceilMode: true)
          AdaptiveAvgPool2d(Size2D(3, 5))
          AdaptiveAvgPool2d(1)
        }),
      ONNXNetwork("activations", [3, 5], seed: 8, Activations()),
      ONNXNetwork(
        "normalisations", [6, 4], seed: 9,
        Sequential {
          BatchNorm1d(6)
          LayerNorm([4])
          LayerNorm([6, 4], affine: false)
          Dropout(0.5)
          Flatten()
          BatchNorm1d(24)
          Linear(24, 7, bias: false)
        }),
      ONNXNetwork("residual", [4, 6, 6], seed: 10, Residual()),
      ONNXNetwork("operations", [3, 4], seed: 11, Operations()),
      ONNXNetwork("nothing", [2], seed: 12, Sequential {}),
    ]
  }
}

/// Each activation of the same input, side by side.
private final class Activations: Module, Layer {
  let activations: [any Layer] = [
    ReLU(), Tanh(), Sigmoid(), LeakyReLU(slope: 0.1), ELU(alpha: 0.7), GELU(), GELU(approximate: true), SiLU(),
    Softplus(), Softplus(beta: 3), Hardtanh(-0.5...0.4), Softmax(), LogSoftmax(axis: 1), Softmax(axis: 1),
  ]

  func forward(_ x: Tensor) -> Tensor { Tensor.concatenated(activations.map { $0(x) }, axis: 1) }
}

/// A block with a shortcut, added in place.
private final class Residual: Module, Layer {
  let conv = Conv2d(4, 4, kernelSize: 3, padding: .same), norm = BatchNorm2d(4)
  let head = Linear(4, 3)

  func forward(_ x: Tensor) -> Tensor {
    var y = relu(norm(conv(x)))
    y += x
    return head(y.mean(axes: [2, 3]))
  }
}

/// Operations without a layer.
private final class Operations: Module, Layer {
  let scale = Parameter(.ones([3, 1]))

  func forward(_ x: Tensor) -> Tensor {
    let y = 2 - (x * 3 + 1) / 4 + scale.value * x.squared()
    let z = Tensor.concatenated([y, x.abs().sqrt(), (x.abs() + 1).rsqrt(), Tensor.maximum(x, y)], axis: -1)
    let w = matmul(z, z.transposed()).padded([(1, 0), (0, 2)], value: -1)
    let sums = w.sum(axes: [1], keepDims: true) - w.max(axis: 2, keepDims: true) * w.min(axis: 2, keepDims: true)
    return (sums / (1 + w.exp().log().erf().abs())).clamped(from: -50).reshaped([-1, 4, 5]).permuted([2, 0, 1])
  }
}

/// Networks that cannot be exported, and what is said of them.
final class Unexportable: Module, Layer {
  let kind: Int
  init(_ kind: Int) { self.kind = kind }

  func forward(_ x: Tensor) -> Tensor {
    switch kind {
    case 0: return x.cumulativeSum(axis: 1)
    case 1: return Tensor.where(x .> 0, x, -x)
    case 2: return x * x.detached()
    case 3: return Tensor.ones([2])
    default: return x.reshaped([x.count]) * Tensor.ones([x.count])
    }
  }
}
