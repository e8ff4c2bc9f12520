import CCore

/// Sorting, and what follows from it. NaN counts as larger than every number; equal elements keep their order. Not for
/// complex numbers, which have no order.
extension Tensor {
  /// The indices that sort an axis, int32.
  public func argsort(axis: Int = -1, descending: Bool = false) -> Tensor {
    let axis = shape.normalized(axis: axis, "argsort")
    let source = rowMajor
    let result = Tensor(uninitialized: shape, dtype: .int32)
    let (outer, inner) = (shape.sizes[..<axis].reduce(1, *), shape.sizes[(axis + 1)...].reduce(1, *))
    check(
      cc_argsort(
        dtype.c, descending, outer, shape.sizes[axis], inner, source.pointer,
        result.pointer.assumingMemoryBound(to: Int32.self)), "argsort", "\(dtype)")
    return result
  }

  /// The elements of an axis in order. Differentiable.
  public func sorted(axis: Int = -1, descending: Bool = false) -> Tensor {
    gathered(argsort(axis: axis, descending: descending), axis: axis)
  }

  /// The `k` largest elements of an axis (the smallest if not `largest`), largest (smallest) first, and their indices.
  /// The values are differentiable. `k` is from 0 to the axis's size.
  public func topK(_ k: Int, axis: Int = -1, largest: Bool = true) -> (values: Tensor, indices: Tensor) {
    require(k >= 0 && k <= shape[axis], "topK", "\(k) of axis \(axis) of a tensor of shape \(shape)")
    let indices = argsort(axis: axis, descending: largest).narrowed(axis: axis, 0..<k)
    return (gathered(indices, axis: axis), indices)
  }

  /// The different elements in order, and how often each is there (int64).
  public func unique() -> (values: Tensor, counts: Tensor) {
    let sorted = constant.flattened().sorted()
    guard count > 0 else { return (sorted, Tensor.zeros([0], dtype: .int64)) }
    let changes = [0] + (sorted[1...] .!= sorted[..<(-1)]).truePlaces.map { $0 + 1 }
    let counts = zip(changes, changes.dropFirst() + [count]).map { $1 - $0 }
    return (sorted.rows(changes), Tensor(counts))
  }

  /// How often each of 0, 1, … occurs, int64: as many counts as the largest element needs, at least `length`.
  /// Integers only; a negative one traps.
  public func binCount(length: Int = 0) -> Tensor {
    require(dtype.isInteger, "binCount", "the elements are \(dtype), not integers")
    let x = constant.flattened().cast(to: .int64)
    require(count == 0 || x.min().item(Int.self) >= 0, "binCount", "an element is negative")
    let bins = count == 0 ? length : Swift.max(length, x.max().item(Int.self) + 1)
    return Tensor.zeros([bins], dtype: .int64)
      .scatterAdded(Tensor.ones([count], dtype: .int64), at: x, axis: 0)
  }

  /// How many elements lie in each of `bins` equal intervals of `range` (from the smallest to the largest finite element if
  /// nil), as NumPy's: each interval has its lower end, the last both. Elements outside, and NaN, are not counted.
  ///
  /// - Returns: the counts, int64, and the bins + 1 edges, float64.
  public func histogram(bins: Int = 10, range: ClosedRange<Double>? = nil) -> (counts: Tensor, edges: Tensor) {
    require(bins > 0, "histogram", "\(bins) bins")
    let x = constant.flattened().cast(to: .float64)
    var (low, high) = (range?.lowerBound ?? 0, range?.upperBound ?? 1)
    if range == nil {
      let finite = x.selected(where: x.isFinite())
      if finite.count > 0 { (low, high) = (finite.min().item(), finite.max().item()) }
    }
    if low == high { (low, high) = (low - 0.5, high + 0.5) }
    let edges = Tensor.linspace(from: low, to: high, count: bins + 1, dtype: .float64)
    return (x.histogram(edges: edges), edges)
  }

  /// How many elements lie between each two of the edges, which are float64 and ascending. int64.
  public func histogram(edges: Tensor) -> Tensor {
    let x = constant.cast(to: .float64).rowMajor
    require(
      edges.dtype == .float64 && edges.rank == 1 && edges.count > 1 && (edges[1...] .>= edges[..<(-1)]).all(),
      "histogram", "edges \(edges.dtype) \(edges.shape): they must be ascending, float64, at least two")
    let bins = edges.rowMajor
    let counts = Tensor(uninitialized: [edges.count - 1], dtype: .int64)
    check(
      cc_histogram(
        count, x.pointer.assumingMemoryBound(to: Double.self), counts.count,
        bins.pointer.assumingMemoryBound(to: Double.self), counts.pointer.assumingMemoryBound(to: Int64.self)),
      "histogram")
    withExtendedLifetime((x.storage, bins.storage)) {}
    return counts
  }

  /// 0, 1, … `count` − 1 in random order, int32: the order of as many random numbers. Draws from the default generator.
  public static func permutation(_ count: Int) -> Tensor { uniform([count], dtype: .float64).argsort() }

  /// 0, 1, … `count` − 1 in random order, int32.
  public static func permutation(_ count: Int, using generator: inout Philox) -> Tensor {
    uniform([count], dtype: .float64, using: &generator).argsort()
  }
}
