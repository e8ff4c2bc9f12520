import Synchronization

/// A tensor that a module owns and keeps with its state, but that no optimizer changes: the running statistics of a
/// normalisation.
///
/// It is a reference, like ``Parameter``, and may be read from other tasks.
public final class Buffer: Sendable {
  private let state: Mutex<Tensor>

  /// A buffer with an initial value.
  public init(_ value: Tensor) { state = Mutex(value.rowMajor) }

  /// The value; a new one must have the same shape and dtype.
  public var value: Tensor {
    get { state.withLock { $0 } }
    set {
      state.withLock {
        require(
          newValue.shape == $0.shape && newValue.dtype == $0.dtype, "Buffer",
          "\(newValue.dtype) \(newValue.shape) for a buffer \($0.dtype) \($0.shape)")
        $0 = newValue.rowMajor
      }
    }
  }
}
