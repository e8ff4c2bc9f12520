/// Named tensors: the values of a model's parameters, with PyTorch's names and layouts.
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
  /// The values of all parameters by name. They are values: training goes on without changing them.
  public final func stateDict() -> StateDict {
    StateDict(
      Dictionary(namedParameters().map { ($0.name, $0.parameter.value) }, uniquingKeysWith: { first, _ in first }))
  }

  /// Sets parameters to saved values. Nothing is changed if an error is thrown.
  ///
  /// - Parameter strict: every parameter must have a tensor and every tensor a parameter; otherwise those without a
  ///   partner are left alone.
  /// - Throws: one ``CheckpointError/mismatch(_:)`` that lists all missing and unexpected names and wrong shapes.
  public final func load(_ state: StateDict, strict: Bool = true) throws(CheckpointError) {
    let own = namedParameters()
    let names = Set(own.map(\.name))
    var mismatch = CheckpointError.Mismatch()
    if strict {
      mismatch.missing = own.map(\.name).filter { state.tensors[$0] == nil }
      mismatch.unexpected = state.tensors.keys.filter { !names.contains($0) }.sorted()
    }
    for (name, parameter) in own {
      guard let tensor = state.tensors[name], tensor.shape != parameter.shape else { continue }
      mismatch.shapes.append(.init(name: name, expected: parameter.shape, found: tensor.shape))
    }
    guard mismatch.isEmpty else { throw .mismatch(mismatch) }
    for (name, parameter) in own {
      if let tensor = state.tensors[name] { parameter.value = tensor.cast(to: parameter.value.dtype) }
    }
  }
}
