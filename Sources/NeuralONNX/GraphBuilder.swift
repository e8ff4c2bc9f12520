import Foundation
import Neural

/// Puts an ONNX graph together, operation by operation.
struct GraphBuilder {
  private(set) var graph = Onnx_GraphProto()
  let trace: BatchedTrace
  private let input: String, output: String
  private var names: [Int: String] = [:]
  private var used: Set<String>

  init(_ trace: BatchedTrace, input: String, output: String) {
    (self.trace, self.input, self.output) = (trace, input, output)
    used = [input, output]
  }

  /// A last node if the network returns its input.
  mutating func finish() {
    if case .input = trace.result { append("Identity", [input], output: output, path: "") }
  }

  /// Adds the nodes of an operation, all inputs of which are there.
  mutating func add(_ number: Int) throws(ONNXError) {
    let operation = trace.operations[number]
    let inputs = operation.inputs.map { name(of: $0, in: operation) }
    let last = try translate(operation, number, inputs)
    let isResult = if case .result(number) = trace.result { true } else { false }
    names[number] = append(
      last.type, last.inputs, last.attributes, output: isResult ? output : nil, path: operation.modulePath)
  }

  /// One node; its output has the node's own name unless another is given. Returns that.
  @discardableResult
  mutating func append(
    _ type: String, _ inputs: [String], _ attributes: [Onnx_AttributeProto] = [], output: String? = nil, path: String
  ) -> String {
    let name = unused(path.isEmpty ? type : "\(path)/\(type)")
    graph.node.append(
      .with {
        $0.name = name
        $0.opType = type
        $0.input = inputs
        $0.output = [output ?? name]
        $0.attribute = attributes
      })
    return output ?? name
  }

  /// A value of its own, under a name that is as asked for, or that with a number if it is taken by another value.
  mutating func constant(_ tensor: Tensor, _ name: String) -> String {
    let name = unused(name)
    graph.initializer.append(
      .with {
        $0.name = name
        $0.dims = tensor.shape.sizes.map(Int64.init)
        $0.dataType = Int32(tensor.dtype.onnx.rawValue)
        $0.rawData = tensor.withBytes { Data($0) }
      })
    return name
  }

  /// A number of an operation's dtype.
  mutating func number(_ value: Double, of operation: Trace.Operation) -> String {
    constant(Tensor(value, dtype: operation.dtype), operation.member("number"))
  }

  private mutating func name(of value: Trace.Value, in operation: Trace.Operation) -> String {
    switch value {
    case .input: return input
    case .result(let number): return names[number] ?? ""
    case .constant(let tensor, let name?):
      return graph.initializer.contains { $0.name == name } ? name : constant(tensor, name)
    case .constant(let tensor, nil): return constant(tensor, operation.member("constant"))
    }
  }

  private mutating func unused(_ name: String) -> String {
    var candidate = name
    var number = 1
    while !used.insert(candidate).inserted {
      number += 1
      candidate = "\(name)_\(number)"
    }
    return candidate
  }
}

extension Trace.Operation {
  /// The module without the network's own name: `conv1`; empty in the network itself.
  var modulePath: String { path.firstIndex(of: ".").map { String(path[path.index(after: $0)...]) } ?? "" }

  /// A name in this module.
  func member(_ name: String) -> String { modulePath.isEmpty ? name : "\(modulePath).\(name)" }

  func integers(_ key: String) -> [Int] { if case .integers(let values)? = attributes[key] { values } else { [] } }
  func numbers(_ key: String) -> [Double] { if case .numbers(let values)? = attributes[key] { values } else { [] } }
  func flag(_ key: String) -> Bool { integers(key) == [1] }
  func tensor(_ key: String) -> Tensor? { if case .tensor(let tensor)? = attributes[key] { tensor } else { nil } }
}

extension Onnx_AttributeProto {
  static func integers(_ name: String, _ values: [Int]) -> Self {
    .with { ($0.name, $0.type, $0.ints) = (name, .ints, values.map(Int64.init)) }
  }
  static func integer(_ name: String, _ value: Int) -> Self {
    .with { ($0.name, $0.type, $0.i) = (name, .int, Int64(value)) }
  }
  static func number(_ name: String, _ value: Double) -> Self {
    .with { ($0.name, $0.type, $0.f) = (name, .float, Float(value)) }
  }
}
