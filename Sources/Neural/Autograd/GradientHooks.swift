import Synchronization

/// What is done with the complete gradient of one tape entry on its way, before it goes on or is added to `grad`.
struct GradientWatch: Sendable {
  var hooks: [(number: Int, change: @Sendable (Tensor) -> Tensor?)] = []
  var keepsGradient = false

  /// The gradient after all hooks, in the order in which they were added.
  func passed(_ gradient: Tensor) -> Tensor {
    hooks.reduce(gradient.constant) { gradient, hook in
      guard let changed = hook.change(gradient) else { return gradient }
      require(
        changed.shape == gradient.shape && changed.dtype == gradient.dtype, "onGradient",
        "a hook gave \(changed.dtype) \(changed.shape) for a gradient \(gradient.dtype) \(gradient.shape)")
      return changed.rowMajor
    }
  }
}

/// A function that ``Tensor/onGradient(_:)`` has installed.
public struct GradientHook: Sendable {
  fileprivate let node: Node
  fileprivate let number: Int

  /// The function is not called any more.
  public func remove() { node.withWatch { watch in watch.hooks.removeAll { $0.number == number } } }
}

extension Tensor {
  /// Calls `change` with the gradient with respect to this tensor whenever a backward pass has computed it completely.
  ///
  /// What it returns takes the gradient's place, for everything before this tensor and for ``grad``; nil leaves it as it is.
  /// Works for leaves, also the values of parameters, and for results of operations; a constant traps. Hooks belong to the tape entry: they
  /// must not capture this tensor, which would keep both alive.
  @discardableResult
  public func onGradient(_ change: @escaping @Sendable (_ gradient: Tensor) -> Tensor?) -> GradientHook {
    guard let node else { trap("onGradient", "this tensor has no gradient: it is a constant") }
    let number = node.withWatch { watch in
      let number = (watch.hooks.last?.number ?? -1) + 1
      watch.hooks.append((number, change))
      return number
    }
    return GradientHook(node: node, number: number)
  }

  /// Makes a result of an operation keep its gradient in ``grad``, as leaves do; a constant traps.
  public func retainGrad() {
    guard let node else { trap("retainGrad", "this tensor has no gradient: it is a constant") }
    node.withWatch { $0.keepsGradient = true }
  }
}
