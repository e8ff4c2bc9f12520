/// The last samples of a signal, newest first: the input of an adaptive filter of a signal.
///
/// ```swift
/// var line = DelayLine(16), filter = LMS(16, stepSize: 0.5, normalizedWith: 1e-6)
/// for (sample, d) in zip(signal, desired) { filter.step(line.push(sample), desired: d) }
/// ```
public struct DelayLine: Sendable, Hashable, Codable {
  /// The newest first; zeros before the signal began.
  public private(set) var samples: [Double]

  /// - Parameter length: at least 1.
  public init(_ length: Int) {
    require(length >= 1, "DelayLine", "length \(length)")
    samples = [Double](repeating: 0, count: length)
  }

  /// Takes a new sample in, and lets go of the oldest.
  ///
  /// - Returns: ``samples``.
  @discardableResult
  public mutating func push(_ sample: Double) -> [Double] {
    samples.removeLast()
    samples.insert(sample, at: 0)
    return samples
  }
}
