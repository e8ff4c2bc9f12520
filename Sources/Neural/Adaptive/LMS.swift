/// The least-mean-squares rule of Widrow and Hoff (1960), sample by sample.
///
/// e = d − w·x, then w += stepSize · e · x.
/// Normalised (Nagumo and Noda 1967): w += stepSize · e · x / (ε + ‖x‖²), which does not depend on the size of the input.
///
/// ```swift
/// var filter = LMS(3, stepSize: 0.01)
/// for (x, d) in samples { filter.step(x, desired: d) }
/// ```
///
/// The plain rule converges for step sizes below 2 / (largest eigenvalue of the input's correlation matrix), the normalised
/// one below 2. Beyond, errors grow without bound: see ``divergence``.
public struct LMS: Sendable, Hashable, Codable {
  /// Errors have grown out of all proportion: the step size is too large.
  public struct Divergence: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    /// The step at which it was noticed, from 0; and the error there, which may be infinite.
    public let step: Int, error: Double

    /// One line.
    public var description: String { "diverged: at step \(step) the error is \(error.short)" }
  }

  /// What the inputs are multiplied by.
  public private(set) var weights: [Double]
  /// How far a step goes; it may be changed between steps.
  public var stepSize: Double
  /// ε of the normalised rule; nil for the plain one.
  public let epsilon: Double?
  /// Steps done.
  public private(set) var stepCount = 0
  /// Set once an error exceeds a thousand times everything that was desired so far (and the error before the first step).
  /// Steps go on, until a weight would no longer be finite: then the weights stay.
  public private(set) var divergence: Divergence?
  private var scale = 0.0

  /// Weights that begin at zero.
  ///
  /// - Parameters:
  ///   - inputs: how many there are; at least 1.
  ///   - stepSize: positive.
  ///   - epsilon: at least 0; nil for the plain rule.
  public init(_ inputs: Int, stepSize: Double, normalizedWith epsilon: Double? = nil) {
    self.init(weights: [Double](repeating: 0, count: inputs), stepSize: stepSize, normalizedWith: epsilon)
  }

  /// Weights that begin elsewhere, one at least; the step size positive and finite.
  public init(weights: [Double], stepSize: Double, normalizedWith epsilon: Double? = nil) {
    require(!weights.isEmpty, "LMS", "no inputs")
    require(stepSize > 0 && stepSize.isFinite, "LMS", "step size \(stepSize)")
    require(epsilon.map { $0 >= 0 } ?? true, "LMS", "ε \(epsilon ?? 0) is negative")
    (self.weights, self.stepSize, self.epsilon) = (weights, stepSize, epsilon)
  }

  /// w·x; another number of inputs traps.
  public func output(_ x: some Collection<Double>) -> Double {
    require(x.count == weights.count, "LMS", "\(x.count) inputs, \(weights.count) weights")
    return zip(weights, x).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// Adapts the weights to one sample.
  ///
  /// - Returns: what came out before the step, and how far it was from what was desired.
  @discardableResult
  public mutating func step(_ x: some Collection<Double>, desired: Double) -> (output: Double, error: Double) {
    let output = output(x), error = desired - output
    scale = max(scale, abs(desired), stepCount == 0 ? abs(error) : 0)
    if divergence == nil, !(abs(error) <= 1000 * scale) { divergence = Divergence(step: stepCount, error: error) }
    stepCount += 1
    let gain = epsilon.map { epsilon in
      let power = x.reduce(epsilon) { $0 + $1 * $1 }
      return power == 0 ? 0 : stepSize / power
    }
    let factor = (gain ?? stepSize) * error
    let next = zip(weights, x).map { $0 + factor * $1 }
    if next.allSatisfy(\.isFinite) {
      weights = next
    } else if divergence == nil {
      divergence = Divergence(step: stepCount - 1, error: error)
    }
    return (output, error)
  }

  /// Adapts the weights to all samples of a data set in order, again and again.
  ///
  /// - Parameters:
  ///   - inputs: `[samples, inputs]`, floating point.
  ///   - desired: `[samples]`, or any shape of as many elements.
  ///   - epochs: how often; 0 does nothing.
  /// - Returns: after each epoch the mean of the squared errors of all samples, with the weights at its end.
  @discardableResult
  public mutating func adapt(to inputs: Tensor, desired: Tensor, epochs: Int = 1) -> [Double] {
    let samples = Samples(inputs, desired, "LMS")
    return (0..<epochs).map { _ in
      for index in 0..<samples.count { step(samples.input(index), desired: samples.desired[index]) }
      return meanSquaredError(samples)
    }
  }

  /// The mean of (d − w·x)² over a data set of the shapes of ``adapt(to:desired:epochs:)``.
  public func meanSquaredError(on inputs: Tensor, desired: Tensor) -> Double {
    meanSquaredError(Samples(inputs, desired, "LMS"))
  }

  private func meanSquaredError(_ samples: Samples) -> Double {
    let sum = (0..<samples.count).reduce(0.0) { sum, index in
      let error = samples.desired[index] - output(samples.input(index))
      return sum + error * error
    }
    return sum / Double(samples.count)
  }
}

/// A data set in double precision, row by row.
struct Samples {
  let desired: [Double], width: Int
  private let inputs: [Double]

  var count: Int { desired.count }

  init(_ inputs: Tensor, _ desired: Tensor, _ operation: String) {
    require(
      inputs.rank == 2 && inputs.shape[0] == desired.count && desired.count > 0, operation,
      "inputs \(inputs.shape) and desired values \(desired.shape): [samples, inputs] and [samples] are needed")
    requireFloats(operation, inputs.detached(), desired.detached())
    self.inputs = inputs.detached().cast(to: .float64).array()
    self.desired = desired.detached().cast(to: .float64).array()
    width = inputs.shape[1]
  }

  func input(_ index: Int) -> ArraySlice<Double> { inputs[index * width..<(index + 1) * width] }
}
