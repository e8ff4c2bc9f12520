import CCore

/// Elements chosen by tensors of indices: int32, int64 or uint8; negative ones count from the end, others that do not
/// exist trap.
extension Tensor {
  /// The places `indices` of an axis, which is replaced by the axes of `indices`: NumPy's `take`, and an embedding.
  public func selected(_ indices: Tensor, axis: Int = 0) -> Tensor {
    let axis = shape.normalized(axis: axis, "select")
    let sizes = shape.sizes
    let flat = indices.flattened()
    var gather = cc_gather_shape(axis: axis, of: shape, count: flat.count)
    gather.index_strides = (0, 1, 0)
    return gathered(flat, gather, Shape(sizes[..<axis] + indices.shape.sizes + sizes[(axis + 1)...]), "select")
  }

  /// Rows of the first axis, repeated or left out as the indices say.
  public func rows(_ indices: some Collection<Int>) -> Tensor { selected(Tensor(Array(indices))) }

  /// For each index the element at that place of the axis, all other places being those of the index: PyTorch's `gather`.
  ///
  /// - Parameters:
  ///   - indices: of this shape, except along `axis`; the result has its shape.
  ///   - axis: negative ones count from the end.
  public func gathered(_ indices: Tensor, axis: Int) -> Tensor {
    let axis = shape.normalized(axis: axis, "gather")
    return gathered(indices, elementwise(axis, indices, "gather"), indices.shape, "gather")
  }

  /// This with `values` added where the indices say, repeated ones too: the derivative of ``gathered(_:axis:)``.
  ///
  /// - Parameters:
  ///   - values: of this dtype and of the indices' shape.
  ///   - indices: places of `axis`; of this shape, except along `axis`.
  ///   - axis: negative ones count from the end.
  public func scatterAdded(_ values: Tensor, at indices: Tensor, axis: Int) -> Tensor {
    let axis = shape.normalized(axis: axis, "scatterAdd")
    require(
      values.shape == indices.shape && values.dtype == dtype, "scatterAdd",
      "\(values.dtype) \(values.shape) at indices of shape \(indices.shape) to \(dtype) \(shape)")
    let gather = elementwise(axis, indices, "scatterAdd")
    let places = indices.asIndices("scatterAdd")
    var result = constant
    result.makeUnique()
    result.scatterAdd(values, places, gather, "scatterAdd")
    return result.recorded("scatterAdd", from: [self, values]) { [$0, $0.gathered(places, axis: axis)] }
  }

  /// The elements at which a bool tensor is true, in order: rows if it has fewer axes. Its axes are the first of this.
  public func selected(where mask: Tensor) -> Tensor {
    require(
      mask.dtype == .bool && mask.rank <= rank && shape.sizes.starts(with: mask.shape.sizes), "select",
      "\(mask.dtype) \(mask.shape) for a tensor of shape \(shape)")
    let rest = shape.sizes[mask.rank...]
    return reshaped(Shape([mask.count] + rest)).rows(mask.truePlaces)
  }

  /// The numbers, in row-major order, of the elements of a bool tensor that are true.
  var truePlaces: [Int] { withUnsafeBuffer(Bool.self) { values in values.indices.filter { values[$0] } } }

  private func gathered(_ indices: Tensor, _ gather: cc_gather_shape, _ target: Shape, _ name: String) -> Tensor {
    let places = indices.asIndices(name)
    let source = rowMajor
    let result = Tensor(uninitialized: target, dtype: dtype)
    var gather = gather
    let status = cc_gather(
      &gather, dtype.byteCount, places.pointer.assumingMemoryBound(to: Int64.self), source.pointer, result.pointer)
    check(status, name, "indices of an axis of size \(gather.size)")
    withExtendedLifetime((places.storage, source.storage)) {}
    return result.recorded(name, from: [self]) { [shape, dtype, gather] dy in
      var dx = Tensor.zeros(shape, dtype: dtype)
      dx.scatterAdd(dy, places, gather, name)
      return [dx]
    }
  }

  private mutating func scatterAdd(_ values: Tensor, _ places: Tensor, _ gather: cc_gather_shape, _ name: String) {
    let source = values.rowMajor
    var gather = gather
    let status = cc_scatter_add(
      &gather, dtype.c, places.pointer.assumingMemoryBound(to: Int64.self), source.pointer, pointer)
    check(status, name, "\(dtype), indices of an axis of size \(gather.size)")
    withExtendedLifetime((places.storage, source.storage)) {}
  }

  private func elementwise(_ axis: Int, _ indices: Tensor, _ name: String) -> cc_gather_shape {
    require(
      indices.rank == rank
        && shape.sizes.indices.allSatisfy { $0 == axis || indices.shape.sizes[$0] == shape.sizes[$0] },
      name, "indices of shape \(indices.shape) for axis \(axis) of a tensor of shape \(shape)")
    var gather = cc_gather_shape(axis: axis, of: shape, count: indices.shape.sizes[axis])
    gather.index_strides = (gather.count * gather.inner, gather.inner, 1)
    return gather
  }

  private func asIndices(_ name: String) -> Tensor {
    require(dtype.isInteger, name, "indices are \(dtype), not integers")
    return constant.cast(to: .int64).rowMajor
  }
}

extension cc_gather_shape {
  fileprivate init(axis: Int, of shape: Shape, count: Int) {
    self.init()
    outer = shape.sizes[..<axis].reduce(1, *)
    size = shape.sizes[axis]
    inner = shape.sizes[(axis + 1)...].reduce(1, *)
    self.count = count
  }
}
