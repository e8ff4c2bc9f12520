import CCore

// MARK: - One operand

extension Tensor {
  /// Applies a unary operation of CCore; its derivative comes from CCore too.
  ///
  /// - Parameter keepsLanes: the result and its derivative are finite wherever x is, so that padding lanes of the
  ///   interleaved layout stay harmless.
  func unary(_ operation: cc_unary_op, _ name: String, keepsLanes: Bool = false) -> Tensor {
    require(dtype.isFloatingPoint || !CC_FLOAT_ONLY.contains(operation.rawValue), name, "not available for \(dtype)")
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

  /// −x
  public static prefix func - (x: Tensor) -> Tensor { x.unary(CC_NEGATE, "negate", keepsLanes: true) }
  /// |x|; the derivative at 0 is 0.
  public func abs() -> Tensor { unary(CC_ABSOLUTE, "abs", keepsLanes: true) }
  /// −1, 0 or 1; NaN stays NaN.
  public func sign() -> Tensor { unary(CC_SIGN, "sign", keepsLanes: true) }
  /// x²
  public func squared() -> Tensor { unary(CC_SQUARE, "squared") }
  /// √x; NaN for negative x.
  public func sqrt() -> Tensor { unary(CC_SQUARE_ROOT, "sqrt") }
  /// 1/x
  public func reciprocal() -> Tensor { unary(CC_RECIPROCAL, "reciprocal") }
  /// eˣ
  public func exp() -> Tensor { unary(CC_EXP, "exp") }
  /// Natural logarithm; −∞ at 0, NaN for negative x.
  public func log() -> Tensor { unary(CC_LOG, "log") }
  /// sin x
  public func sin() -> Tensor { unary(CC_SIN, "sin") }
  /// cos x
  public func cos() -> Tensor { unary(CC_COS, "cos") }
  /// tanh x
  public func tanh() -> Tensor { activated(.tanh) }
  /// 1 / (1 + e⁻ˣ)
  public func sigmoid() -> Tensor { activated(.sigmoid) }
  /// max(x, 0); the derivative at 0 is 0.
  public func relu() -> Tensor { activated(.relu) }
  /// log(1 + eˣ), without overflow.
  public func softplus() -> Tensor { unary(CC_SOFTPLUS, "softplus") }
}

private let CC_FLOAT_ONLY: Set<UInt32> = Set(
  [
    CC_SQUARE_ROOT, CC_RECIPROCAL, CC_EXP, CC_LOG, CC_SIN, CC_COS, CC_TANH, CC_SIGMOID, CC_RELU, CC_SOFTPLUS,
  ].map(\.rawValue))

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

// MARK: - Two operands

extension Tensor {
  /// Applies a binary operation of CCore with NumPy's broadcasting; without history.
  static func binary(_ operation: cc_binary_op, _ name: String, _ a: Tensor, _ b: Tensor, result: DType) -> Tensor {
    require(
      a.dtype == b.dtype, name, "\(a.dtype) \(a.shape) and \(b.dtype) \(b.shape): convert one with cast(to:)")
    // Not quotients and powers: padding lanes must stay finite, and there may be 0 / 0 in them.
    let keepsLanes = result == a.dtype && operation != CC_DIVIDE && operation != CC_POWER
    if a.layout == .interleaved, b.layout == .interleaved, a.shape == b.shape, keepsLanes {
      let y = Tensor(uninitialized: a.shape, dtype: result, layout: .interleaved)
      var count = a.memoryCount
      var one = 1
      check(cc_binary(operation, a.dtype.c, 1, &count, &one, &one, a.pointer, b.pointer, y.pointer), name)
      return y
    }
    guard let shape = a.shape.broadcast(with: b.shape) else {
      trap(name, "shapes \(a.shape) and \(b.shape) do not broadcast")
    }
    let (a, b) = (a.rowMajor, b.rowMajor)
    let y = Tensor(uninitialized: shape, dtype: result)
    require(shape.rank <= CC_MAX_RANK, name, "rank \(shape.rank) is above \(CC_MAX_RANK)")
    check(
      cc_binary(
        operation, a.dtype.c, Int32(shape.rank), shape.sizes, a.shape.strides(broadcastTo: shape),
        b.shape.strides(broadcastTo: shape), a.pointer, b.pointer, y.pointer), name, "\(a.dtype)")
    return y
  }

