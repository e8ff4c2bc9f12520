import CCore

// MARK: - The same elements in another shape: memory is shared

extension Tensor {
  /// The same elements in another shape of the same count; one size may be −1 and is then inferred. Shares memory.
  public func reshaped(_ sizes: [Int]) -> Tensor {
    let unknown = sizes.indices.filter { sizes[$0] == -1 }
    require(unknown.count <= 1, "reshape", "more than one size of \(sizes) is to be inferred")
    var sizes = sizes
    if let unknown = unknown.first {
      let known = sizes.indices.reduce(1) { $1 == unknown ? $0 : $0 * sizes[$1] }
      require(known > 0 && count % known == 0, "reshape", "shape \(shape) does not divide into \(sizes)")
      sizes[unknown] = count / known
    }
    return reshaped(Shape(sizes))
  }

  /// The same elements in another shape of the same count. Shares memory.
  public func reshaped(_ target: Shape) -> Tensor {
    require(target.count == count, "reshape", "shape \(shape) has \(count) elements, \(target) has \(target.count)")
    if target == shape { return self }
    return constant.viewed(as: target).recorded("reshape", from: [self]) { [shape] in [$0.viewed(as: shape)] }
  }

  /// Axes from `axis` on become one: `[64, 16, 4, 4]` flattened from 1 is `[64, 256]`. Shares memory.
  public func flattened(from axis: Int = 0) -> Tensor {
    if rank == 0 { return reshaped([1]) }
    let axis = shape.normalized(axis: axis, "flatten")
    let sizes = shape.sizes
    return reshaped(Shape(sizes[..<axis] + [sizes[axis...].reduce(1, *)]))
  }

  /// Without any axis of size 1. Shares memory.
  public func squeezed() -> Tensor { reshaped(Shape(shape.sizes.filter { $0 != 1 })) }

  /// Without an axis of size 1; one of another size traps. Shares memory.
  public func squeezed(axis: Int) -> Tensor {
    let axis = shape.normalized(axis: axis, "squeeze")
    require(shape.sizes[axis] == 1, "squeeze", "axis \(axis) of shape \(shape) has size \(shape.sizes[axis]), not 1")
    var sizes = shape.sizes
    sizes.remove(at: axis)
    return reshaped(Shape(sizes))
  }

  /// With a new axis of size 1 before `axis` (−1: at the end). Shares memory.
  public func unsqueezed(axis: Int) -> Tensor {
    let at = axis < 0 ? axis + rank + 1 : axis
    require(at >= 0 && at <= rank, "unsqueeze", "axis \(axis) of a tensor of shape \(shape)")
    var sizes = shape.sizes
    sizes.insert(1, at: at)
    return reshaped(Shape(sizes))
  }

  /// A shape of the same count, without history. The interleaved layout survives if the batch axis does.
  func viewed(as target: Shape) -> Tensor {
    if target == shape { return constant }
    let survives = layout == .rowMajor || target.rank >= 2 && target[0] == shape[0]
    let source = survives ? self : rowMajor
    return Tensor(
      shape: target, dtype: dtype, layout: source.layout, storage: source.storage, offset: source.offset)
  }
}

// MARK: - Other orders of the elements: copies

extension Tensor {
  /// Axes in another order: axis i of the result is axis `axes[i]` of this; each must be named once. Copies.
  public func permuted(_ axes: [Int]) -> Tensor {
    let order = axes.map { shape.normalized(axis: $0, "permute") }
    require(order.count == rank && Set(order).count == rank, "permute", "axes \(axes) of a tensor of shape \(shape)")
    let whole = StridedView(of: shape)
    return read(
      StridedView(sizes: order.map { whole.sizes[$0] }, strides: order.map { whole.strides[$0] }, start: 0), "permute",
      ["axes": .integers(order)])
  }

  /// Two axes exchanged; by default the last two: a matrix transposed. Copies.
  public func transposed(_ first: Int = -2, _ second: Int = -1) -> Tensor {
    var order = Array(0..<rank)
    order.swapAt(shape.normalized(axis: first, "transpose"), shape.normalized(axis: second, "transpose"))
    return permuted(order)
  }

  /// In reverse order along each of `axes` (all axes if nil). Copies.
  public func flipped(axes: [Int]? = nil) -> Tensor {
    var view = StridedView(of: shape)
    for axis in Set((axes ?? Array(0..<rank)).map { shape.normalized(axis: $0, "flip") }) where shape.sizes[axis] > 0 {
      view.start += (shape.sizes[axis] - 1) * view.strides[axis]
      view.strides[axis] *= -1
    }
    return read(view, "flip")
  }

