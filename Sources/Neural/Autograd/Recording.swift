extension Tensor {
  /// This result with a tape entry, if recording is on and an input has a history.
  ///
  /// - Parameters:
  ///   - operation: the name that messages and graphs show.
  ///   - inputs: what `pullback` returns gradients for, in this order; nil for one that was not given.
  ///   - attributes: settings that a ``Trace`` needs besides the inputs to repeat the operation elsewhere.
  ///   - pullback: must capture constants only.
  func recorded(
    _ operation: String, from inputs: @autoclosure () -> [Tensor?],
    _ attributes: @autoclosure () -> [String: Trace.Attribute] = [:],
    pullback: @escaping Pullback
  ) -> Tensor {
    guard GradientMode.isRecording else { return self }
    let inputs = inputs()
    let nodes = inputs.map { $0?.node }
    guard nodes.contains(where: { $0 != nil }) else { return self }
    if let listener = Trace.Listener.current {
      return listener.recorded(self, operation, inputs.compactMap { $0 }, attributes())
    }
    var result = self
    result.node = Node(operation, shape: shape, dtype: dtype, inputs: nodes, pullback: pullback)
    return result
  }
}

/// An operation of your own: `forward` computes the result, `pullback` the gradients of the inputs.
///
/// Both get constants, so nothing that they do is recorded.
///
/// ```swift
/// let cube = customOperation("cube", inputs: [x], forward: { $0[0] * $0[0] * $0[0] }) { inputs, _, gradient in
///   [gradient * 3 * inputs[0] * inputs[0]]
/// }
/// ```
///
/// - Parameters:
///   - name: what messages and ``Tensor/gradientFunction`` show.
///   - inputs: what the result is differentiated by.
///   - forward: from the inputs to the result.
///   - pullback: from the inputs, the result and the gradient with respect to the result (of the result's shape) to one
///     gradient for each input, of the input's shape, or nil for none.
public func customOperation(
  _ name: String, inputs: [Tensor], forward: ([Tensor]) -> Tensor,
  pullback: @escaping @Sendable (_ inputs: [Tensor], _ result: Tensor, _ gradient: Tensor) -> [Tensor?]
) -> Tensor {
  let constants = inputs.map(\.constant)
  let result = forward(constants).constant
  return result.recorded(name, from: inputs) { gradient in
    let gradients = pullback(constants, result, gradient)
    require(gradients.count == constants.count, name, "\(gradients.count) gradients for \(constants.count) inputs")
    // Row-major: what the pullback computed may hold anything in padding lanes, where a gradient needs zeros.
    return gradients.map { $0?.rowMajor }
  }
}
