import CCore

// MARK: - From values

/// Arrays nested up to four levels. Those of Float are the overloads that number literals choose.
extension Tensor {
  /// A tensor of the values in row-major order; their number must be that of the shape. Copies.
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
    self.init(rows.flatMap { $0 }, shape: [rows.count, Tensor.commonCount(rows)])
  }

  /// Matrices of one shape.
  @_disfavoredOverload
  public init<Element: TensorElement>(_ matrices: [[[Element]]]) {
    let rows = Tensor(matrices.flatMap { $0 })
    self = rows.viewed(as: [matrices.count, Tensor.commonCount(matrices), rows.shape[1]])
  }

  /// Images of channels of rows, for instance; all of one shape.
  @_disfavoredOverload
  public init<Element: TensorElement>(_ blocks: [[[[Element]]]]) {
    let matrices = Tensor(blocks.flatMap { $0 })
    self = matrices.viewed(as: [blocks.count, Tensor.commonCount(blocks), matrices.shape[1], matrices.shape[2]])
  }

  /// A float32 tensor.
  public init(_ values: [Float], shape: Shape) { self.init(typed: values, shape: shape) }

  /// A float32 vector.
  public init(_ values: [Float]) { self.init(typed: values, shape: [values.count]) }

  /// A float32 matrix.
  public init(_ rows: [[Float]]) { self = Tensor.typed(rows) }

  /// Float32 matrices.
  public init(_ matrices: [[[Float]]]) { self = Tensor.typed(matrices) }

  /// Float32 blocks of matrices.
  public init(_ blocks: [[[[Float]]]]) { self = Tensor.typed(blocks) }

  /// A scalar of shape `[]`.
  public init(_ value: Double, dtype: DType = .float32) { self = Tensor.full([], value, dtype: dtype) }

  /// A complex scalar.
  public init<Part: ComplexPart>(_ value: Complex<Part>) { self.init(typed: [value], shape: []) }

  // The generic initialisers by another name: called from an overload for Float they would be that overload.
  private init<Element: TensorElement>(typed values: [Element], shape: Shape) { self.init(values, shape: shape) }
  private static func typed<Element: TensorElement>(_ rows: [[Element]]) -> Tensor { Tensor(rows) }
  private static func typed<Element: TensorElement>(_ matrices: [[[Element]]]) -> Tensor { Tensor(matrices) }
  private static func typed<Element: TensorElement>(_ blocks: [[[[Element]]]]) -> Tensor { Tensor(blocks) }

  private static func commonCount<Element>(_ parts: [[Element]]) -> Int {
    let count = parts.first?.count ?? 0
    for part in parts where part.count != count { trap("Tensor", "parts of \(count) and of \(part.count) values") }
    return count
  }

  /// A tensor on memory that exists already; nothing is copied.
  ///
  /// The memory holds `shape.count` elements in row-major order, aligned for them, and must not be written by others while
  /// the tensor lives. Changing the tensor in place writes to it as long as no other tensor shares it.
  /// - Parameters:
  ///   - memory: `shape.count` elements; another number traps.
  ///   - shape: the sizes of the axes.
  ///   - release: called once, on any thread, when the last tensor that shares the memory is gone.
  public init<Element: TensorElement>(
    adopting memory: UnsafeMutableBufferPointer<Element>, shape: Shape, release: @escaping @Sendable () -> Void
  ) {
    require(memory.count == shape.count, "Tensor", "memory of \(memory.count) elements for shape \(shape)")
    let byteCount = shape.count * Element.dtype.byteCount
    let storage =
      memory.baseAddress.map { Storage(byteCount: byteCount, at: $0, release: release) } ?? Storage(byteCount: 0)
    self.init(shape: shape, dtype: Element.dtype, layout: .rowMajor, storage: storage, offset: 0)
    if memory.baseAddress == nil { release() }
  }
}

// MARK: - From a rule

extension Tensor {
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

  /// All elements `value`, complex64 or complex128.
  public static func full<Part: ComplexPart>(_ shape: Shape, _ value: Complex<Part>) -> Tensor {
    Tensor(value).broadcast(to: shape)
  }

  /// Elements with undefined values, to be overwritten.
  public static func uninitialized(_ shape: Shape, dtype: DType = .float32) -> Tensor {
    Tensor(uninitialized: shape, dtype: dtype)
  }

  /// 0, 1, … `count` − 1.
  public static func arange(_ count: Int, dtype: DType = .float32) -> Tensor {
    ramp(count, from: 0, by: 1).cast(to: dtype)
  }

  /// `start`, `start` + `step`, … up to `end`, which is left out; computed as start + i · step in float64.
  /// A step of 0 traps.
  public static func arange(
    from start: Double, to end: Double, by step: Double = 1, dtype: DType = .float32
  ) -> Tensor {
    require(step != 0 && step.isFinite, "arange", "a step of \(step)")
    let count = ((end - start) / step).rounded(.up)
    require(count < 0x1p53, "arange", "from \(start) to \(end) by \(step) are too many numbers")
    return ramp(Swift.max(0, Int(count)), from: start, by: step).cast(to: dtype)
  }

  /// `count` numbers at equal distances from `start` to `end`, both included.
  public static func linspace(from start: Double, to end: Double, count: Int, dtype: DType = .float32) -> Tensor {
    var result = ramp(count, from: start, by: count > 1 ? (end - start) / Double(count - 1) : 0)
    if count > 1 { result.withUnsafeMutableBuffer(Double.self) { $0[count - 1] = end } }
    return result.cast(to: dtype)
  }

  private static func ramp(_ count: Int, from start: Double, by step: Double) -> Tensor {
    let result = Tensor(uninitialized: [count], dtype: .float64)
    check(cc_ramp(count, start, step, result.pointer.assumingMemoryBound(to: Double.self)), "arange")
    return result
  }

  /// The identity: 1 on the diagonal of `rows` × `columns` (as many as rows if nil), else 0.
  public static func eye(_ rows: Int, columns: Int? = nil, dtype: DType = .float32) -> Tensor {
    let columns = columns ?? rows
    let diagonal = StridedView(sizes: [Swift.min(rows, columns)], strides: [columns + 1], start: 0)
    return Tensor.ones([Swift.min(rows, columns)], dtype: dtype).placed(diagonal, in: [rows, columns])
  }

  /// For each label a row of zeros with 1 at the label's place: shape of the labels + `[classes]`.
  ///
  /// - Parameters:
  ///   - labels: integers in 0..<classes; others trap.
  ///   - classes: size of the new axis.
  ///   - dtype: of the result.
  public static func oneHot(_ labels: Tensor, classes: Int, dtype: DType = .float32) -> Tensor {
    let places = labels.unsqueezed(axis: -1)
    require(labels.dtype.isInteger, "oneHot", "labels are \(labels.dtype), not integers")
    require(!(labels .< Tensor(0, dtype: labels.dtype)).any(), "oneHot", "a label is negative")
    return Tensor.zeros(Shape(labels.shape.sizes + [classes]), dtype: dtype)
      .scatterAdded(Tensor.ones(places.shape, dtype: dtype), at: places, axis: -1)
  }
}
