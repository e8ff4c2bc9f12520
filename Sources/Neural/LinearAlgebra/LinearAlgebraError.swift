/// Why a matrix has no such solution, inverse or factors.
public enum LinearAlgebraError: Error, Sendable, Hashable, CustomStringConvertible {
  /// No inverse exists: a pivot is exactly 0.
  case singular(operation: String, shape: Shape)
  /// The matrix is not symmetric positive definite.
  case notPositiveDefinite(operation: String, shape: Shape)
  /// LAPACK's iteration did not converge.
  case notConverged(operation: String, shape: Shape)
  /// An element is infinite or NaN.
  case notFinite(operation: String, shape: Shape)

  /// One line.
  public var description: String {
    switch self {
    case .singular(let operation, let shape): "\(operation): the matrix is singular, shape \(shape)"
    case .notPositiveDefinite(let operation, let shape):
      "\(operation): the matrix is not positive definite, shape \(shape)"
    case .notConverged(let operation, let shape): "\(operation): the iteration did not converge, shape \(shape)"
    case .notFinite(let operation, let shape): "\(operation): an element is infinite or NaN, shape \(shape)"
    }
  }
}
