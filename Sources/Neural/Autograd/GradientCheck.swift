/// What ``gradCheck(_:at:epsilon:relativeTolerance:absoluteTolerance:)`` found.
public struct GradientCheck: Sendable, CustomStringConvertible {
  /// One derivative, computed both ways.
  public struct Entry: Sendable {
    /// Which input, and which of its elements in row-major order.
    public var input: Int, element: Int
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
    let verdict = passed ? "all \(entries.count) derivatives agree" : "derivatives differ"
    let worst = entries.prefix(5).map {
      "  input \($0.input) element \($0.element): analytic \($0.analytic), numeric \($0.numeric), error \($0.error)"
    }
    return ([verdict + ", worst first:"] + worst).joined(separator: "\n")
  }
}

/// Compares the gradients of a function with central differences (f(x + ε) − f(x − ε)) / 2ε.
///
/// - Parameters:
///   - function: from float64 tensors to a tensor of any shape, differentiable at `inputs`. Its result is multiplied by
///     fixed weights of different sizes and summed, so that every output element counts.
///   - inputs: float64.
///   - epsilon: half the distance of the two points.
public func gradCheck(
  _ function: ([Tensor]) -> Tensor, at inputs: [Tensor], epsilon: Double = 1e-6, relativeTolerance: Double = 1e-5,
  absoluteTolerance: Double = 1e-7
) -> GradientCheck {
  for input in inputs { require(input.dtype == .float64, "gradCheck", "an input is \(input.dtype), not float64") }
  func scalar(_ inputs: [Tensor]) -> Tensor {
    let result = function(inputs)
    var generator = Philox(seed: 0x6772_6164)
    return (result * Tensor.uniform(result.shape, in: 0.5..<1.5, dtype: .float64, using: &generator)).sum()
  }
  let leaves = inputs.map { $0.requiringGrad() }
  let result = scalar(leaves)
  let analytic =
    result.requiresGrad
    ? gradients(of: result, withRespectTo: leaves) : inputs.map { Tensor.zeros($0.shape, dtype: .float64) }
  var entries: [GradientCheck.Entry] = []
  for (number, input) in inputs.enumerated() {
    let values = input.array(Double.self)
    let derivatives = analytic[number].array(Double.self)
    for element in values.indices {
      func moved(by distance: Double) -> Double {
        var changed = values
        changed[element] += distance
        var all = inputs
        all[number] = Tensor(changed, shape: input.shape)
        return noGrad { scalar(all).item() }
      }
      let numeric = (moved(by: epsilon) - moved(by: -epsilon)) / (2 * epsilon)
      let scale = abs(numeric) + absoluteTolerance / relativeTolerance
      let difference = abs(derivatives[element] - numeric)
      entries.append(
        .init(
          input: number, element: element, analytic: derivatives[element], numeric: numeric,
          error: difference.isNaN ? .infinity : difference / scale))
    }
  }
  return GradientCheck(entries: entries.sorted { $0.error > $1.error }, relativeTolerance: relativeTolerance)
}
