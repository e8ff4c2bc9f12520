/// Why saved tensors could not be written, read or loaded into a model.
public enum CheckpointError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file cannot be opened, read or written.
  case file(path: String, reason: String)
  /// The file is not what its format says.
  case malformed(path: String, reason: String)
  /// The tensors are not those of the model.
  case mismatch(Mismatch)
  /// The checkpoint is of another training.
  case incompatible(reason: String)

  /// All differences between saved tensors and a model.
  public struct Mismatch: Sendable, Hashable {
    /// Parameters without a tensor, in the model's order.
    public var missing: [String] = []
    /// Tensors without a parameter, sorted.
    public var unexpected: [String] = []
    /// Tensors of another shape than their parameter.
    public var shapes: [Difference] = []

    /// One shape that differs.
    public struct Difference: Sendable, Hashable {
      /// The parameter.
      public var name: String
      /// The shape in the model, and the one that was saved.
      public var expected: Shape, found: Shape
    }

    /// Whether the tensors fit.
    public var isEmpty: Bool { missing.isEmpty && unexpected.isEmpty && shapes.isEmpty }
  }

  /// One line, also if a file names its tensors otherwise.
  public var description: String {
    let isControl = { (scalar: Unicode.Scalar) in scalar.properties.generalCategory == .control }
    return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "\u{FFFD}" : $0 }))
  }

  private var text: String {
    switch self {
    case .file(let path, let reason), .malformed(let path, let reason): return "\(path): \(reason)"
    case .incompatible(let reason): return "the checkpoint is of another training: \(reason)"
    case .mismatch(let mismatch):
      var parts: [String] = []
      if !mismatch.missing.isEmpty { parts.append("missing \(mismatch.missing.joined(separator: ", "))") }
      if !mismatch.unexpected.isEmpty { parts.append("unexpected \(mismatch.unexpected.joined(separator: ", "))") }
      parts += mismatch.shapes.map { "\($0.name) is \($0.found), the model has \($0.expected)" }
      return "the weights are of another model: " + parts.joined(separator: "; ")
    }
  }
}
