import CCore

extension Tensor {
  /// Whether gradients flow to this tensor: a leaf made by ``requiringGrad()``, or computed from one.
  public var requiresGrad: Bool { node != nil }

  /// Whether this tensor is a leaf: constants and tensors made by ``requiringGrad()`` are, results of operations are not.
  public var isLeaf: Bool { node?.isLeaf ?? true }

  /// Name of the operation that made this tensor; nil for a leaf.
  public var gradientFunction: String? { isLeaf ? nil : node?.operation }

  /// The same values as a new leaf, which collects a gradient in ``grad``. Floating point or complex.
  public func requiringGrad() -> Tensor {
    require(dtype.isDifferentiable, "requiringGrad", "\(dtype) cannot be differentiated")
    var result = rowMajor
    result.node = Node(leafOf: shape, dtype)
    return result
  }

  /// The same values without a history: a constant.
  public func detached() -> Tensor { constant }

  /// What ``backward(gradient:retainGraph:)`` has added up for this leaf, or result that was told to ``retainGrad()``; nil
  /// before, and for everything else. Only what has one can be given another, of its shape and dtype.
  public var grad: Tensor? {
    get { node?.gradient }
    nonmutating set {
      guard let node, node.isLeaf || node.watch?.keepsGradient == true else {
        trap("grad", "only a leaf that requires a gradient has one")
      }
      node.setGradient(newValue)
    }
  }

  /// Adds the gradient of this tensor to ``grad`` of every leaf it was computed from.
  ///
  /// - Parameters:
  ///   - gradient: the gradient of what is differentiated with respect to this tensor, of its shape; 1 for a scalar.
  ///   - retainGraph: keep the tape for another call. Otherwise it is freed as it is walked, and a second call traps.
  public func backward(gradient: Tensor? = nil, retainGraph: Bool = false) {
    propagate("backward", gradient, retainGraph: retainGraph) { node, gradient, isKept in
      if node.isLeaf || isKept { node.accumulate(gradient) }
    }
  }

  /// Walks the tape from this tensor, newest entry first, and gives `collect` every entry with its complete gradient, and
  /// whether it was told to keep it.
  func propagate(
    _ caller: String, _ gradient: Tensor?, retainGraph: Bool,
    collect: (_ node: Node, _ gradient: Tensor, _ isKept: Bool) -> Void
  ) {
    guard let root = node else { trap(caller, "this tensor was not computed from one that requires a gradient") }
    if let gradient {
      require(
        gradient.shape == shape && gradient.dtype == dtype, caller,
        "gradient \(gradient.dtype) \(gradient.shape) of a result \(dtype) \(shape)")
    } else {
      require(count == 1, caller, "a result of shape \(shape) needs a gradient; only a scalar's is 1")
    }
    // Row-major: the padding lanes of an interleaved tensor from outside are not zero, as those of gradients are.
    var frontier = Frontier()
    frontier.add(gradient?.rowMajor ?? Tensor.ones(shape, dtype: dtype), of: root)
    while let (node, arrived) = frontier.removeNewest() {
      let watch = node.watch
      let gradient = watch?.passed(arrived) ?? arrived
      collect(node, gradient, watch?.keepsGradient ?? false)
      if node.isLeaf { continue }
      let (inputs, pullback) = node.step(isKept: retainGraph)
      guard let pullback else {
        trap(
          caller, "the tape through \(node.operation) was freed by an earlier call; pass retainGraph: true to that one")
      }
      for (input, gradient) in zip(inputs, pullback(gradient)) {
        guard let input, let gradient else { continue }
        require(
          gradient.shape == input.shape && gradient.dtype == input.dtype, node.operation,
          "its pullback gave a gradient \(gradient.dtype) \(gradient.shape) for an input \(input.dtype) \(input.shape)")
        frontier.add(gradient, of: input)
      }
    }
  }

  /// Adds in place, in this tensor's layout, if nobody else holds its memory.
  mutating func add(_ other: Tensor) {
    let term = other.inLayout(layout)
    if !isKnownUniquelyReferenced(&storage) || offset != 0 {
      self = constant + term
      return
    }
    check(cc_accumulate(dtype.c, memoryCount, 1, term.pointer, pointer), "backward")
    withExtendedLifetime(term.storage) {}
  }
}

/// The tape entries that a backward pass has reached and not yet passed, with the sum of the gradients that have arrived. The
/// newest goes first: whatever was computed from it has gone before, so its gradient is complete.
private struct Frontier {
  private var entries: [(node: Node, gradient: Tensor)] = []  // by ascending number

  mutating func add(_ gradient: Tensor, of node: Node) {
    var (place, end) = (0, entries.count)
    while place < end {
      let middle = (place + end) / 2
      if entries[middle].node.number < node.number { place = middle + 1 } else { end = middle }
    }
    if place < entries.count, entries[place].node === node {
      entries[place].gradient.add(gradient)
    } else {
      entries.insert((node, gradient.constant), at: place)
    }
  }

  mutating func removeNewest() -> (node: Node, gradient: Tensor)? { entries.popLast() }
}

/// Gradients of a scalar with respect to tensors, without touching their `grad`.
///
/// - Parameters:
///   - result: a scalar, or any tensor with its `gradient` given.
///   - inputs: leaves, values of parameters, or results of operations that `result` was computed from; a constant traps.
///   - gradient: that of what is differentiated with respect to `result`, of its shape; 1 for a scalar.
///   - retainGraph: keep the tape for another call.
/// - Returns: one gradient for each input, zeros for one that `result` does not depend on.
public func gradients(
  of result: Tensor, withRespectTo inputs: [Tensor], gradient: Tensor? = nil, retainGraph: Bool = false
) -> [Tensor] {
  let nodes = inputs.map { input in
    guard let node = input.node else { trap("gradients", "a tensor of shape \(input.shape) is a constant") }
    return ObjectIdentifier(node)
  }
  let asked = Set(nodes)
  var found: [ObjectIdentifier: Tensor] = [:]
  result.propagate("gradients", gradient, retainGraph: retainGraph) { node, gradient, _ in
    if asked.contains(ObjectIdentifier(node)) { found[ObjectIdentifier(node)] = gradient.rowMajor }
  }
  return zip(nodes, inputs).map { found[$0] ?? Tensor.zeros($1.shape, dtype: $1.dtype) }
}
