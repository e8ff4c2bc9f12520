/// An adaptive linear element (Widrow and Hoff 1960): the sign of s = bias + w·x.
public struct Adaline: Sendable, Hashable, Codable {
  /// w₀.
  public var bias: Double
  /// One for each input.
  public var weights: [Double]

  /// Given weights.
  public init(bias: Double, weights: [Double]) { (self.bias, self.weights) = (bias, weights) }

  /// Random weights and bias, uniform from −1 to 1.
  public init(inputs: Int, using generator: inout Philox) {
    bias = Double.random(in: -1...1, using: &generator)
    weights = (0..<inputs).map { _ in Double.random(in: -1...1, using: &generator) }
  }

  /// The weights with which s comes nearest to the targets over a table, by least squares.
  ///
  /// - Parameters:
  ///   - inputs: rows of equal length.
  ///   - targets: one for each row, usually ±1.
  /// - Throws: ``LinearAlgebraError`` if a value is not finite.
  public init(fitting inputs: [[Double]], targets: [Double]) throws(LinearAlgebraError) {
    let found = try wienerSolution(inputs: Tensor(inputs.map { [1] + $0 }), desired: Tensor(targets)).weights
    (bias, weights) = (found[0], Array(found.dropFirst()))
  }

  /// s, before its sign is taken; another number of inputs traps.
  public func feature(_ x: [Double]) -> Double {
    require(x.count == weights.count, "Adaline", "\(x.count) inputs, \(weights.count) weights")
    return zip(weights, x).reduce(bias) { $0 + $1.0 * $1.1 }
  }

  /// 1 where s ≥ 0, else −1.
  public func output(_ x: [Double]) -> Double { feature(x) >= 0 ? 1 : -1 }

  /// A step of Widrow and Hoff's α-LMS rule: brings s so large a fraction of the way to the target.
  ///
  /// - Returns: how far s was from the target.
  @discardableResult
  public mutating func adapt(_ x: [Double], target: Double, rate: Double) -> Double {
    let error = target - feature(x)
    let factor = rate * error / x.reduce(1) { $0 + $1 * $1 }
    bias += factor
    for index in weights.indices { weights[index] += factor * x[index] }
    return error
  }
}
