import CCore

/// Some elements of a row-major array in some order: element (i, j, …) is number start + i · strides[0] + j · strides[1] + …
///
/// Slices, steps, flips, transposes and diagonals are all such views. There are two operations on them, each the other's
/// derivative: ``Tensor/read(_:_:)`` takes the elements out, ``Tensor/placed(_:in:_:)`` puts them between zeros.
struct StridedView: Sendable {
  var sizes: [Int]
  var strides: [Int]
  var start: Int

  /// Every element, in order.
  init(of shape: Shape) { (sizes, strides, start) = (shape.sizes, shape.strides, 0) }

  init(sizes: [Int], strides: [Int], start: Int) { (self.sizes, self.strides, self.start) = (sizes, strides, start) }

  /// Whether the elements lie one after another in their order, so that memory can be shared.
  var isContiguous: Bool {
    var expected = 1
    for (size, stride) in zip(sizes, strides).reversed() where size != 1 {
      if stride != expected && !sizes.contains(0) { return false }
      expected *= size
    }
    return true
  }
}

extension Tensor {
  /// The elements of a view that has no element twice. Shares memory if they lie one after another, else copies.
  func read(
    _ view: StridedView, _ name: String, _ attributes: @autoclosure () -> [String: Trace.Attribute] = [:]
  ) -> Tensor {
    taken(view, name).recorded(name, from: [self], attributes()) { [shape] in [$0.placed(view, in: shape, name)] }
  }

  /// The elements of any view, without history.
  func taken(_ view: StridedView, _ name: String) -> Tensor {
    let source = rowMajor
    let target = Shape(view.sizes)
    if view.isContiguous {
      return Tensor(
        shape: target, dtype: dtype, layout: .rowMajor, storage: source.storage, offset: source.offset + view.start)
    }
    require(target.rank <= CC_MAX_RANK, name, "rank \(target.rank) is above \(CC_MAX_RANK)")
    let result = Tensor(uninitialized: target, dtype: dtype)
    check(
      cc_copy_strided(
        dtype.byteCount, Int32(target.rank), view.sizes, view.strides, source.pointer + view.start * dtype.byteCount,
        result.pointer), name)
    return result
  }

  /// An array of zeros with these elements where the view, which has none twice, says. Copies.
  func placed(_ view: StridedView, in shape: Shape, _ name: String = "place") -> Tensor {
    var result =
      count == shape.count ? Tensor(uninitialized: shape, dtype: dtype) : Tensor.zeros(shape, dtype: dtype)
    result.write(self, to: view, name)
    return result.recorded(name, from: [self]) { [$0.taken(view, name)] }
  }

  /// Overwrites elements of this tensor, whose memory nobody else holds, in row-major order.
  mutating func write(_ values: Tensor, to view: StridedView, _ name: String) {
    require(view.sizes.count <= CC_MAX_RANK, name, "rank \(view.sizes.count) is above \(CC_MAX_RANK)")
    let source = values.rowMajor
    check(
      cc_copy_into_strided(
        dtype.byteCount, Int32(view.sizes.count), view.sizes, view.strides, source.pointer,
        pointer + view.start * dtype.byteCount), name)
    withExtendedLifetime(source.storage) {}
  }
}
