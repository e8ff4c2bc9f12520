import CCore

// MARK: - Comparisons

/// Comparisons element by element, as bool, with broadcasting. Complex numbers can be equal, but have no order.
extension Tensor {
  /// a = b
  public static func .== (a: Tensor, b: Tensor) -> Tensor { binary(CC_EQUAL, "equal", a, b, result: .bool) }
  /// a ≠ b
  public static func .!= (a: Tensor, b: Tensor) -> Tensor { binary(CC_NOT_EQUAL, "notEqual", a, b, result: .bool) }
  /// a < b
  public static func .< (a: Tensor, b: Tensor) -> Tensor { binary(CC_LESS, "less", a, b, result: .bool) }
  /// a ≤ b
  public static func .<= (a: Tensor, b: Tensor) -> Tensor { binary(CC_LESS_EQUAL, "lessEqual", a, b, result: .bool) }
  /// a > b
  public static func .> (a: Tensor, b: Tensor) -> Tensor { binary(CC_GREATER, "greater", a, b, result: .bool) }
  /// a ≥ b
  public static func .>= (a: Tensor, b: Tensor) -> Tensor {
    binary(CC_GREATER_EQUAL, "greaterEqual", a, b, result: .bool)
  }
  /// x = number
  public static func .== (x: Tensor, number: Double) -> Tensor { x .== x.operand(number, "equal") }
  /// x ≠ number
  public static func .!= (x: Tensor, number: Double) -> Tensor { x .!= x.operand(number, "notEqual") }
  /// x < number
  public static func .< (x: Tensor, number: Double) -> Tensor { x .< x.operand(number, "less") }
  /// x ≤ number
  public static func .<= (x: Tensor, number: Double) -> Tensor { x .<= x.operand(number, "lessEqual") }
  /// x > number
  public static func .> (x: Tensor, number: Double) -> Tensor { x .> x.operand(number, "greater") }
  /// x ≥ number
  public static func .>= (x: Tensor, number: Double) -> Tensor { x .>= x.operand(number, "greaterEqual") }

  /// Which elements are NaN; of complex numbers, in either part.
  public func isNaN() -> Tensor { self .!= self }
  /// Which elements are neither infinite nor NaN.
  public func isFinite() -> Tensor {
    guard dtype.isDifferentiable else { return Tensor.ones(shape, dtype: .bool) }
    return constant.abs() .< .infinity
  }

  /// Which elements are |a − b| ≤ absolute + relative · |b|, with broadcasting. Equal infinities are close, NaN is close to
  /// nothing.
  public func isClose(to other: Tensor, relative: Double = 1e-5, absolute: Double = 1e-8) -> Tensor {
    let wide: DType = dtype.isComplex || other.dtype.isComplex ? .complex128 : .float64
    let (a, b) = (constant.cast(to: wide), other.constant.cast(to: wide))
    return ((a - b).abs() .<= b.abs() * relative + absolute) .& b.isFinite() .| (a .== b)
  }

  /// Whether the shapes are equal and ``isClose(to:relative:absolute:)`` holds everywhere.
  public func allClose(to other: Tensor, relative: Double = 1e-5, absolute: Double = 1e-8) -> Bool {
    shape == other.shape && isClose(to: other, relative: relative, absolute: absolute).all()
  }
}

// MARK: - Logic

/// Logic of bools and of the bits of integers, with broadcasting.
extension Tensor {
  /// Both.
  public static func .& (a: Tensor, b: Tensor) -> Tensor { binary(CC_AND, "and", a, b, result: a.dtype) }
  /// One or both.
  public static func .| (a: Tensor, b: Tensor) -> Tensor { binary(CC_OR, "or", a, b, result: a.dtype) }
  /// One, not both.
  public static func .^ (a: Tensor, b: Tensor) -> Tensor { binary(CC_XOR, "xor", a, b, result: a.dtype) }
  /// Not; bools only.
  public static prefix func .! (x: Tensor) -> Tensor {
    require(x.dtype == .bool, "not", "the elements are \(x.dtype), not bool")
    return x .^ Tensor(1, dtype: .bool)
  }

  /// condition ? a : b, element by element, with broadcasting; condition of dtype bool, a and b of one dtype.
  ///
  /// What is not taken does not count: a NaN there leaves no trace, in the result and in the gradients.
  public static func `where`(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
    require(condition.dtype == .bool, "where", "the condition is \(condition.dtype), not bool")
    let common = a.shape.broadcast(with: b.shape).flatMap { condition.shape.broadcast(with: $0) }
    guard let shape = common, a.dtype == b.dtype else {
      trap("where", "condition \(condition.shape), \(a.dtype) \(a.shape) and \(b.dtype) \(b.shape)")
    }
    let mask = condition.constant.broadcast(to: shape).rowMajor
    let choose: @Sendable (Tensor, Tensor) -> Tensor = { a, b in
      let (a, b) = (a.broadcast(to: shape).rowMajor, b.broadcast(to: shape).rowMajor)
      let y = Tensor(uninitialized: shape, dtype: a.dtype)
      let bytes = mask.pointer.assumingMemoryBound(to: UInt8.self)
      check(cc_select(a.dtype.c, a.count, bytes, a.pointer, b.pointer, y.pointer), "where")
      return y
    }
    return choose(a.constant, b.constant).recorded("where", from: [a, b]) { [aShape = a.shape, bShape = b.shape] dy in
      let zero = Tensor.zeros([], dtype: dy.dtype)
      return [choose(dy, zero).summed(to: aShape), choose(zero, dy).summed(to: bShape)]
    }
  }
}
