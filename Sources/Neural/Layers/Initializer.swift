import Foundation

/// How a weight begins.
public enum Initializer: Sendable, Hashable {
  case zeros
  case constant(Double)
  /// Normal with mean 0.
  case normal(standardDeviation: Double)
  /// Uniform in [−bound, bound).
  case uniform(bound: Double)
  /// PyTorch's default for `Linear` and `Conv2d`: uniform with bound 1/√fan-in, for weight and bias.
  case fanIn
  /// Standard deviation gain / √fan.
  case scaled(gain: Double, Fan, Distribution)

  /// What the variance of a weight is divided by.
  public enum Fan: Sendable, Hashable {
    /// The inputs that one output sums over; the outputs that one input goes to; the mean of the two.
    case input, output, average
  }

  /// The shape of the distribution.
  public enum Distribution: Sendable, Hashable {
    case uniform, normal
  }

  /// Uniform with bound √(6 / (fan-in + fan-out)): Glorot and Bengio 2010.
  public static let xavierUniform = scaled(gain: 1, .average, .uniform)
  /// Normal with variance 2 / (fan-in + fan-out): Glorot and Bengio 2010.
  public static let xavierNormal = scaled(gain: 1, .average, .normal)
  /// Uniform with bound √(6 / fan-in), for ReLU networks: He et al. 2015.
  public static let kaimingUniform = scaled(gain: 2.0.squareRoot(), .input, .uniform)
  /// Normal with variance 2 / fan-in, for ReLU networks: He et al. 2015.
  public static let kaimingNormal = scaled(gain: 2.0.squareRoot(), .input, .normal)

  /// A tensor drawn from the default generator.
  func tensor(_ shape: Shape, _ fans: Fans, dtype: DType) -> Tensor {
    switch self {
    case .zeros: return .zeros(shape, dtype: dtype)
    case .constant(let value): return .full(shape, value, dtype: dtype)
    case .normal(let deviation), .scaled(let deviation, _, .normal):
      return .normal(shape, standardDeviation: deviation * scale(fans), dtype: dtype)
    case .uniform(let bound): return uniform(shape, bound, dtype)
    case .fanIn: return uniform(shape, 1 / fans.input.squareRoot(), dtype)
    case .scaled(let gain, _, .uniform): return uniform(shape, 3.0.squareRoot() * gain * scale(fans), dtype)
    }
  }

  /// A bias drawn from the default generator: zeros but for `.fanIn`.
  func biasTensor(_ count: Int, _ fans: Fans, dtype: DType) -> Tensor {
    (self == .fanIn ? self : .zeros).tensor([count], fans, dtype: dtype)
  }

  private func scale(_ fans: Fans) -> Double {
    guard case .scaled(_, let fan, _) = self else { return 1 }
    switch fan {
    case .input: return 1 / fans.input.squareRoot()
    case .output: return 1 / fans.output.squareRoot()
    case .average: return 1 / ((fans.input + fans.output) / 2).squareRoot()
    }
  }

  private func uniform(_ shape: Shape, _ bound: Double, _ dtype: DType) -> Tensor {
    bound > 0 ? .uniform(shape, in: -bound..<bound, dtype: dtype) : .zeros(shape, dtype: dtype)
  }
}

/// The fan-in and the fan-out of a weight `[out, in, …]`, as PyTorch counts them: times the taps of a kernel.
struct Fans {
  let input: Double, output: Double

  init(of shape: Shape) {
    let taps = shape.sizes.dropFirst(2).reduce(1, *)
    (input, output) = (Double(max(shape[1] * taps, 1)), Double(max(shape[0] * taps, 1)))
  }
}

extension Module {
  /// Gives parameters whose names fit a pattern new values, drawn from the default generator.
  ///
  /// ```swift
  /// model.initialize("*.weight", .kaimingNormal)
  /// model.initialize("*", .zeros)
  /// ```
  ///
  /// An initialiser that depends on the fans traps for a parameter of rank below 2; so does a pattern that fits none.
  public final func initialize(_ pattern: NamePattern, _ initializer: Initializer) {
    for (name, parameter) in matching(pattern, "initialize") {
      let hasFans = parameter.shape.rank >= 2
      switch initializer {
      case .fanIn, .scaled: require(hasFans, "initialize", "\(name) \(parameter.shape) has no fan-in")
      default: break
      }
      parameter.value = initializer.tensor(
        parameter.shape, Fans(of: hasFans ? parameter.shape : [1, 1]), dtype: parameter.value.dtype)
    }
  }

  /// The parameters whose names fit; none traps, unless the pattern is "*".
  final func matching(_ pattern: NamePattern, _ caller: String) -> [(name: String, parameter: Parameter)] {
    let chosen = namedParameters().filter { pattern.matches($0.name) }
    require(!chosen.isEmpty || pattern == "*", caller, "no parameter's name fits \"\(pattern)\"")
    return chosen
  }
}
