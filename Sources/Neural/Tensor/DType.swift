import CCore

/// The type of a tensor's elements.
public enum DType: String, Sendable, Hashable, CaseIterable, Codable {
  case float32, float64, int32, int64, uint8, bool

  /// Bytes of one element.
  public var byteCount: Int { cc_dtype_bytes(c) }

  /// float32 or float64: what can be differentiated.
  public var isFloatingPoint: Bool { self == .float32 || self == .float64 }

  var c: cc_dtype {
    switch self {
    case .float32: CC_FLOAT32
    case .float64: CC_FLOAT64
    case .int32: CC_INT32
    case .int64: CC_INT64
    case .uint8: CC_UINT8
    case .bool: CC_BOOL
    }
  }
}

/// A Swift type that tensors can be made from and read as.
public protocol TensorElement: Sendable, BitwiseCopyable {
  /// The dtype with the same memory representation.
  static var dtype: DType { get }
}

extension Float: TensorElement {
  /// float32
  public static var dtype: DType { .float32 }
}
extension Double: TensorElement {
  /// float64
  public static var dtype: DType { .float64 }
}
extension Int32: TensorElement {
  /// int32
  public static var dtype: DType { .int32 }
}
extension Int64: TensorElement {
  /// int64
  public static var dtype: DType { .int64 }
}
extension Int: TensorElement {
  /// int64
  public static var dtype: DType { .int64 }
}
extension UInt8: TensorElement {
  /// uint8
  public static var dtype: DType { .uint8 }
}
extension Bool: TensorElement {
  /// bool
  public static var dtype: DType { .bool }
}
