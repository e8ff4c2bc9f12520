import Synchronization

/// The operations of one forward pass, in their order, with what each needs to be done elsewhere: what exporters read.
///
/// Every differentiable operation comes by ``Tensor/recorded(_:from:_:pullback:)``. While a trace listens, its result gets a
/// tape entry that stands for it, by which the next operation's inputs are recognised. What does not depend on the input is
/// a constant, with its value: parameters, and what is computed from them alone.
package struct Trace: Sendable {
  /// What an operation reads.
  package enum Value: Sendable {
    /// The input of the network.
    case input
    /// The result of an operation, by its place in ``Trace/operations``.
    case result(Int)
    /// A value of its own; the name is that of the parameter or buffer.
    case constant(Tensor, name: String?)
  }

  /// A setting of an operation: a stride, an ε, the moments of a normalisation.
  package enum Attribute: Sendable {
    case integers([Int])
    case numbers([Double])
    case tensor(Tensor)

    static func flag(_ value: Bool) -> Attribute { .integers([value ? 1 : 0]) }
    static func size(_ size: Size2D) -> Attribute { .integers([size.height, size.width]) }
  }

  /// One operation.
  package struct Operation: Sendable {
    /// `conv2d`, as the tape and messages name it; and the module in which it was called: `LeNet.conv1`.
    package let name: String, path: String
    package let inputs: [Value]
    package let attributes: [String: Attribute]
    package let shape: Shape, dtype: DType
  }

  package let operations: [Operation]
  /// What the forward pass returned.
  package let result: Value

  /// Runs a network in evaluation mode.
  package init<Network: Layer>(_ network: Network, at input: Tensor) {
    let listener = Listener(network)
    let result = Listener.$current.withValue(listener) {
      network.evaluating { network(listener.tagged(input, as: .input)) }
    }
    (operations, self.result) = (listener.operations, listener.value(result))
  }

  /// Collects operations while a network runs.
  final class Listener: Sendable {
    @TaskLocal static var current: Listener?

    private struct State {
      var operations: [Operation] = []
      /// What each tape entry stands for, and the entries: the identity of one that is gone may come back.
      var values: [ObjectIdentifier: Value] = [:]
      var entries: [Node] = []
      let names: [ObjectIdentifier: (name: String, tensor: Tensor)]
    }
    private let state: Mutex<State>

    init(_ network: Module) {
      let tensors =
        network.namedParameters().map { ($0.name, $0.parameter.value) }
        + network.namedBuffers().map { ($0.name, $0.buffer.value) }
      let names = tensors.map { (ObjectIdentifier($1.storage), (name: $0, tensor: $1)) }
      state = Mutex(State(names: Dictionary(names, uniquingKeysWith: { first, _ in first })))
    }

    var operations: [Operation] { state.withLock { $0.operations } }

    /// The tensor as what later operations recognise.
    func tagged(_ tensor: Tensor, as value: Value) -> Tensor {
      var result = tensor
      let entry = Node(leafOf: tensor.shape, tensor.dtype)
      result.node = entry
      state.withLock {
        $0.values[ObjectIdentifier(entry)] = value
        $0.entries.append(entry)
      }
      return result
    }

    func value(_ tensor: Tensor) -> Value {
      state.withLock { state in
        if let node = tensor.node, let value = state.values[ObjectIdentifier(node)] { return value }
        let named = state.names[ObjectIdentifier(tensor.storage)].flatMap {
          $0.tensor.shape == tensor.shape ? $0.name : nil
        }
        return .constant(tensor.rowMajor, name: named)
      }
    }

    /// The result of an operation, known from now on if it depends on the input.
    func recorded(
      _ result: Tensor, _ operation: String, _ inputs: [Tensor], _ attributes: [String: Attribute]
    ) -> Tensor {
      let values = inputs.map(value)
      let isComputed = values.contains { if case .constant = $0 { false } else { true } }
      guard isComputed else { return result.constant }
      let number = state.withLock { state in
        state.operations.append(
          Operation(
            name: operation, path: ModuleCall.current?.path ?? "", inputs: values, attributes: attributes,
            shape: result.shape, dtype: result.dtype))
        return state.operations.count - 1
      }
      return tagged(result, as: .result(number))
    }
  }
}
