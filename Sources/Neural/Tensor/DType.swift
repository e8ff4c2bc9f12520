import CCore
@_exported import ComplexModule
import RealModule

/// The type of a tensor's elements.
public enum DType: String, Sendable, Hashable, CaseIterable, Codable {
  case float32, float64, int32, int64, uint8, bool
  /// Pairs of real and imaginary part, float32 or float64.
  case complex64, complex128

  /// Bytes of one element.
  public var byteCount: Int { cc_dtype_bytes(c) }

  /// float32 or float64.
  public var isFloatingPoint: Bool { self == .float32 || self == .float64 }

  /// complex64 or complex128.
  public var isComplex: Bool { self == .complex64 || self == .complex128 }

  /// Floating point or complex: what has derivatives.
  public var isDifferentiable: Bool { isFloatingPoint || isComplex }

  /// int32, int64 or uint8.
  public var isInteger: Bool { self == .int32 || self == .int64 || self == .uint8 }

  /// The dtype of real and imaginary parts: float32 for complex64, float64 for complex128; other dtypes are their own.
  public var real: DType {
    switch self {
    case .complex64: .float32
    case .complex128: .float64
    default: self
    }
  }

  var c: cc_dtype {
    switch self {
    case .float32: CC_FLOAT32
    case .float64: CC_FLOAT64
    case .int32: CC_INT32
    case .int64: CC_INT64
    case .uint8: CC_UINT8
    case .bool: CC_BOOL
    case .complex64: CC_COMPLEX64
    case .complex128: CC_COMPLEX128
    }
  }
}

/// A Swift type that tensors can be made from and read as: plain bytes, without references.
public protocol TensorElement: Sendable {
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

/// What a complex element is made of: Float or Double.
public protocol ComplexPart: Real & Sendable {
  /// The dtype of complex numbers with such parts.
  static var complexDType: DType { get }
}
extension Float: ComplexPart {
  /// complex64
  public static var complexDType: DType { .complex64 }
}
extension Double: ComplexPart {
  /// complex128
  public static var complexDType: DType { .complex128 }
}
extension Complex: TensorElement where RealType: ComplexPart {
  /// complex64 for Complex<Float>, complex128 for Complex<Double>
  public static var dtype: DType { RealType.complexDType }
}
