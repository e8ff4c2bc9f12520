import CCore

/// An n-dimensional array: a value, with copy-on-write memory, that may remember how it was computed.
///
/// Elements are in row-major order: images are `[batch, channels, height, width]`, weights of a convolution
/// `[outChannels, inChannels, height, width]`, as in PyTorch. Assigning, passing, reshaping and taking leading rows
/// share memory; every other operation makes a new tensor, and changing a tensor never changes another.
///
/// Inside a network a float32 tensor may lie in memory interleaved by 16 images, which is where CCore is fastest.
/// That is visible only in time: reading elements converts.
public struct Tensor: Sendable {
  /// The sizes of the axes.
  public let shape: Shape
  /// The type of the elements.
  public let dtype: DType
  let layout: Layout
  var storage: Storage
  /// Index of the first element in the storage; 0 unless row-major.
  let offset: Int
  /// The tape entry that made this tensor, or its leaf; nil for a constant.
  var node: Node?

  /// How the elements lie in memory: see `cc_layout`.
  enum Layout: Sendable {
    case rowMajor, interleaved
    var c: cc_layout { self == .rowMajor ? CC_ROW_MAJOR : CC_INTERLEAVED }
  }

  /// A new tensor with undefined elements.
  init(uninitialized shape: Shape, dtype: DType, layout: Layout = .rowMajor) {
    self.shape = shape
    self.dtype = dtype
    self.layout = layout
    let count = layout == .rowMajor ? shape.count : Tensor.interleavedCount(shape)
    storage = Storage(byteCount: count * dtype.byteCount)
    offset = 0
  }

  /// A view of elements of `storage`, from `offset` on.
  init(shape: Shape, dtype: DType, layout: Layout, storage: Storage, offset: Int, node: Node? = nil) {
    self.shape = shape
    self.dtype = dtype
    self.layout = layout
    self.storage = storage
    self.offset = offset
    self.node = node
  }

  /// Number of elements.
  public var count: Int { shape.count }

  /// Number of axes.
  public var rank: Int { shape.rank }

  /// Elements in memory, those of padding lanes included.
  var memoryCount: Int { layout == .rowMajor ? shape.count : Tensor.interleavedCount(shape) }

  /// The first element; valid while the tensor is alive.
  var pointer: UnsafeMutableRawPointer { storage.pointer + offset * dtype.byteCount }

  /// The same values without a history.
  var constant: Tensor {
    var result = self
    result.node = nil
    return result
  }

  static func interleavedCount(_ shape: Shape) -> Int {
    cc_interleaved_count(Int32(shape[0]), shape.sizes.dropFirst().reduce(1, *))
  }
}

// MARK: - Layouts

extension Tensor {
  /// Fewest images for which the interleaved layout is used: below it most lanes would be empty.
  static let fewestInterleavedImages = 16

  /// Whether this may be brought into the interleaved layout with profit.
  var canInterleave: Bool {
    layout == .interleaved || dtype == .float32 && rank >= 2 && shape[0] >= Tensor.fewestInterleavedImages
  }

  /// The same values, without history, in row-major order.
  var rowMajor: Tensor {
    if layout == .rowMajor { return constant }
    let result = Tensor(uninitialized: shape, dtype: dtype)
    check(
      cc_deinterleave(
        Int32(shape[0]), shape.sizes.dropFirst().reduce(1, *), storage.pointer.assumingMemoryBound(to: Float.self),
        result.pointer.assumingMemoryBound(to: Float.self)), "deinterleave")
    return result
  }

  /// The same values, without history, interleaved by 16 images; float32 of rank 2 or more only.
  var interleaved: Tensor {
    if layout == .interleaved { return constant }
    let result = Tensor(uninitialized: shape, dtype: dtype, layout: .interleaved)
    check(
      cc_interleave(
        Int32(shape[0]), shape.sizes.dropFirst().reduce(1, *), pointer.assumingMemoryBound(to: Float.self),
        result.pointer.assumingMemoryBound(to: Float.self)), "interleave")
    return result
  }

  /// The same values, without history, in the given layout.
  func inLayout(_ layout: Layout) -> Tensor { layout == .rowMajor ? rowMajor : interleaved }

  /// Memory that only this tensor holds, in row-major order from the first element on: what may be written.
  mutating func makeUnique() {
    if layout == .interleaved {
      let history = node
      self = rowMajor
      node = history
    }
    if isKnownUniquelyReferenced(&storage) { return }
    let copy = Storage(byteCount: count * dtype.byteCount)
    copy.pointer.copyMemory(from: pointer, byteCount: count * dtype.byteCount)
    self = Tensor(shape: shape, dtype: dtype, layout: .rowMajor, storage: copy, offset: 0, node: node)
  }
}
