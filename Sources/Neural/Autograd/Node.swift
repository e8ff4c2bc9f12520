import Synchronization

/// Computes the gradients with respect to an operation's inputs from the gradient with respect to its output;
/// nil for an input that has none.
public typealias Pullback = @Sendable (_ gradient: Tensor) -> [Tensor?]

/// One entry of the tape: an operation that was recorded, or a leaf that collects a gradient.
///
/// Entries refer to the entries of their inputs, so the tape is the graph itself and goes away with the last tensor that
/// needs it. Pullbacks capture constants only (see ``Tensor/constant``), never tensors with a history: all edges are in
/// `inputs`, where the traversal and `deinit` can follow them without recursion.
final class Node: Sendable {
  struct State {
    var inputs: [Node?]
    var pullback: Pullback?
    var gradient: Tensor?
    var watch: GradientWatch?
  }

  let operation: String
  let shape: Shape, dtype: DType
  let isLeaf: Bool
  /// Increases with creation: an operation's number is above those of its inputs.
  let number: UInt64
  private let state: Mutex<State>

  private static let counter = Atomic<UInt64>(0)

  /// A recorded operation.
  init(_ operation: String, shape: Shape, dtype: DType, inputs: [Node?], pullback: @escaping Pullback) {
    self.operation = operation
    (self.shape, self.dtype) = (shape, dtype)
    isLeaf = false
    number = Node.counter.wrappingAdd(1, ordering: .relaxed).newValue
    state = Mutex(State(inputs: inputs, pullback: pullback))
  }

  /// A leaf.
  init(leafOf shape: Shape, _ dtype: DType) {
    operation = "leaf"
    (self.shape, self.dtype) = (shape, dtype)
    isLeaf = true
    number = Node.counter.wrappingAdd(1, ordering: .relaxed).newValue
    state = Mutex(State(inputs: []))
  }

  var inputs: [Node?] { state.withLock { $0.inputs } }

  /// What is done with this entry's gradient besides going on.
  var watch: GradientWatch? { state.withLock { $0.watch } }

  /// The inputs, and how to go back to them. Unless it is kept for another pass, the entry forgets both, and with them the
  /// tensors that were kept for it.
  func step(isKept: Bool) -> (inputs: [Node?], pullback: Pullback?) {
    state.withLock {
      if isKept { return ($0.inputs, $0.pullback) }
      var inputs: [Node?] = []
      swap(&inputs, &$0.inputs)
      return (inputs, $0.pullback.take())
    }
  }

  /// Changes what is done with this entry's gradient.
  func withWatch<Result: Sendable>(_ body: (inout GradientWatch) -> Result) -> Result {
    state.withLock { state in
      var watch = state.watch ?? GradientWatch()
      defer { state.watch = watch.hooks.isEmpty && !watch.keepsGradient ? nil : watch }
      return body(&watch)
    }
  }

  /// What the leaf has collected, in row-major order.
  var gradient: Tensor? { state.withLock { $0.gradient } }

  /// Sets what the leaf has collected. Another shape or dtype than the leaf's traps: optimizers rely on both.
  func setGradient(_ new: Tensor?) {
    if let new {
      require(
        new.shape == shape && new.dtype == dtype, "grad",
        "gradient \(new.dtype) \(new.shape) of a leaf \(dtype) \(shape)")
    }
    state.withLock { $0.gradient = new?.rowMajor }
  }

  /// Adds to what the leaf has collected, in place if nobody else looks at it.
  func accumulate(_ gradient: Tensor) {
    state.withLock {
      if $0.gradient == nil { $0.gradient = gradient.rowMajor } else { $0.gradient?.add(gradient.rowMajor) }
    }
  }

  // A long chain freed by recursion would overflow the stack: entries that nobody else holds are taken apart in a loop.
  deinit {
    var orphans = step(isKept: false).inputs
    while var node = orphans.popLast() {
      if isKnownUniquelyReferenced(&node), let inputs = node?.step(isKept: false).inputs { orphans += inputs }
    }
  }
}