  /// The elements `[…, i, i + offset]` of matrices, as the last axis of the result. Copies.
  public func diagonal(offset: Int = 0) -> Tensor {
    require(rank >= 2, "diagonal", "shape \(shape) is no matrix")
    let (rows, columns) = (shape[-2], shape[-1])
    var view = StridedView(of: shape)
    view.sizes[rank - 2] = Swift.max(0, Swift.min(rows + Swift.min(offset, 0), columns - Swift.max(offset, 0)))
    view.strides[rank - 2] = columns + 1
    view.start = view.sizes[rank - 2] == 0 ? 0 : offset >= 0 ? offset : -offset * columns
    view.sizes.removeLast()
    view.strides.removeLast()
    return read(view, "diagonal")
  }

  /// Repeated along axes of size 1 and along new leading axes; a shape that cannot be reached so traps. Copies.
  public func broadcast(to target: Shape) -> Tensor {
    if target == shape { return self }
    require(shape.broadcast(with: target) == target, "broadcast", "shape \(shape) does not broadcast to \(target)")
    let view = StridedView(sizes: target.sizes, strides: shape.strides(broadcastTo: target), start: 0)
    return taken(view, "broadcast").recorded("broadcast", from: [self]) { [shape] in [$0.summed(to: shape)] }
  }
}

// MARK: - Parts and wholes

extension Tensor {
  /// Tensors of one dtype, one after another along an axis along which alone their sizes may differ. None at all trap.
  /// Copies.
  public static func concatenated(_ parts: [Tensor], axis: Int = 0) -> Tensor {
    guard let first = parts.first else { trap("concatenate", "no tensors") }
    let axis = first.shape.normalized(axis: axis, "concatenate")
    var sizes = first.shape.sizes
    sizes[axis] = 0
    for part in parts {
      let fits =
        part.rank == first.rank && part.dtype == first.dtype
        && sizes.indices.allSatisfy { $0 == axis || part.shape.sizes[$0] == sizes[$0] }
      require(
        fits, "concatenate",
        "\(first.dtype) \(first.shape) and \(part.dtype) \(part.shape) along axis \(axis)")
      sizes[axis] += part.shape.sizes[axis]
    }
    var result = Tensor(uninitialized: Shape(sizes), dtype: first.dtype)
    var ranges: [Range<Int>] = []
    for part in parts {
      let start = ranges.last?.upperBound ?? 0
      ranges.append(start..<start + part.shape.sizes[axis])
      let strides = result.shape.strides
      result.write(
        part, to: StridedView(sizes: part.shape.sizes, strides: strides, start: start * strides[axis]), "concatenate")
    }
    return result.recorded("concatenate", from: parts, ["axis": .integers([axis])]) { [ranges] gradient in
      ranges.map { gradient.narrowed(axis: axis, $0) }
    }
  }

  /// Tensors of one shape as the rows of a new axis. Copies.
  public static func stacked(_ parts: [Tensor], axis: Int = 0) -> Tensor {
    concatenated(parts.map { $0.unsqueezed(axis: axis) }, axis: axis)
  }

  /// Parts of the given sizes, which add up to the axis.
  public func split(_ sizes: [Int], axis: Int = 0) -> [Tensor] {
    require(
      sizes.allSatisfy { $0 >= 0 } && sizes.reduce(0, +) == shape[axis], "split",
      "sizes \(sizes) of axis \(axis) of a tensor of shape \(shape)")
    var end = 0
    return sizes.map { size in
      end += size
      return narrowed(axis: axis, end - size..<end)
    }
  }

  /// `count` parts, at least 1, of equal size, the last of which may be smaller; fewer if the axis does not have enough places.
  public func chunked(_ count: Int, axis: Int = 0) -> [Tensor] {
    require(count > 0, "chunk", "\(count) parts")
    let total = shape[axis]
    let size = Swift.max(1, (total + count - 1) / count)
    return split(stride(from: 0, to: Swift.max(total, 1), by: size).map { Swift.min(size, total - $0) }, axis: axis)
  }

  /// With `value` before and after the elements, for each axis so many times. Copies.
  ///
  /// - Parameters:
  ///   - widths: for each axis, the last axes if there are fewer, how many before and after; not negative.
  ///   - value: cast to the tensor's dtype.
  public func padded(_ widths: [(before: Int, after: Int)], value: Double = 0) -> Tensor {
    require(
      widths.count <= rank && widths.allSatisfy { $0.before >= 0 && $0.after >= 0 }, "pad",
      "\(widths.map { "\($0.before), \($0.after)" }) around a tensor of shape \(shape)")
    let all = [(before: Int, after: Int)](repeating: (0, 0), count: rank - widths.count) + widths
    let target = Shape(zip(shape.sizes, all).map { $0 + $1.before + $1.after })
    let strides = target.strides
    let view = StridedView(
      sizes: shape.sizes, strides: strides, start: zip(strides, all).reduce(0) { $0 + $1.0 * $1.1.before })
    var result = Tensor.full(target, value, dtype: dtype)
    result.write(self, to: view, "pad")
    return result.recorded(
      "pad", from: [self], ["widths": .integers(all.map(\.before) + all.map(\.after)), "value": .numbers([value])]
    ) { [$0.taken(view, "pad")] }
  }
}
