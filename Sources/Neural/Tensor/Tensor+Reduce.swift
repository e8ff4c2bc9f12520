import CCore

/// Reductions over `axes` (all axes if nil), which disappear, or stay with size 1 if `keepDims`.
extension Tensor {
  /// The sum; 0 over nothing.
  ///
  /// float32 is added in double precision. Integers wrap; bools are counted, as int64.
  public func sum(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    if dtype == .bool { return cast(to: .int64).sum(axes: axes, keepDims: keepDims) }
    let kept = reducedShape(axes, keepDims: true, "sum")
    return reduced(CC_SUM, axes, keepDims: keepDims, "sum", result: dtype)
      .recorded("sum", from: [self], reduction(axes, keepDims)) { [shape] in [$0.reshaped(kept).broadcast(to: shape)] }
  }

  /// The mean; NaN over nothing. Floating point or complex.
  public func mean(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    require(dtype.isDifferentiable, "mean", "not available for \(dtype)")
    let total = sum(axes: axes, keepDims: keepDims)
    return total * (Double(total.count) / Double(count))
  }

  /// The product; 1 over nothing. Real or integer. The derivative is right where factors are 0.
  public func product(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    let kept = reducedShape(axes, keepDims: true, "product")
    var result = self
    for axis in normalized(axes, "product").sorted() { result = result.product(along: axis) }
    return kept == result.shape && keepDims ? result : result.reshaped(reducedShape(axes, keepDims: false, "product"))
  }

  private func product(along axis: Int) -> Tensor {
    let x = constant
    let y = x.reduced(CC_PRODUCT, [axis], keepDims: true, "product", result: dtype)
    return y.recorded("product", from: [self]) { dy in
      let others =
        x.scanned(CC_PRODUCT, axis, exclusive: true, "product")
        * x.scanned(CC_PRODUCT, axis, exclusive: true, reversed: true, "product")
      return [dy * others]
    }
  }

  /// The mean squared distance from the mean, divided by n − `correction` instead of n elements. float32 or float64.
  ///
  /// - Parameters:
  ///   - axes: which disappear; all if nil.
  ///   - keepDims: they stay, with size 1.
  ///   - correction: 0 for the variance of the elements, NumPy's; 1 for the unbiased estimate from a sample, PyTorch's.
  public func variance(axes: [Int]? = nil, keepDims: Bool = false, correction: Double = 0) -> Tensor {
    require(dtype.isFloatingPoint, "variance", "not available for \(dtype)")
    let squares = (self - mean(axes: axes, keepDims: true)).squared().sum(axes: axes, keepDims: keepDims)
    let elements = Double(count) / Double(squares.count)
    return squares * (1 / Swift.max(0, elements - correction))
  }

  /// The root of ``variance(axes:keepDims:correction:)``.
  public func standardDeviation(axes: [Int]? = nil, keepDims: Bool = false, correction: Double = 0) -> Tensor {
    variance(axes: axes, keepDims: keepDims, correction: correction).sqrt()
  }

