import Neural

/// Why a network could not be written as an ONNX model.
public enum ONNXError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The network uses an operation, or a setting of one, that is not exported; `module` is where: `LeNet.conv1`.
  case unsupported(operation: String, module: String)
  /// What an operation reads as a constant is another one for another input, or for another batch size.
  case dependsOnInput(operation: String, module: String)
  /// The network returns the same for every input.
  case constantResult(module: String)
  /// The file cannot be written.
  case file(CheckpointError)

  /// One line.
  public var description: String {
    switch self {
    case .unsupported(let operation, let module): "\(module): \(operation) cannot be written as ONNX"
    case .dependsOnInput(let operation, let module):
      "\(module): a constant or setting of \(operation) changes with the input, which a graph cannot express"
    case .constantResult(let module): "\(module): the result does not depend on the input"
    case .file(let error): error.description
    }
  }
}
