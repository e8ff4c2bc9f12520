/// Named tensors: the values of a model's parameters and buffers, with PyTorch's names and layouts.
public struct StateDict: Sendable {
  /// `conv1.weight`, …
  public var tensors: [String: Tensor]
  /// Free text that is saved with the tensors.
  public var metadata: [String: String]

  /// Tensors and text; histories are dropped.
  public init(_ tensors: [String: Tensor] = [:], metadata: [String: String] = [:]) {
    self.tensors = tensors.mapValues { $0.detached() }
    self.metadata = metadata
  }
}

extension Module {
  /// The values of all parameters and buffers by name. They are values: training goes on without changing them.
  public final func stateDict() -> StateDict {
    StateDict(
      Dictionary(
        namedParameters().map { ($0.name, $0.parameter.value) } + namedBuffers().map { ($0.name, $0.buffer.value) },
        uniquingKeysWith: { first, _ in first }))
  }

  /// Sets parameters and buffers to saved values. Nothing is changed if an error is thrown.
  ///
  /// - Parameters:
  ///   - state: tensors by name; those of other dtypes are cast.
  ///   - strict: every one must have a tensor, and every tensor must be one's; otherwise those without a partner are left
  ///     alone.
  /// - Throws: one ``CheckpointError/mismatch(_:)`` that lists all missing and unexpected names and wrong shapes.
  public final func load(_ state: StateDict, strict: Bool = true) throws(CheckpointError) {
    let own = stateDict().tensors.mapValues(\.shape)
    let order = namedParameters().map(\.name) + namedBuffers().map(\.name)
    let mismatch = CheckpointError.Mismatch(expected: own, order: order, found: state, strict: strict)
    guard mismatch.isEmpty else { throw .mismatch(mismatch) }
    for (name, parameter) in namedParameters() {
      if let tensor = state.tensors[name] { parameter.value = tensor.cast(to: parameter.value.dtype) }
    }
    for (name, buffer) in namedBuffers() {
      if let tensor = state.tensors[name] { buffer.value = tensor.cast(to: buffer.value.dtype) }
    }
  }
}

extension CheckpointError.Mismatch {
  /// - Parameters:
  ///   - order: the expected names as they are to be listed.
  ///   - strict: whether missing and unexpected names count.
  init(expected: [String: Shape], order: [String], found: StateDict, strict: Bool) {
    if strict {
      missing = order.filter { found.tensors[$0] == nil }
      unexpected = found.tensors.keys.filter { expected[$0] == nil }.sorted()
    }
    for name in order {
      guard let tensor = found.tensors[name], let shape = expected[name], tensor.shape != shape else { continue }
      shapes.append(.init(name: name, expected: shape, found: tensor.shape))
    }
  }
}
