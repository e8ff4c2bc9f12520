import CCore

extension Tensor {
  /// A tensor of the values in row-major order; their number must be that of the shape.
  @_disfavoredOverload
  public init<Element: TensorElement>(_ values: [Element], shape: Shape) {
    require(values.count == shape.count, "Tensor", "\(values.count) values for shape \(shape)")
    self.init(uninitialized: shape, dtype: Element.dtype)
    values.withUnsafeBytes { if let base = $0.baseAddress { pointer.copyMemory(from: base, byteCount: $0.count) } }
  }

  /// A vector.
  @_disfavoredOverload
  public init<Element: TensorElement>(_ values: [Element]) { self.init(values, shape: [values.count]) }

  /// A matrix of rows, all of one length.
  @_disfavoredOverload
  public init<Element: TensorElement>(_ rows: [[Element]]) {
    let columns = rows.first?.count ?? 0
    for row in rows where row.count != columns { trap("Tensor", "rows of \(columns) and of \(row.count) values") }
    self.init(rows.flatMap { $0 }, shape: [rows.count, columns])
  }

  /// A float32 tensor: the overload that number literals choose.
  public init(_ values: [Float], shape: Shape) { self.init(elements: values, shape: shape) }

  /// A float32 vector: the overload that number literals choose.
  public init(_ values: [Float]) { self.init(elements: values, shape: [values.count]) }

  /// A float32 matrix: the overload that number literals choose.
  public init(_ rows: [[Float]]) {
    let columns = rows.first?.count ?? 0
    for row in rows where row.count != columns { trap("Tensor", "rows of \(columns) and of \(row.count) values") }
    self.init(elements: rows.flatMap { $0 }, shape: [rows.count, columns])
  }

  /// A scalar of shape `[]`.
  public init(_ value: Double, dtype: DType = .float32) { self = Tensor.full([], value, dtype: dtype) }

  private init<Element: TensorElement>(elements: [Element], shape: Shape) { self.init(elements, shape: shape) }

  /// All elements 0.
  public static func zeros(_ shape: Shape, dtype: DType = .float32) -> Tensor { full(shape, 0, dtype: dtype) }

  /// All elements 1.
  public static func ones(_ shape: Shape, dtype: DType = .float32) -> Tensor { full(shape, 1, dtype: dtype) }

  /// All elements `value`.
  public static func full(_ shape: Shape, _ value: Double, dtype: DType = .float32) -> Tensor {
    let result = Tensor(uninitialized: shape, dtype: dtype)
    check(cc_fill(dtype.c, result.count, value, result.pointer), "full")
    return result
  }

  /// Elements with undefined values, to be overwritten.
  public static func uninitialized(_ shape: Shape, dtype: DType = .float32) -> Tensor {
    Tensor(uninitialized: shape, dtype: dtype)
  }

  /// 0, 1, … `count` − 1.
  public static func arange(_ count: Int, dtype: DType = .float32) -> Tensor {
    Tensor((0..<count).map(Double.init)).cast(to: dtype)
  }

  /// Uniform in `[low, high)`; float32 or float64. Draws from the default generator.
  public static func uniform(_ shape: Shape, in range: Range<Double> = 0..<1, dtype: DType = .float32) -> Tensor {
    random(shape, dtype, Random.take(shape.count, of: dtype)) {
      cc_random_uniform($0, $1, $2, range.lowerBound, range.upperBound, $3)
    }
  }

  /// Uniform in `[low, high)`; float32 or float64.
  public static func uniform(
    _ shape: Shape, in range: Range<Double> = 0..<1, dtype: DType = .float32, using generator: inout Philox
  ) -> Tensor {
    random(shape, dtype, generator.take(shape.count, of: dtype)) {
      cc_random_uniform($0, $1, $2, range.lowerBound, range.upperBound, $3)
    }
  }

  /// Normal with the given mean and standard deviation; float32 or float64. Draws from the default generator.
  public static func normal(
    _ shape: Shape, mean: Double = 0, standardDeviation: Double = 1, dtype: DType = .float32
  ) -> Tensor {
    random(shape, dtype, Random.take(shape.count, of: dtype)) {
      cc_random_normal($0, $1, $2, mean, standardDeviation, $3)
    }
  }

  /// Normal with the given mean and standard deviation; float32 or float64.
  public static func normal(
    _ shape: Shape, mean: Double = 0, standardDeviation: Double = 1, dtype: DType = .float32,
    using generator: inout Philox
  ) -> Tensor {
    random(shape, dtype, generator.take(shape.count, of: dtype)) {
      cc_random_normal($0, $1, $2, mean, standardDeviation, $3)
    }
  }

  private static func random(
    _ shape: Shape, _ dtype: DType, _ state: cc_random,
    _ fill: (cc_dtype, cc_random, Int, UnsafeMutableRawPointer) -> cc_status
  ) -> Tensor {
    require(dtype.isFloatingPoint, "random", "\(dtype) has no random numbers; draw float32 and cast")
    let result = Tensor(uninitialized: shape, dtype: dtype)
    check(fill(dtype.c, state, result.count, result.pointer), "random")
    return result
  }
}
