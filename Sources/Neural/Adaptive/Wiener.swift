/// The weights with the least mean squared error of a linear combination of inputs (Wiener 1949).
public struct WienerSolution: Sendable, Hashable {
  /// One for each input.
  public let weights: [Double]
  /// The mean of (d − w·x)².
  public let meanSquaredError: Double
  /// How many weights the data determine; with fewer than there are, the shortest weights are chosen.
  public let rank: Int
}

/// The Wiener solution of a data set, by least squares (LAPACK's `gelsd`): more accurate than by its correlations.
///
/// - Parameters:
///   - inputs: `[samples, inputs]`, floating point.
///   - desired: `[samples]`, or any shape of as many elements.
/// - Throws: ``LinearAlgebraError`` if a value is not finite.
public func wienerSolution(inputs: Tensor, desired: Tensor) throws(LinearAlgebraError) -> WienerSolution {
  let samples = Samples(inputs, desired, "wienerSolution")
  let found = try leastSquares(inputs.detached().cast(to: .float64), Tensor(samples.desired))
  return WienerSolution(
    weights: found.solution.array(), meanSquaredError: found.residual.scalar / Double(samples.count), rank: found.rank)
}

/// Second-order statistics of inputs x and desired values d: all that the Wiener solution depends on.
///
/// They are known, or estimated sample by sample:
///
/// ```swift
/// var correlations = Correlations(2)
/// for (x, d) in samples { correlations.add(x, desired: d) }
/// let weights = try correlations.wienerSolution().weights
/// ```
public struct Correlations: Sendable, Hashable, Codable {
  /// R, the mean of x·xᵀ, row by row.
  public private(set) var inputs: [[Double]]
  /// p, the mean of d·x.
  public private(set) var desired: [Double]
  /// The mean of d².
  public private(set) var power: Double
  /// Samples that the means are of; 0 if they were given.
  public private(set) var count = 0

  /// No samples yet.
  public init(_ inputs: Int) {
    self.init(
      inputs: [[Double]](repeating: [Double](repeating: 0, count: inputs), count: inputs),
      desired: [Double](repeating: 0, count: inputs), power: 0)
  }

  /// Known statistics: R symmetric, p of as many elements, the mean of d².
  public init(inputs: [[Double]], desired: [Double], power: Double) {
    require(
      !desired.isEmpty && inputs.count == desired.count && inputs.allSatisfy { $0.count == desired.count },
      "Correlations", "R has \(inputs.count) rows of \(inputs.map(\.count)), p \(desired.count) elements")
    (self.inputs, self.desired, self.power) = (inputs, desired, power)
  }

  /// Takes a sample into the means. Samples cannot be added to statistics that were given.
  public mutating func add(_ x: [Double], desired d: Double) {
    require(x.count == desired.count, "Correlations", "\(x.count) inputs, \(desired.count) are expected")
    require(count > 0 || power == 0, "Correlations", "samples cannot be added to given statistics")
    count += 1
    func take(_ value: Double, into mean: inout Double) { mean += (value - mean) / Double(count) }
    for row in x.indices {
      for column in x.indices { take(x[row] * x[column], into: &inputs[row][column]) }
      take(d * x[row], into: &desired[row])
    }
    take(d * d, into: &power)
  }

  /// The weights w of R·w = p, and the error E[d²] − p·w that they leave.
  ///
  /// - Throws: ``LinearAlgebraError`` if R is not positive definite: with fewer samples than inputs, for one.
  public func wienerSolution() throws(LinearAlgebraError) -> WienerSolution {
    let matrix = Tensor(inputs)
    _ = try cholesky(matrix)
    let weights: [Double] = try solve(matrix, Tensor(desired)).array()
    return WienerSolution(
      weights: weights, meanSquaredError: power - zip(desired, weights).reduce(0) { $0 + $1.0 * $1.1 },
      rank: weights.count)
  }
}
