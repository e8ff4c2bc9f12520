/// The sizes of a tensor's axes; `[]` is the shape of a scalar.
public struct Shape: Sendable, Hashable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// Size of each axis, outermost first; none is negative.
  public let sizes: [Int]

  /// A negative size traps.
  public init(_ sizes: [Int]) {
    for size in sizes where size < 0 { trap("Shape", "negative size in \(sizes)") }
    self.sizes = sizes
  }

  /// `[64, 1, 28, 28]`
  public init(arrayLiteral sizes: Int...) { self.init(sizes) }

  /// Number of axes.
  public var rank: Int { sizes.count }

  /// Number of elements: the product of the sizes, 1 for a scalar; one that an Int cannot hold traps.
  public var count: Int {
    var product = 1
    for size in sizes {
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      if overflow { trap("Shape", "\(self) has more elements than an Int can count") }
      product = next
    }
    return product
  }

  /// Size of an axis; negative axes count from the end.
  public subscript(axis: Int) -> Int { sizes[normalized(axis: axis, "shape")] }

  /// `[2, 3]`
  public var description: String { "[" + sizes.map(String.init).joined(separator: ", ") + "]" }

  /// The axis counted from the front; an axis that does not exist traps in the name of `operation`.
  func normalized(axis: Int, _ operation: String) -> Int {
    let result = axis < 0 ? axis + rank : axis
    require(result >= 0 && result < rank, operation, "axis \(axis) of a tensor of shape \(self)")
    return result
  }

  /// Distances between neighbours along each axis of a contiguous array, in elements.
  var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for axis in stride(from: rank - 2, through: 0, by: -1) { strides[axis] = strides[axis + 1] * sizes[axis + 1] }
    return strides
  }

  /// NumPy's rule: aligned at the end, sizes equal or one of them 1; nil if they do not fit.
  func broadcast(with other: Shape) -> Shape? {
    if self == other { return self }
    var result = [Int](repeating: 1, count: max(rank, other.rank))
    for i in 1...result.count {
      let a = i <= rank ? sizes[rank - i] : 1
      let b = i <= other.rank ? other.sizes[other.rank - i] : 1
      guard a == b || a == 1 || b == 1 else { return nil }
      result[result.count - i] = a == 1 ? b : a
    }
    return Shape(result)
  }

  /// Strides that read a contiguous array of this shape as if it had the shape `target`.
  func strides(broadcastTo target: Shape) -> [Int] {
    let own = strides
    return target.sizes.indices.map { axis in
      let at = axis - (target.rank - rank)
      return at < 0 || sizes[at] == 1 ? 0 : own[at]
    }
  }
}
