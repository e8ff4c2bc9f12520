import CCore

/// An element type of a file: a dtype, or one that tensors do not have and that is read as a wider dtype.
struct StoredType: Sendable {
  /// What the formats call it; nil in a format that does not have it.
  let safetensors: String?, npy: String?
  /// What it is read as.
  let dtype: DType
  /// How it becomes that; nil if it is that already.
  private let widening: (type: cc_stored, byteCount: Int)?

  private init(_ safetensors: String?, _ npy: String?, _ dtype: DType, _ widening: (cc_stored, Int)? = nil) {
    (self.safetensors, self.npy, self.dtype) = (safetensors, npy, dtype)
    self.widening = widening.map { (type: $0.0, byteCount: $0.1) }
  }

  /// Dtypes first: they are what is written.
  static let all = [
    StoredType("F32", "f4", .float32), StoredType("F64", "f8", .float64),
    StoredType("I32", "i4", .int32), StoredType("I64", "i8", .int64),
    StoredType("U8", "u1", .uint8), StoredType("BOOL", "b1", .bool),
    StoredType("C64", "c8", .complex64), StoredType(nil, "c16", .complex128),
    StoredType("F16", "f2", .float32, (CC_STORED_FLOAT16, 2)),
    StoredType("BF16", nil, .float32, (CC_STORED_BFLOAT16, 2)),
    StoredType("I8", "i1", .int32, (CC_STORED_INT8, 1)), StoredType("I16", "i2", .int32, (CC_STORED_INT16, 2)),
    StoredType("U16", "u2", .int32, (CC_STORED_UINT16, 2)), StoredType("U32", "u4", .int64, (CC_STORED_UINT32, 4)),
  ]

  /// The type that holds a dtype as it is.
  static func of(_ dtype: DType) -> StoredType { all.first { $0.dtype == dtype && $0.widening == nil } ?? all[0] }

  /// Bytes of one element in the file.
  var byteCount: Int { widening?.byteCount ?? dtype.byteCount }

  /// Bytes of an array; nil if a size is negative or a product of sizes overflows, also one next to a size of 0.
  func byteCount(_ sizes: [Int]) -> Int? {
    let bytes = sizes.reduce(Optional(byteCount)) { product, size in
      guard let product, size >= 0 else { return nil }
      let (next, overflow) = product.multipliedReportingOverflow(by: max(size, 1))
      return overflow ? nil : next
    }
    return sizes.contains(0) ? bytes.map { _ in 0 } : bytes
  }

  /// The elements in `bytes`, which are those of the shape and need no alignment; nil if a bool is neither 0 nor 1.
  func tensor(_ shape: Shape, from bytes: UnsafeRawBufferPointer, bigEndian: Bool = false) -> Tensor? {
    let count = shape.count
    let result = Tensor(uninitialized: shape, dtype: dtype)
    // Elements of a file may lie at any address, and in the other byte order: they are put right in memory of ours.
    let stored = widening == nil ? result.storage : Storage(byteCount: bytes.count)
    if let base = bytes.baseAddress { stored.pointer.copyMemory(from: base, byteCount: bytes.count) }
    if bigEndian {
      let parts = dtype.isComplex ? 2 : 1
      check(cc_swap_bytes(byteCount / parts, count * parts, stored.pointer), "read")
    }
    if let widening { check(cc_widen(widening.type, count, stored.pointer, result.pointer), "read") }
    if dtype == .bool {
      let values = UnsafeRawBufferPointer(start: result.pointer, count: count)
      guard values.allSatisfy({ $0 <= 1 }) else { return nil }
    }
    return result
  }
}
