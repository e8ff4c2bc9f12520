import Foundation
import Neural

/// The operations of a network for any batch size.
///
/// The network runs twice, on random batches of 2 and 3: sizes that differ are the batch's, and everything else must be
/// equal. That also finds what a trace cannot see, a constant that was computed from the input outside the operations.
struct BatchedTrace {
  let operations: [Trace.Operation]
  let result: Trace.Value
  /// For each operation the sizes of its result; nil where they depend on the batch.
  let sizes: [[Int?]]
  let dtype: DType

  init<Network: Layer>(_ network: Network, inputShape: Shape) throws(ONNXError) {
    let dtype = network.parameters.first?.value.dtype ?? .float32
    func trace(_ batch: Int) -> Trace {
      var generator = Philox(seed: 0x6F6E_6E78, stream: UInt64(batch))
      let input = Tensor.normal(Shape([batch] + inputShape.sizes), dtype: dtype, using: &generator)
      return Trace(network, at: input)
    }
    let (two, three) = (trace(2), trace(3))
    guard two.operations.count == three.operations.count, two.result.isSame(as: three.result) else {
      throw .dependsOnInput(operation: "forward", module: "\(type(of: network))")
    }
    if case .constant = two.result { throw .constantResult(module: "\(type(of: network))") }
    for (a, b) in zip(two.operations, three.operations) where !a.isSame(as: b) {
      throw .dependsOnInput(operation: a.name, module: a.path)
    }
    (operations, result, self.dtype) = (two.operations, two.result, dtype)
    sizes = zip(two.operations, three.operations).map { a, b in
      zip(a.shape.sizes, b.shape.sizes).map { $0 == $1 ? $0 : nil }
    }
  }

  /// The operations that the result needs, in order.
  var needed: [Int] {
    var needed: Set<Int> = []
    if case .result(let last) = result { needed.insert(last) }
    for number in operations.indices.reversed() where needed.contains(number) {
      for case .result(let input) in operations[number].inputs { needed.insert(input) }
    }
    return needed.sorted()
  }
}

extension Trace.Operation {
  /// Whether only the batch size may tell the two apart.
  fileprivate func isSame(as other: Self) -> Bool {
    name == other.name && path == other.path && dtype == other.dtype && shape.rank == other.shape.rank
      && inputs.count == other.inputs.count && zip(inputs, other.inputs).allSatisfy { $0.isSame(as: $1) }
      && attributes.count == other.attributes.count
      && attributes.allSatisfy { key, value in other.attributes[key].map(value.isSame) ?? false }
  }
}

extension Trace.Value {
  fileprivate func isSame(as other: Self) -> Bool {
    switch (self, other) {
    case (.input, .input): true
    case (.result(let a), .result(let b)): a == b
    case (.constant(let a, _), .constant(let b, _)): a.hasBytes(of: b)
    default: false
    }
  }
}

extension Trace.Attribute {
  fileprivate func isSame(as other: Self) -> Bool {
    switch (self, other) {
    case (.integers(let a), .integers(let b)): a == b
    case (.numbers(let a), .numbers(let b)): a == b
    case (.tensor(let a), .tensor(let b)): a.hasBytes(of: b)
    default: false
    }
  }
}

extension Tensor {
  fileprivate func hasBytes(of other: Tensor) -> Bool {
    guard dtype == other.dtype && shape == other.shape else { return false }
    return withBytes { a in
      other.withBytes { b in
        guard let a = a.baseAddress, let b = b.baseAddress else { return true }
        return memcmp(a, b, count * dtype.byteCount) == 0
      }
    }
  }
}
