import CCore

extension Tensor {
  /// Sum over `axes` (all axes if nil), which disappear, or stay with size 1 if `keepDims`.
  ///
  /// float32 is added in double precision. Integers wrap.
  public func sum(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    let kept = reducedShape(axes, keepDims: true, "sum")
    return reduced(CC_SUM, axes, keepDims: keepDims, "sum", result: dtype)
      .recorded("sum", from: [self]) { [shape] in [$0.reshaped(kept).broadcast(to: shape)] }
  }

  /// Mean over `axes` (all axes if nil); NaN over nothing. float32 or float64.
  public func mean(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    require(dtype.isFloatingPoint, "mean", "not available for \(dtype)")
    let total = sum(axes: axes, keepDims: keepDims)
    return total * (Double(total.count) / Double(count))
  }

  /// The largest element over `axes` (all axes if nil); NaN if there is one. Elements that tie share the gradient.
  public func max(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor { extremum(CC_MAX, "max", axes, keepDims) }

  /// The smallest element over `axes` (all axes if nil); NaN if there is one. Elements that tie share the gradient.
  public func min(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor { extremum(CC_MIN, "min", axes, keepDims) }

  private func extremum(_ operation: cc_reduce_op, _ name: String, _ axes: [Int]?, _ keepDims: Bool) -> Tensor {
    let kept = reducedShape(axes, keepDims: true, name)
    let x = constant
    let y = x.reduced(operation, axes, keepDims: keepDims, name, result: dtype)
    return y.recorded(name, from: [self]) { dy in
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

  /// Whether any element of a bool tensor is true.
  public func any() -> Bool {
    require(dtype == .bool, "any", "the elements are \(dtype), not bool")
    return count > 0 && reduced(CC_MAX, nil, keepDims: false, "any", result: .bool).item(Bool.self)
  }

  /// Whether every element of a bool tensor is true.
  public func all() -> Bool {
    require(dtype == .bool, "all", "the elements are \(dtype), not bool")
    return count == 0 || reduced(CC_MIN, nil, keepDims: false, "all", result: .bool).item(Bool.self)
  }

  private func reducedShape(_ axes: [Int]?, keepDims: Bool, _ name: String) -> Shape {
    let gone = Set((axes ?? Array(0..<rank)).map { shape.normalized(axis: $0, name) })
    let sizes = shape.sizes.enumerated()
    return Shape(
      keepDims
        ? sizes.map { gone.contains($0.offset) ? 1 : $0.element }
        : sizes.compactMap { gone.contains($0.offset) ? nil : $0.element })
  }

  /// Reduces one run of neighbouring axes after another, innermost first: CCore reduces the middle of three axes.
  private func reduced(
    _ operation: cc_reduce_op, _ axes: [Int]?, keepDims: Bool, _ name: String, result: DType
  ) -> Tensor {
    let target = reducedShape(axes, keepDims: keepDims, name)
    var left = Set((axes ?? Array(0..<rank)).map { shape.normalized(axis: $0, name) })
    var current = rowMajor
    while let last = left.max() {
      var first = last
      left.remove(last)
      while left.remove(first - 1) != nil { first -= 1 }
      let sizes = current.shape.sizes
      let outer = sizes[..<first].reduce(1, *)
      let reduced = sizes[first...last].reduce(1, *)
      let inner = sizes[(last + 1)...].reduce(1, *)
      let isSum = operation == CC_SUM || operation == CC_PRODUCT
      require(reduced > 0 || isSum, name, "nothing to choose from along axes of shape \(shape)")
      let y = Tensor(
        uninitialized: Shape(
          Array(sizes[..<first]) + [Int](repeating: 1, count: last - first + 1) + sizes[(last + 1)...]),
        dtype: result)
      check(cc_reduce(operation, current.dtype.c, outer, reduced, inner, current.pointer, y.pointer), name, "\(dtype)")
      current = y
    }
    return current.constant.viewed(as: target)
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
