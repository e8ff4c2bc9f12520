import Foundation
import Neural

/// A row `quantity | expected | ours | ok`.
struct ResultRow {
  enum Verdict: Equatable {
    case holds
    /// Must hold and does not: the exercise fails.
    case fails
    /// Differs from what is expected, and may.
    case differs
    /// Not judged, and why.
    case unjudged(String)
    /// Only shown.
    case shown
  }

  let quantity: String, expected: String, ours: String
  let verdict: Verdict

  var ok: String {
    switch verdict {
    case .holds: "yes"
    case .fails: "NO"
    case .differs: "no"
    case .unjudged(let why): "not judged: \(why)"
    case .shown: ""
    }
  }

  static let header = ["quantity", "expected", "ours", "ok"]
  var cells: [String] { [quantity, expected, ours, ok] }
}

/// How a number of a result row is written.
enum NumberStyle {
  /// Four significant digits.
  case plain
  /// A fraction, in percent with two digits after the point.
  case percent
  /// So many digits after the point.
  case fixed(Int)

  func text(_ value: Double) -> String {
    switch self {
    case .plain: value.short
    case .percent: "\((100 * value).fixed(2)) %"
    case .fixed(let digits): value.fixed(digits)
    }
  }

  func text(_ range: ClosedRange<Double>) -> String {
    switch self {
    case .percent:
      range.upperBound >= 1
        ? "\((100 * range.lowerBound).fixed(1)) % or more"
        : "\((100 * range.lowerBound).fixed(1)) to \((100 * range.upperBound).fixed(1)) %"
    default:
      range.upperBound == .infinity
        ? "\(text(range.lowerBound)) or more" : "\(text(range.lowerBound)) to \(text(range.upperBound))"
    }
  }
}

extension Double {
  /// Four significant digits: `0.03543`, `1.2e-07`.
  var short: String { String(format: "%.4g", self) }
}

extension Tensor {
  /// `[[0.50, 1.00], [0.00, -0.25]]`: all elements, in a line.
  func nested(_ digits: Int) -> String {
    if rank == 0 {
      let text = scalar.fixed(digits)
      return Double(text) == 0 ? 0.0.fixed(digits) : text  // no −0
    }
    return "[" + (0..<shape[0]).map { self[$0].nested(digits) }.joined(separator: ", ") + "]"
  }
}
