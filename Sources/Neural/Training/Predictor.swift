/// A trained network that any number of tasks may use at once: in evaluation mode, without recording.
///
/// ```swift
/// let network = Sequential { Linear(784, 10) }
/// let predictor = Predictor(network)  // `network` cannot be used any more: nobody can train it meanwhile
/// await withTaskGroup(of: Void.self) { group in
///   for batch in loader.epoch(0) { group.addTask { print(predictor(batch.inputs).argmax(axis: 1)) } }
/// }
/// ```
///
/// All tasks compute with the one team of ``Runtime/threadCount`` threads; whoever finds it busy computes alone.
public final class Predictor: Sendable {
  // Audited: `sending` makes this the only reference. Once its members are found, as `train` does, a module in
  // evaluation mode is only read, parameters under their locks.
  private nonisolated(unsafe) let model: any Layer

  /// Takes the network over.
  public init(_ model: sending some Layer) {
    model.train(false)
    self.model = model
  }

  /// What the network makes of an input.
  public func callAsFunction(_ x: Tensor) -> Tensor { noGrad { model(x.detached()) } }
}
