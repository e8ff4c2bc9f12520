import Synchronization

/// What each layer of a network makes of an input: see ``Module/summary(inputShape:)``.
public struct ModuleSummary: Sendable, CustomStringConvertible {
  /// One call of one layer.
  public struct Row: Sendable, Hashable {
    /// `conv1`, and `Conv2d`.
    public var name: String, type: String
    /// Shapes of what went in and came out.
    public var input: Shape, output: Shape
    /// Number of values that the layer owns itself; 0 if an earlier row has counted them.
    public var parameters: Int
    /// Multiplications with weights for this input.
    public var multiplications: Int
  }

  /// In the order of the calls.
  public let rows: [Row]

  /// Values in all parameters, each counted once.
  public var parameterCount: Int { rows.reduce(0) { $0 + $1.parameters } }
  /// Multiplications with weights.
  public var multiplications: Int { rows.reduce(0) { $0 + $1.multiplications } }

  /// A table with totals.
  public var description: String {
    let header = ["layer", "type", "input", "output", "parameters", "multiplications"]
    let cells =
      [header]
      + rows.map {
        [$0.name, $0.type, "\($0.input)", "\($0.output)", $0.parameters.grouped, $0.multiplications.grouped]
      } + [["total", "", "", "", parameterCount.grouped, multiplications.grouped]]
    return aligned(cells, leftColumns: 4)
  }

  /// Listens to the calls of layers while a summary is made.
  final class Recorder: Sendable {
    private let calls = Mutex<[(module: ObjectIdentifier, input: Shape, output: Shape)]>([])

    func record(_ module: Module, input: Shape, output: Shape) {
      calls.withLock { $0.append((ObjectIdentifier(module), input, output)) }
    }

    func rows(of root: Module) -> [Row] {
      var seen: Set<ObjectIdentifier> = []
      let modules = Dictionary(
        root.namedModules().map { (ObjectIdentifier($0.module), $0) }, uniquingKeysWith: { first, _ in first })
      return calls.withLock { $0 }.compactMap { call in
        guard let (name, module) = modules[call.module], module.children.isEmpty else { return nil }
        let own = module.namedParameters().map(\.parameter)
        let fresh = own.filter { seen.insert(ObjectIdentifier($0)).inserted }
        // A weight of rank 2 or more is applied once for each output position: of a convolution's image, of a batch.
        let positions = (call.output.sizes.first ?? 1) * call.output.sizes.dropFirst(2).reduce(1, *)
        let weights = own.filter { $0.shape.rank >= 2 }.reduce(0) { $0 + $1.shape.count }
        return Row(
          name: name, type: "\(type(of: module))", input: call.input, output: call.output,
          parameters: fresh.reduce(0) { $0 + $1.shape.count }, multiplications: weights * positions)
      }
    }
  }
}

extension Module {
  /// What each layer makes of an input of the given shape, found by one forward pass of zeros in evaluation mode.
  ///
  /// The module must be a ``Layer``. Shapes that do not fit trap as they would in training.
  public final func summary(inputShape: Shape) -> ModuleSummary {
    guard let layer = self as? any Layer else { trap("summary", "\(type(of: self)) is not a Layer") }
    let recorder = ModuleSummary.Recorder()
    let dtype = parameters.first?.value.dtype ?? .float32
    ModuleCall.$recorder.withValue(recorder) {
      evaluating { _ = layer(Tensor.zeros(inputShape, dtype: dtype)) }
    }
    return ModuleSummary(rows: recorder.rows(of: self))
  }
}
