/// What ``gradCheck(_:at:epsilon:relativeTolerance:absoluteTolerance:)`` found.
public struct GradientCheck: Sendable, CustomStringConvertible {
  /// One derivative, computed both ways.
  public struct Entry: Sendable {
    /// Which input, and which of its elements in row-major order.
    public var input: Int, element: Int
    /// Whether the derivative is that with respect to the imaginary part of a complex element.
    public var isImaginary: Bool
    /// By the pullbacks, and by central differences.
    public var analytic: Double, numeric: Double
    /// |analytic − numeric| / (|numeric| + absolute tolerance / relative tolerance): above the relative tolerance is wrong.
    public var error: Double
  }

  /// All derivatives, worst first.
  public let entries: [Entry]
  /// The bound on ``Entry/error``.
  public let relativeTolerance: Double

  /// Whether all derivatives agree.
  public var passed: Bool { entries.allSatisfy { $0.error <= relativeTolerance } }

  /// A line for the verdict and one for each of the five worst entries.
  public var description: String {
    let wrong = entries.count { !($0.error <= relativeTolerance) }
    let verdict = passed ? "all \(entries.count) derivatives agree" : "\(wrong) of \(entries.count) derivatives differ"
    let worst = entries.prefix(5).map {
      "  input \($0.input) element \($0.element)\($0.isImaginary ? " (imaginary part)" : ""): "
        + "analytic \($0.analytic), numeric \($0.numeric), error \($0.error)"
    }
    return ([verdict + ", worst first:"] + worst).joined(separator: "\n")
  }
}

/// Compares the gradients of a function with central differences (f(x + ε) − f(x − ε)) / 2ε.
///
/// - Parameters:
///   - function: from float64 and complex128 tensors to a tensor of any shape, differentiable at `inputs`. Its result, real
///     and imaginary parts apart, is multiplied by fixed weights of different sizes and summed, so that every output counts.
///   - inputs: float64 or complex128; real and imaginary parts are moved one after the other.
///   - epsilon: half the distance of the two points.
///   - relativeTolerance: what a derivative may differ by, as a fraction of its numeric value.
///   - absoluteTolerance: what it may differ by besides.
public func gradCheck(
  _ function: ([Tensor]) throws -> Tensor, at inputs: [Tensor], epsilon: Double = 1e-6,
  relativeTolerance: Double = 1e-5,
  absoluteTolerance: Double = 1e-7
) rethrows -> GradientCheck {
  for input in inputs {
    require(
      input.dtype.real == .float64, "gradCheck", "an input is \(input.dtype), not float64 or complex128")
  }
  func scalar(_ inputs: [Tensor]) throws -> Tensor {
    let result = try function(inputs)
    let parts = result.dtype.isComplex ? result.complexAsPairs() : result
    var generator = Philox(seed: 0x6772_6164)
    return (parts * Tensor.uniform(parts.shape, in: 0.5..<1.5, dtype: .float64, using: &generator)).sum()
  }
  /// A tensor as real numbers.
  func numbers(_ tensor: Tensor) -> [Double] {
    (tensor.dtype.isComplex ? tensor.detached().complexAsPairs() : tensor).array()
  }
  let leaves = inputs.map { $0.requiringGrad() }
  let result = try scalar(leaves)
  let analytic =
    result.requiresGrad
    ? gradients(of: result, withRespectTo: leaves) : inputs.map { Tensor.zeros($0.shape, dtype: $0.dtype) }
  var entries: [GradientCheck.Entry] = []
  for (number, input) in inputs.enumerated() {
    let values = numbers(input), derivatives = numbers(analytic[number])
    let isComplex = input.dtype.isComplex
    for place in values.indices {
      func moved(by distance: Double) throws -> Double {
        var changed = values
        changed[place] += distance
        var all = inputs
        all[number] =
          isComplex
          ? Tensor(changed, shape: Shape(input.shape.sizes + [2])).pairsAsComplex()
          : Tensor(changed, shape: input.shape)
        return try noGrad { try scalar(all).item() }
      }
      let numeric = try (moved(by: epsilon) - moved(by: -epsilon)) / (2 * epsilon)
      let scale = abs(numeric) + absoluteTolerance / relativeTolerance
      let difference = abs(derivatives[place] - numeric)
      entries.append(
        .init(
          input: number, element: isComplex ? place / 2 : place, isImaginary: isComplex && place % 2 == 1,
          analytic: derivatives[place], numeric: numeric, error: difference.isNaN ? .infinity : difference / scale))
    }
  }
  return GradientCheck(entries: entries.sorted { $0.error > $1.error }, relativeTolerance: relativeTolerance)
}
