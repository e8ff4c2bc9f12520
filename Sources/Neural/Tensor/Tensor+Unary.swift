import CCore

/// Functions of each element. Unless said otherwise they exist for float32, float64 and, where they are analytic, for complex
/// numbers, with the branch cuts of C; other dtypes trap.
extension Tensor {
  /// Applies a unary operation of CCore; its derivative comes from CCore too.
  ///
  /// - Parameter keepsLanes: the result and its derivative are finite wherever x is, so that padding lanes of the
  ///   interleaved layout stay harmless.
  func unary(_ operation: cc_unary_op, _ name: String, keepsLanes: Bool = false) -> Tensor {
    let x = keepsLanes ? constant : rowMajor
    let y = Tensor(uninitialized: shape, dtype: dtype, layout: x.layout)
    check(cc_unary(operation, dtype.c, x.memoryCount, x.pointer, y.pointer), name, "\(dtype)")
    return y.recorded(name, from: [self]) { gradient in
      let dy = gradient.inLayout(x.layout)
      let dx = Tensor(uninitialized: x.shape, dtype: x.dtype, layout: x.layout)
      check(cc_unary_gradient(operation, x.dtype.c, x.memoryCount, x.pointer, y.pointer, dy.pointer, dx.pointer), name)
      return [dx]
    }
  }

  /// −x; integers too, wrapping.
  public static prefix func - (x: Tensor) -> Tensor { x.unary(CC_NEGATE, "negate", keepsLanes: true) }
  /// |x|; the derivative at 0 is 0. Integers too; complex numbers give real ones.
  public func abs() -> Tensor {
    dtype.isComplex ? Tensor.hypot(real, imaginary) : unary(CC_ABSOLUTE, "abs", keepsLanes: true)
  }
  /// −1, 0 or 1; NaN stays NaN. Integers too, complex numbers not.
  public func sign() -> Tensor { unary(CC_SIGN, "sign", keepsLanes: true) }
  /// x²; integers too, wrapping.
  public func squared() -> Tensor { unary(CC_SQUARE, "squared") }
  /// √x; NaN for negative x.
  public func sqrt() -> Tensor { unary(CC_SQUARE_ROOT, "sqrt") }
  /// 1/√x
  public func rsqrt() -> Tensor { unary(CC_RECIPROCAL_SQUARE_ROOT, "rsqrt") }
  /// 1/x
  public func reciprocal() -> Tensor { unary(CC_RECIPROCAL, "reciprocal") }
  /// eˣ
  public func exp() -> Tensor { unary(CC_EXP, "exp") }
  /// eˣ − 1, accurate near 0. Real.
  public func expm1() -> Tensor { unary(CC_EXPM1, "expm1") }
  /// Natural logarithm; −∞ at 0, NaN for negative x.
  public func log() -> Tensor { unary(CC_LOG, "log") }
  /// log(1 + x), accurate near 0. Real.
  public func log1p() -> Tensor { unary(CC_LOG1P, "log1p") }
  /// sin x
  public func sin() -> Tensor { unary(CC_SIN, "sin") }
  /// cos x
  public func cos() -> Tensor { unary(CC_COS, "cos") }
  /// tan x
  public func tan() -> Tensor { unary(CC_TAN, "tan") }
  /// Inverse of sin, in −π/2...π/2; NaN outside −1...1.
  public func asin() -> Tensor { unary(CC_ASIN, "asin") }
  /// Inverse of cos, in 0...π; NaN outside −1...1.
  public func acos() -> Tensor { unary(CC_ACOS, "acos") }
  /// Inverse of tan, in −π/2...π/2.
  public func atan() -> Tensor { unary(CC_ATAN, "atan") }
  /// sinh x
  public func sinh() -> Tensor { unary(CC_SINH, "sinh") }
  /// cosh x
  public func cosh() -> Tensor { unary(CC_COSH, "cosh") }
  /// tanh x
  public func tanh() -> Tensor { activated(.tanh) }
  /// Inverse of sinh.
  public func asinh() -> Tensor { unary(CC_ASINH, "asinh") }
  /// Inverse of cosh; NaN below 1.
  public func acosh() -> Tensor { unary(CC_ACOSH, "acosh") }
  /// Inverse of tanh; ±∞ at ±1, NaN beyond.
  public func atanh() -> Tensor { unary(CC_ATANH, "atanh") }
  /// 1 / (1 + e⁻ˣ)
  public func sigmoid() -> Tensor { activated(.sigmoid) }
  /// The error function 2/√π · ∫₀ˣ exp(−t²) dt. Real.
  public func erf() -> Tensor { unary(CC_ERF, "erf", keepsLanes: true) }
  /// The greatest whole number that is not above x; the derivative is 0. Real.
  public func floor() -> Tensor { unary(CC_FLOOR, "floor", keepsLanes: true) }
  /// The least whole number that is not below x; the derivative is 0. Real.
  public func ceil() -> Tensor { unary(CC_CEIL, "ceil", keepsLanes: true) }
  /// The nearest whole number, halves to the even one; the derivative is 0. Real.
  public func rounded() -> Tensor { unary(CC_ROUND, "rounded", keepsLanes: true) }
  /// Without the digits after the point; the derivative is 0. Real.
  public func truncated() -> Tensor { unary(CC_TRUNCATE, "truncated", keepsLanes: true) }
  /// max(x, 0); the derivative at 0 is 0. Real.
  public func relu() -> Tensor { activated(.relu) }
  /// log(1 + eˣ), without overflow. Real.
  public func softplus() -> Tensor { unary(CC_SOFTPLUS, "softplus") }

  /// x moved to the nearest end where it lies outside; the derivative is 1 inside, ends included, else 0. NaN stays NaN.
  public func clamped(to range: ClosedRange<Double>) -> Tensor {
    clamped(from: range.lowerBound, to: range.upperBound)
  }

  /// x, but at least `least` and at most `most`; a missing end is none.
  public func clamped(from least: Double? = nil, to most: Double? = nil) -> Tensor {
    let x = constant
    var y = x
    if let least { y = Tensor.maximum(y, operand(least, "clamp")) }
    if let most { y = Tensor.minimum(y, operand(most, "clamp")) }
    return y.recorded("clamp", from: [self], ["range": .numbers([least ?? -.infinity, most ?? .infinity])]) { [y] in
      [$0 * (x .== y).cast(to: x.dtype)]
    }
  }
}

/// max(x, 0)
public func relu(_ x: Tensor) -> Tensor { x.relu() }
/// 1 / (1 + e⁻ˣ)
public func sigmoid(_ x: Tensor) -> Tensor { x.sigmoid() }
/// tanh x
public func tanh(_ x: Tensor) -> Tensor { x.tanh() }
/// eˣ
public func exp(_ x: Tensor) -> Tensor { x.exp() }
/// Natural logarithm.
public func log(_ x: Tensor) -> Tensor { x.log() }
/// √x
public func sqrt(_ x: Tensor) -> Tensor { x.sqrt() }
/// sin x
public func sin(_ x: Tensor) -> Tensor { x.sin() }
/// cos x
public func cos(_ x: Tensor) -> Tensor { x.cos() }
/// |x|
public func abs(_ x: Tensor) -> Tensor { x.abs() }
