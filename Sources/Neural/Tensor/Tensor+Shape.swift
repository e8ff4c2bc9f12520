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

  /// Without an axis of size 1. Shares memory.
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
  /// Axes in another order: axis i of the result is axis `axes[i]` of this. Copies.
  public func permuted(_ axes: [Int]) -> Tensor {
    let order = axes.map { shape.normalized(axis: $0, "permute") }
    require(order.count == rank && Set(order).count == rank, "permute", "axes \(axes) of a tensor of shape \(shape)")
    let inverse = order.indices.map { axis in order.firstIndex(of: axis) ?? 0 }
    let strides = shape.strides
    return copied(Shape(order.map { shape.sizes[$0] }), strides: order.map { strides[$0] })
      .recorded("permute", from: [self]) { [$0.permuted(inverse)] }
  }

  /// Two axes exchanged; by default the last two: a matrix transposed. Copies.
  public func transposed(_ first: Int = -2, _ second: Int = -1) -> Tensor {
    var order = Array(0..<rank)
    order.swapAt(shape.normalized(axis: first, "transpose"), shape.normalized(axis: second, "transpose"))
    return permuted(order)
  }

  /// Repeated along axes of size 1 and along new leading axes. Copies.
  public func broadcast(to target: Shape) -> Tensor {
    if target == shape { return self }
    require(shape.broadcast(with: target) == target, "broadcast", "shape \(shape) does not broadcast to \(target)")
    return copied(target, strides: shape.strides(broadcastTo: target))
      .recorded("broadcast", from: [self]) { [shape] in [$0.summed(to: shape)] }
  }

  /// A contiguous copy of a strided view of this tensor, without history.
  private func copied(_ target: Shape, strides: [Int], from start: Int = 0) -> Tensor {
    require(target.rank <= CC_MAX_RANK, "Tensor", "rank \(target.rank) is above \(CC_MAX_RANK)")
    let source = rowMajor
    let result = Tensor(uninitialized: target, dtype: dtype)
    check(
      cc_copy_strided(
        dtype.byteCount, Int32(target.rank), target.sizes, strides, source.pointer + start * dtype.byteCount,
        result.pointer), "copy")
    return result
  }

  /// The part `range` of an axis. Shares memory if that is the first axis, else copies.
  public func narrowed(axis: Int, _ range: Range<Int>) -> Tensor {
    let axis = shape.normalized(axis: axis, "narrow")
    require(
      range.lowerBound >= 0 && range.upperBound <= shape.sizes[axis], "narrow",
      "\(range) of axis \(axis) of a tensor of shape \(shape)")
    var sizes = shape.sizes
    sizes[axis] = range.count
    let target = Shape(sizes)
    let strides = shape.strides
    let start = range.lowerBound * strides[axis]
    let part: Tensor
    if axis == 0 {
      let source = rowMajor
      part = Tensor(
        shape: target, dtype: dtype, layout: .rowMajor, storage: source.storage, offset: source.offset + start)
    } else {
      part = copied(target, strides: strides, from: start)
    }
    return part.recorded("narrow", from: [self]) { [shape, dtype] gradient in
      let whole = Tensor.zeros(shape, dtype: dtype)
      let source = gradient.rowMajor
      check(
        cc_copy_into_strided(
          dtype.byteCount, Int32(target.rank), target.sizes, strides, source.pointer,
          whole.pointer + start * dtype.byteCount), "narrow")
      return [whole]
    }
  }

  /// Row `index` along the first axis, which disappears; negative indices count from the end. Shares memory.
  public subscript(index: Int) -> Tensor {
    require(rank > 0, "subscript", "a scalar has no rows")
    let row = index < 0 ? index + shape.sizes[0] : index
    require(row >= 0 && row < shape.sizes[0], "subscript", "row \(index) of a tensor of shape \(shape)")
    return narrowed(axis: 0, row..<row + 1).squeezed(axis: 0)
  }

  /// Rows `range` along the first axis. Shares memory.
  public subscript(range: Range<Int>) -> Tensor {
    require(rank > 0, "subscript", "a scalar has no rows")
    return narrowed(axis: 0, range)
  }

  /// Tensors one after another along an axis along which alone their sizes may differ. Copies.
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
    let result = Tensor(uninitialized: Shape(sizes), dtype: first.dtype)
    let strides = result.shape.strides
    var ranges: [Range<Int>] = []
    for part in parts {
      let start = ranges.last?.upperBound ?? 0
      ranges.append(start..<start + part.shape.sizes[axis])
      let source = part.rowMajor
      check(
        cc_copy_into_strided(
          first.dtype.byteCount, Int32(part.rank), part.shape.sizes, strides, source.pointer,
          result.pointer + start * strides[axis] * first.dtype.byteCount), "concatenate")
    }
    return result.recorded("concatenate", from: parts) { [ranges] gradient in
      ranges.map { gradient.narrowed(axis: axis, $0) }
    }
  }

  /// Tensors of one shape as the rows of a new axis. Copies.
  public static func stacked(_ parts: [Tensor], axis: Int = 0) -> Tensor {
    concatenated(parts.map { $0.unsqueezed(axis: axis) }, axis: axis)
  }

  /// Rows of the first axis by index, repeated or left out as the indices say. Copies; not differentiable.
  public func rows(_ indices: some Collection<Int>) -> Tensor {
    require(rank > 0, "rows", "a scalar has no rows")
    let source = rowMajor
    let result = Tensor(uninitialized: Shape([indices.count] + shape.sizes.dropFirst()), dtype: dtype)
    let rowBytes = shape.sizes.dropFirst().reduce(1, *) * dtype.byteCount
    for (place, index) in indices.enumerated() {
      require(index >= 0 && index < shape.sizes[0], "rows", "row \(index) of a tensor of shape \(shape)")
      (result.pointer + place * rowBytes).copyMemory(from: source.pointer + index * rowBytes, byteCount: rowBytes)
    }
    return result
  }
}
