import CCore

// MARK: - Two tensors

/// Operations of two tensors of one dtype, with NumPy's broadcasting.
extension Tensor {
  /// Applies a binary operation of CCore; without history.
  static func binary(_ operation: cc_binary_op, _ name: String, _ a: Tensor, _ b: Tensor, result: DType) -> Tensor {
    require(
      a.dtype == b.dtype, name, "\(a.dtype) \(a.shape) and \(b.dtype) \(b.shape): convert one with cast(to:)")
    // Not quotients and powers: padding lanes must stay finite, and there may be 0 / 0 in them.
    let keepsLanes =
      result == a.dtype && operation != CC_DIVIDE && operation != CC_POWER && operation != CC_REMAINDER
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
    let y = Tensor(uninitialized: shape, dtype: result)
    write(operation, name, a.rowMajor, b.rowMajor, shape, to: y.pointer)
    return y
  }

  private static func write(
    _ operation: cc_binary_op, _ name: String, _ a: Tensor, _ b: Tensor, _ shape: Shape, to y: UnsafeMutableRawPointer
  ) {
    require(shape.rank <= CC_MAX_RANK, name, "rank \(shape.rank) is above \(CC_MAX_RANK)")
    check(
      cc_binary(
        operation, a.dtype.c, Int32(shape.rank), shape.sizes, a.shape.strides(broadcastTo: shape),
        b.shape.strides(broadcastTo: shape), a.pointer, b.pointer, y), name, "\(a.dtype)")
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

  /// a + b
  public static func + (a: Tensor, b: Tensor) -> Tensor {
    arithmetic(CC_ADD, "add", a, b, da: { _, _, _, dy in dy }, db: { _, _, _, dy in dy })
  }
  /// a − b
  public static func - (a: Tensor, b: Tensor) -> Tensor {
    arithmetic(CC_SUBTRACT, "subtract", a, b, da: { _, _, _, dy in dy }, db: { _, _, _, dy in -dy })
  }
  /// a · b element by element.
  public static func * (a: Tensor, b: Tensor) -> Tensor {
    arithmetic(
      CC_MULTIPLY, "multiply", a, b, da: { _, b, _, dy in dy * b.conjugate() },
      db: { a, _, _, dy in dy * a.conjugate() })
  }
  /// a / b element by element. Integers: truncated, and x / 0 is 0.
  public static func / (a: Tensor, b: Tensor) -> Tensor {
    arithmetic(
      CC_DIVIDE, "divide", a, b, da: { _, b, _, dy in dy / b.conjugate() },
      db: { _, b, y, dy in -(dy * (y / b).conjugate()) })
  }
  /// aᵇ element by element.
  public static func pow(_ a: Tensor, _ b: Tensor) -> Tensor {
    arithmetic(
      CC_POWER, "pow", a, b, da: { a, b, _, dy in dy * (b * pow(a, b - 1)).conjugate() },
      db: { a, _, y, dy in
        // Where a = 0 the power is constant in b (for b > 0): its derivative is 0, not 0 · log 0.
        let zero = Tensor.zeros([], dtype: a.dtype)
        return Tensor.where(a .== zero, zero, y * a.log()).conjugate() * dy
      })
  }
  /// xⁿ for a constant n.
  public func pow(_ exponent: Double) -> Tensor { Tensor.pow(self, operand(exponent, "pow")) }

  /// a − b · ⌊a / b⌋ element by element: the remainder with the sign of b, as Python's and NumPy's `%`. Real or integer;
  /// integers: x mod 0 is 0.
  public static func remainder(_ a: Tensor, _ b: Tensor) -> Tensor {
    arithmetic(
      CC_REMAINDER, "remainder", a, b, da: { _, _, _, dy in dy }, db: { a, b, y, dy in -dy * ((a - y) / b).rounded() })
  }
  /// √(a² + b²) element by element, without overflow; the derivatives at (0, 0) are 0. Real.
  public static func hypot(_ a: Tensor, _ b: Tensor) -> Tensor {
    let share: @Sendable (Tensor, Tensor, Tensor) -> Tensor = { x, y, dy in
      let zero = Tensor.zeros([], dtype: y.dtype)
      return Tensor.where(y .== zero, zero, dy * (x / y))
    }
    return arithmetic(
      CC_HYPOTENUSE, "hypot", a, b, da: { a, _, y, dy in share(a, y, dy) }, db: { _, b, y, dy in share(b, y, dy) })
  }
  /// The angle of the point (x, y) in the plane, in −π...π; the derivatives at (0, 0) are 0. Real.
  public static func atan2(_ y: Tensor, _ x: Tensor) -> Tensor {
    let share: @Sendable (Tensor, Tensor, Tensor, Tensor) -> Tensor = { part, y, x, dy in
      let radius = hypot(y, x)
      let zero = Tensor.zeros([], dtype: dy.dtype)
      return Tensor.where(radius .== zero, zero, dy * (part / radius / radius))
    }
    return arithmetic(
      CC_ARCTANGENT2, "atan2", y, x, da: { y, x, _, dy in share(x, y, x, dy) },
      db: { y, x, _, dy in share(-y, y, x, dy) })
  }
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
}

// MARK: - A tensor and a number

extension Tensor {
  /// Traps for a number that would lose its fraction in this tensor's dtype.
  private func requireWhole(_ number: Double, _ name: String) {
    require(
      dtype.isDifferentiable || number == number.rounded(), name,
      "\(number) is no whole number, the tensor is \(dtype): cast it first")
  }