  /// Applies a differentiable binary operation.
  ///
  /// - Parameter pullback: gradients with respect to both operands, of the result's shape, from (a, b, y, dy); they are
  ///   summed over broadcast axes afterwards. An operand without history is not asked for: see `needs`.
  private static func arithmetic(
    _ operation: cc_binary_op, _ name: String, _ a: Tensor, _ b: Tensor,
    da: @escaping @Sendable (_ a: Tensor, _ b: Tensor, _ y: Tensor, _ dy: Tensor) -> Tensor,
    db: @escaping @Sendable (_ a: Tensor, _ b: Tensor, _ y: Tensor, _ dy: Tensor) -> Tensor
  ) -> Tensor {
    let y = binary(operation, name, a.constant, b.constant, result: a.dtype)
    let (needsA, needsB) = (a.requiresGrad, b.requiresGrad)
    return y.recorded(name, from: [a, b]) { [a = a.constant, b = b.constant] dy in
      [
        needsA ? da(a, b, y, dy).summed(to: a.shape) : nil,
        needsB ? db(a, b, y, dy).summed(to: b.shape) : nil,
      ]
    }
  }

  /// Sum over the axes along which `target` was broadcast to this shape.
  func summed(to target: Shape) -> Tensor {
    if shape == target { return self }
    let extra = shape.rank - target.rank
    let axes = shape.sizes.indices.filter { $0 < extra || target.sizes[$0 - extra] == 1 && shape.sizes[$0] != 1 }
    return sum(axes: axes, keepDims: true).reshaped(target)
  }

  /// a + b, with broadcasting.
  public static func + (a: Tensor, b: Tensor) -> Tensor {
    arithmetic(CC_ADD, "add", a, b, da: { _, _, _, dy in dy }, db: { _, _, _, dy in dy })
  }
  /// a − b, with broadcasting.
  public static func - (a: Tensor, b: Tensor) -> Tensor {
    arithmetic(CC_SUBTRACT, "subtract", a, b, da: { _, _, _, dy in dy }, db: { _, _, _, dy in -dy })
  }
  /// a · b element by element, with broadcasting.
  public static func * (a: Tensor, b: Tensor) -> Tensor {
    arithmetic(CC_MULTIPLY, "multiply", a, b, da: { _, b, _, dy in dy * b }, db: { a, _, _, dy in dy * a })
  }
  /// a / b element by element, with broadcasting. Integers: truncated, and x / 0 is 0.
  public static func / (a: Tensor, b: Tensor) -> Tensor {
    arithmetic(CC_DIVIDE, "divide", a, b, da: { _, b, _, dy in dy / b }, db: { _, b, y, dy in -(dy * y / b) })
  }
  /// aᵇ element by element, with broadcasting.
  public static func pow(_ a: Tensor, _ b: Tensor) -> Tensor {
    arithmetic(
      CC_POWER, "pow", a, b, da: { a, b, _, dy in dy * b * pow(a, b - 1) },
      db: { a, _, y, dy in
        // Where a = 0 the power is constant in b (for b > 0): its derivative is 0, not 0 · log 0.
        let base = a.broadcast(to: y.shape)
        return Tensor.where(base .== Tensor.zeros([], dtype: a.dtype), y * 0, y * base.log()) * dy
      })
  }
  /// xⁿ for a constant n.
  public func pow(_ exponent: Double) -> Tensor { Tensor.pow(self, operand(exponent, "pow")) }
  /// The greater of a and b, element by element; NaN if either is. At ties each gets half the gradient.
  public static func maximum(_ a: Tensor, _ b: Tensor) -> Tensor { extremum(CC_MAXIMUM, CC_GREATER, "maximum", a, b) }
  /// The lesser of a and b, element by element; NaN if either is. At ties each gets half the gradient.
  public static func minimum(_ a: Tensor, _ b: Tensor) -> Tensor { extremum(CC_MINIMUM, CC_LESS, "minimum", a, b) }