  /// The largest element; NaN if there is one; over nothing it traps. Elements that tie share the gradient.
  public func max(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor { extremum(CC_MAX, "max", axes, keepDims) }

  /// The smallest element; NaN if there is one; over nothing it traps. Elements that tie share the gradient.
  public func min(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor { extremum(CC_MIN, "min", axes, keepDims) }

  private func extremum(_ operation: cc_reduce_op, _ name: String, _ axes: [Int]?, _ keepDims: Bool) -> Tensor {
    let kept = reducedShape(axes, keepDims: true, name)
    let x = constant
    let y = x.reduced(operation, axes, keepDims: keepDims, name, result: dtype)
    return y.recorded(name, from: [self], reduction(axes, keepDims)) { dy in
      let winners = (x .== y.reshaped(kept)).cast(to: x.dtype)
      return [winners * (dy.reshaped(kept) / winners.sum(axes: axes, keepDims: true))]
    }
  }

  /// Index of the first largest element along an axis, int32; NaN counts as largest.
  public func argmax(axis: Int = -1, keepDims: Bool = false) -> Tensor {
    reduced(CC_ARGMAX, [axis], keepDims: keepDims, "argmax", result: .int32)
  }

  /// Index of the first smallest element along an axis, int32; NaN counts as smallest.
  public func argmin(axis: Int = -1, keepDims: Bool = false) -> Tensor {
    reduced(CC_ARGMIN, [axis], keepDims: keepDims, "argmin", result: .int32)
  }

  /// Whether any element of a bool tensor is true; false over nothing.
  public func any(axes: [Int], keepDims: Bool = false) -> Tensor { sum(axes: axes, keepDims: keepDims) .!= 0 }

  /// Whether every element of a bool tensor is true; true over nothing.
  public func all(axes: [Int], keepDims: Bool = false) -> Tensor { .!(.!self).any(axes: axes, keepDims: keepDims) }

  /// Whether any element of a bool tensor is true; another dtype traps.
  public func any() -> Bool {
    require(dtype == .bool, "any", "the elements are \(dtype), not bool")
    return count > 0 && reduced(CC_MAX, nil, keepDims: false, "any", result: .bool).item(Bool.self)
  }

  /// Whether every element of a bool tensor is true; another dtype traps.
  public func all() -> Bool {
    require(dtype == .bool, "all", "the elements are \(dtype), not bool")
    return count == 0 || reduced(CC_MIN, nil, keepDims: false, "all", result: .bool).item(Bool.self)
  }

  /// log Σ exp(x), without overflow; −∞ over nothing. float32 or float64.
  public func logSumExp(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    require(dtype.isFloatingPoint, "logSumExp", "not available for \(dtype)")
    if count == 0 { return exp().sum(axes: axes, keepDims: keepDims).log() }
    let largest = constant.max(axes: axes, keepDims: true)
    let shift = Tensor.where(largest.isFinite(), largest, Tensor.zeros([], dtype: dtype))
    let result = (self - shift).exp().sum(axes: axes, keepDims: true).log() + shift
    return result.reshaped(reducedShape(axes, keepDims: keepDims, "logSumExp"))
  }

  /// (Σ |x|ᵖ)^(1/p) of all the elements as one vector; p = ∞ is the largest |x|, −∞ the smallest, 0 how many are not 0.
  /// Floating point or complex.
  ///
  /// The derivative of the norm of zeros is 0 for p = 2. A complex tensor has a real norm.
  public func norm(_ p: Double = 2, axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    require(dtype.isDifferentiable, "norm", "not available for \(dtype)")
    switch p {
    case .infinity: return abs().max(axes: axes, keepDims: keepDims)
    case -.infinity: return abs().min(axes: axes, keepDims: keepDims)
    case 0: return (constant .!= 0).cast(to: dtype.real).sum(axes: axes, keepDims: keepDims)
    case 1: return abs().sum(axes: axes, keepDims: keepDims)
    case 2: break
    default: return abs().pow(p).sum(axes: axes, keepDims: keepDims).pow(1 / p)
    }
    let x = constant
    let kept = reducedShape(axes, keepDims: true, "norm")
    let y = x.abs().squared().sum(axes: axes, keepDims: keepDims).sqrt()
    return y.recorded("norm", from: [self]) { dy in
      let zero = Tensor.zeros([], dtype: y.dtype)
      return [x * Tensor.where(y .== zero, zero, dy / y).reshaped(kept).cast(to: x.dtype)]
    }
  }

  /// The sums of the elements up to each one, along an axis. float32 is added in double precision, integers wrap.
  public func cumulativeSum(axis: Int) -> Tensor { cumulativeSum(shape.normalized(axis: axis, "cumulativeSum"), false) }

  private func cumulativeSum(_ axis: Int, _ isReversed: Bool) -> Tensor {
    scanned(CC_SUM, axis, reversed: isReversed, "cumulativeSum")
      .recorded("cumulativeSum", from: [self]) { [$0.cumulativeSum(axis, !isReversed)] }
  }

  /// Sums or products of the elements up to each one, or before it if exclusive; from the end if reversed.
  private func scanned(
    _ operation: cc_reduce_op, _ axis: Int, exclusive: Bool = false, reversed: Bool = false, _ name: String
  ) -> Tensor {
    let source = rowMajor
    let y = Tensor(uninitialized: shape, dtype: dtype)
    let (outer, inner) = (shape.sizes[..<axis].reduce(1, *), shape.sizes[(axis + 1)...].reduce(1, *))
    check(
      cc_scan(operation, dtype.c, exclusive, reversed, outer, shape.sizes[axis], inner, source.pointer, y.pointer),
      name,
      "\(dtype)")
    return y
  }

  private func reduction(_ axes: [Int]?, _ keepDims: Bool) -> [String: Trace.Attribute] {
    ["axes": .integers(normalized(axes, "reduce").sorted()), "keepDims": .flag(keepDims)]
  }

  private func normalized(_ axes: [Int]?, _ name: String) -> Set<Int> {
    Set((axes ?? Array(0..<rank)).map { shape.normalized(axis: $0, name) })
  }

  private func reducedShape(_ axes: [Int]?, keepDims: Bool, _ name: String) -> Shape {
    guard let axes else { return keepDims ? Shape([Int](repeating: 1, count: rank)) : [] }
    let gone = normalized(axes, name)
    let sizes = shape.sizes.enumerated()
    return Shape(
      keepDims
        ? sizes.map { gone.contains($0.offset) ? 1 : $0.element }
        : sizes.compactMap { gone.contains($0.offset) ? nil : $0.element })
  }

  /// All axes at once, or one run of neighbouring axes after another, innermost first: CCore reduces the middle of three axes.
  private func reduced(
    _ operation: cc_reduce_op, _ axes: [Int]?, keepDims: Bool, _ name: String, result: DType
  ) -> Tensor {
    let target = reducedShape(axes, keepDims: keepDims, name)
    var current = rowMajor
    let isSum = operation == CC_SUM || operation == CC_PRODUCT
    func requireElements(_ condition: Bool) {
      require(isSum || condition, name, "nothing to choose from along axes of shape \(shape)")
    }
    if axes == nil {
      requireElements(count > 0)
      return current.reduced(operation, 1, count, 1, to: target, name, result: result)
    }
    var left = normalized(axes, name)
    requireElements(left.allSatisfy { shape.sizes[$0] > 0 })
    while let last = left.max() {
      var first = last
      left.remove(last)
      while left.remove(first - 1) != nil { first -= 1 }
      let sizes = current.shape.sizes
      let outer = sizes[..<first].reduce(1, *)
      let reduced = sizes[first...last].reduce(1, *)
      let inner = sizes[(last + 1)...].reduce(1, *)
      let shape = Shape(
        Array(sizes[..<first]) + [Int](repeating: 1, count: last - first + 1) + sizes[(last + 1)...])
      current = current.reduced(operation, outer, reduced, inner, to: shape, name, result: result)
    }
    return current.constant.viewed(as: target)
  }

  /// Of this row-major tensor seen as `[outer, reduced, inner]`.
  private func reduced(
    _ operation: cc_reduce_op, _ outer: Int, _ reduced: Int, _ inner: Int, to target: Shape, _ name: String,
    result: DType
  ) -> Tensor {
    let y = Tensor(uninitialized: target, dtype: result)
    check(cc_reduce(operation, dtype.c, outer, reduced, inner, pointer, y.pointer), name, "\(dtype)")
    return y
  }
}

/// Sums and extremes over one axis read better with its number.
extension Tensor {
  /// Sum over one axis.
  public func sum(axis: Int, keepDims: Bool = false) -> Tensor { sum(axes: [axis], keepDims: keepDims) }
  /// Mean over one axis.
  public func mean(axis: Int, keepDims: Bool = false) -> Tensor { mean(axes: [axis], keepDims: keepDims) }
  /// Largest element along one axis.
  public func max(axis: Int, keepDims: Bool = false) -> Tensor { max(axes: [axis], keepDims: keepDims) }
  /// Smallest element along one axis.
  public func min(axis: Int, keepDims: Bool = false) -> Tensor { min(axes: [axis], keepDims: keepDims) }
}
