import Synchronization

/// A tensor that a module owns and an optimizer changes.
///
/// It is a reference: a layer, its optimizer and a second layer that shares it see the same values.
public final class Parameter: Sendable {
  private struct State {
    var value: Tensor
    var requiresGrad = true
  }

  private let state: Mutex<State>
  private let leaf: Node

  /// A parameter with an initial value, float32 or float64.
  public init(_ value: Tensor) {
    require(value.dtype.isFloatingPoint, "Parameter", "\(value.dtype) cannot be differentiated")
    state = Mutex(State(value: value.rowMajor))
    leaf = Node(leafOf: value.shape, value.dtype)
  }

  /// The value: a leaf of the tape if the parameter requires a gradient, else a constant. A new value must have the
  /// same shape and dtype.
  public var value: Tensor {
    get {
      state.withLock {
        var value = $0.value
        if $0.requiresGrad { value.node = leaf }
        return value
      }
    }
    set {
      update {
        require(
          newValue.shape == $0.shape && newValue.dtype == $0.dtype, "Parameter",
          "\(newValue.dtype) \(newValue.shape) for a parameter \($0.dtype) \($0.shape)")
        $0 = newValue.rowMajor
      }
    }
  }

  /// The gradient that `backward()` has added up; nil before, and after the optimizer's `zeroGrad()`. A new one must
  /// have the value's shape and dtype.
  public var grad: Tensor? {
    get { leaf.gradient }
    set { leaf.setGradient(newValue) }
  }

  /// Whether gradients are computed for it: false freezes it.
  public var requiresGrad: Bool {
    get { state.withLock { $0.requiresGrad } }
    set { state.withLock { $0.requiresGrad = newValue } }
  }

  /// The shape, which never changes.
  public var shape: Shape { leaf.shape }

  /// Changes the value in place if nobody else holds its memory.
  func update(_ body: (inout Tensor) -> Void) { state.withLock { body(&$0.value) } }
}