  private static func extremum(
    _ operation: cc_binary_op, _ wins: cc_binary_op, _ name: String, _ a: Tensor, _ b: Tensor
  ) -> Tensor {
    let share: @Sendable (Tensor, Tensor) -> Tensor = { a, b in
      let won = binary(wins, name, a, b, result: .bool).cast(to: a.dtype)
      return won + (a .== b).cast(to: a.dtype) * 0.5
    }
    return arithmetic(
      operation, name, a, b, da: { a, b, _, dy in dy * share(a, b) }, db: { a, b, _, dy in dy * share(b, a) })
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

// MARK: - A tensor and a number

extension Tensor {
  /// Traps for a number that would lose its fraction in this tensor's dtype.
  private func requireWhole(_ number: Double, _ name: String) {
    require(
      dtype.isFloatingPoint || number == number.rounded(), name,
      "\(number) is no whole number, the tensor is \(dtype): cast it first")
  }

  /// A scalar of this tensor's dtype.
  private func operand(_ number: Double, _ name: String) -> Tensor {
    requireWhole(number, name)
    return Tensor(number, dtype: dtype)
  }

  /// scale · x + offset. Numbers take the tensor's dtype; integers go through ``binary``.
  private func scaled(_ scale: Double, _ offset: Double, _ name: String) -> Tensor {
    guard dtype.isFloatingPoint else {
      require(dtype != .bool, name, "not available for bool")
      for number in [scale, offset] { requireWhole(number, name) }
      // By way of int64, so that −1 becomes 255 in uint8: a saturated 0 would lose the sign of x − 1.
      let (factor, term) = (Tensor.full([], scale, dtype: .int64), Tensor.full([], offset, dtype: .int64))
      let scaled = Tensor.binary(CC_MULTIPLY, name, self, factor.cast(to: dtype), result: dtype)
      return Tensor.binary(CC_ADD, name, scaled, term.cast(to: dtype), result: dtype)
    }
    let y = Tensor(uninitialized: shape, dtype: dtype, layout: layout)
    check(cc_scale(dtype.c, memoryCount, scale, offset, pointer, y.pointer), name)
    return y.recorded(name, from: [self]) { [$0.scaled(scale, 0, name)] }
  }

  /// x + number
  public static func + (x: Tensor, number: Double) -> Tensor { x.scaled(1, number, "add") }
  /// number + x
  public static func + (number: Double, x: Tensor) -> Tensor { x.scaled(1, number, "add") }
  /// x − number
  public static func - (x: Tensor, number: Double) -> Tensor { x.scaled(1, -number, "subtract") }
  /// number − x
  public static func - (number: Double, x: Tensor) -> Tensor { x.scaled(-1, number, "subtract") }
  /// x · number
  public static func * (x: Tensor, number: Double) -> Tensor { x.scaled(number, 0, "multiply") }
  /// number · x
  public static func * (number: Double, x: Tensor) -> Tensor { x.scaled(number, 0, "multiply") }
  /// x / number
  public static func / (x: Tensor, number: Double) -> Tensor { x / x.operand(number, "divide") }
  /// number / x
  public static func / (number: Double, x: Tensor) -> Tensor { x.operand(number, "divide") / x }

  /// Adds in place. Other tensors that shared the memory keep the old values.
  public static func += (a: inout Tensor, b: Tensor) { a = a + b }
  /// Subtracts in place.
  public static func -= (a: inout Tensor, b: Tensor) { a = a - b }
  /// Multiplies in place.
  public static func *= (a: inout Tensor, b: Tensor) { a = a * b }
  /// Divides in place.
  public static func /= (a: inout Tensor, b: Tensor) { a = a / b }
}

// MARK: - Comparisons

extension Tensor {
  /// a = b element by element, as bool; with broadcasting.
  public static func .== (a: Tensor, b: Tensor) -> Tensor { binary(CC_EQUAL, "equal", a, b, result: .bool) }
  /// a ≠ b element by element, as bool; with broadcasting.
  public static func .!= (a: Tensor, b: Tensor) -> Tensor { binary(CC_NOT_EQUAL, "notEqual", a, b, result: .bool) }
  /// a < b element by element, as bool; with broadcasting.
  public static func .< (a: Tensor, b: Tensor) -> Tensor { binary(CC_LESS, "less", a, b, result: .bool) }
  /// a ≤ b element by element, as bool; with broadcasting.
  public static func .<= (a: Tensor, b: Tensor) -> Tensor { binary(CC_LESS_EQUAL, "lessEqual", a, b, result: .bool) }
  /// a > b element by element, as bool; with broadcasting.
  public static func .> (a: Tensor, b: Tensor) -> Tensor { binary(CC_GREATER, "greater", a, b, result: .bool) }
  /// a ≥ b element by element, as bool; with broadcasting.
  public static func .>= (a: Tensor, b: Tensor) -> Tensor {
    binary(CC_GREATER_EQUAL, "greaterEqual", a, b, result: .bool)
  }

  /// Whether |a − b| ≤ absolute + relative · |b| everywhere, for equal shapes; NaN is close to nothing.
  public func isClose(to other: Tensor, relative: Double = 1e-5, absolute: Double = 1e-8) -> Bool {
    guard shape == other.shape else { return false }
    let (a, b) = (constant.cast(to: .float64), other.constant.cast(to: .float64))
    return ((a - b).abs() .<= b.abs() * relative + absolute).all()
  }
}
