import Foundation

/// How a weight begins. The fan-in is the number of inputs that one output sums over, the fan-out the number of outputs
/// that one input goes to.
public enum Initializer: Sendable, Hashable {
  case zeros
  case constant(Double)
  /// Normal with mean 0.
  case normal(standardDeviation: Double)
  /// Uniform in [−bound, bound).
  case uniform(bound: Double)
  /// PyTorch's default for `Linear` and `Conv2d`: uniform with bound 1/√fan-in, for weight and bias.
  case fanIn
  /// Uniform with bound √(6 / (fan-in + fan-out)): Glorot and Bengio 2010.
  case xavierUniform
  /// Uniform with bound √(6 / fan-in), for ReLU networks: He et al. 2015.
  case kaimingUniform
  /// Normal with standard deviation √(2 / fan-in), for ReLU networks: He et al. 2015.
  case kaimingNormal

  /// A tensor drawn from the default generator.
  func tensor(_ shape: Shape, fanIn: Int, fanOut: Int, dtype: DType) -> Tensor {
    let fanIn = Double(max(fanIn, 1)), fanOut = Double(fanOut)
    func uniform(_ bound: Double) -> Tensor {
      bound > 0 ? .uniform(shape, in: -bound..<bound, dtype: dtype) : .zeros(shape, dtype: dtype)
    }
    switch self {
    case .zeros: return .zeros(shape, dtype: dtype)
    case .constant(let value): return .full(shape, value, dtype: dtype)
    case .normal(let deviation): return .normal(shape, standardDeviation: deviation, dtype: dtype)
    case .uniform(let bound): return uniform(bound)
    case .fanIn: return uniform(1 / fanIn.squareRoot())
    case .xavierUniform: return uniform((6 / (fanIn + fanOut)).squareRoot())
    case .kaimingUniform: return uniform((6 / fanIn).squareRoot())
    case .kaimingNormal: return .normal(shape, standardDeviation: (2 / fanIn).squareRoot(), dtype: dtype)
    }
  }
}