  /// A scalar of this tensor's dtype.
  func operand(_ number: Double, _ name: String) -> Tensor {
    requireWhole(number, name)
    return Tensor(number, dtype: dtype)
  }

  /// scale · x + offset. Numbers take the tensor's dtype; integers go through ``binary``.
  private func scaled(_ scale: Double, _ offset: Double, _ name: String) -> Tensor {
    let y: Tensor
    if dtype.isFloatingPoint {
      y = Tensor(uninitialized: shape, dtype: dtype, layout: layout)
      check(cc_scale(dtype.c, memoryCount, scale, offset, pointer, y.pointer), name)
    } else {
      require(dtype != .bool, name, "not available for bool")
      for number in [scale, offset] { requireWhole(number, name) }
      // By way of int64, so that −1 becomes 255 in uint8: a saturated 0 would lose the sign of x − 1.
      let start: DType = dtype.isComplex ? .float64 : .int64
      let (factor, term) = (Tensor.full([], scale, dtype: start), Tensor.full([], offset, dtype: start))
      let product = Tensor.binary(CC_MULTIPLY, name, self, factor.cast(to: dtype), result: dtype)
      y = Tensor.binary(CC_ADD, name, product, term.cast(to: dtype), result: dtype)
    }
    return y.recorded(name, from: [self], ["numbers": .numbers([scale, offset])]) { [$0.scaled(scale, 0, name)] }
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
}

// MARK: - In place

/// The left tensor takes the result, in its own memory if nobody shares it and nothing is recorded. Other tensors that shared
/// the memory keep the old values. Recording goes on from the result; inside ``noGrad(_:)`` a leaf stays a leaf.
extension Tensor {
  private mutating func become(
    _ operation: cc_binary_op, _ name: String, _ b: Tensor, _ compute: (Tensor, Tensor) -> Tensor
  ) {
    let records = GradientMode.isRecording && (node != nil || b.node != nil)
    let fits =
      !records && layout == .rowMajor && b.layout == .rowMajor && dtype == b.dtype
      && shape.broadcast(with: b.shape) == shape
    if fits, isKnownUniquelyReferenced(&storage) {
      Tensor.write(operation, name, self, b, shape, to: pointer)
      if node?.isLeaf == false { node = nil }
    } else {
      let leaf = !GradientMode.isRecording && isLeaf ? node : nil
      let leafShape = shape
      self = compute(self, b)
      if let leaf {
        require(shape == leafShape, name, "a leaf of shape \(leafShape) cannot become \(shape)")
        node = leaf
      }
    }
  }

  /// Adds in place.
  public static func += (a: inout Tensor, b: Tensor) { a.become(CC_ADD, "add", b) { $0 + $1 } }
  /// Subtracts in place.
  public static func -= (a: inout Tensor, b: Tensor) { a.become(CC_SUBTRACT, "subtract", b) { $0 - $1 } }
  /// Multiplies in place.
  public static func *= (a: inout Tensor, b: Tensor) { a.become(CC_MULTIPLY, "multiply", b) { $0 * $1 } }
  /// Divides in place.
  public static func /= (a: inout Tensor, b: Tensor) { a.become(CC_DIVIDE, "divide", b) { $0 / $1 } }
  /// Adds in place.
  public static func += (a: inout Tensor, number: Double) { a += a.operand(number, "add") }
  /// Subtracts in place.
  public static func -= (a: inout Tensor, number: Double) { a -= a.operand(number, "subtract") }
  /// Multiplies in place.
  public static func *= (a: inout Tensor, number: Double) { a *= a.operand(number, "multiply") }
  /// Divides in place.
  public static func /= (a: inout Tensor, number: Double) { a /= a.operand(number, "divide") }
}
