import CCore

extension Tensor {
  /// The elements in row-major order. The dtype must be that of `Element`: convert with ``cast(to:)`` first.
  public func array<Element: TensorElement>(_ type: Element.Type = Element.self) -> [Element] {
    withUnsafeBuffer(type) { Array($0) }
  }

  /// The only element; a tensor of another count traps, or of another dtype than that of `Element`.
  public func item<Element: TensorElement>(_ type: Element.Type = Element.self) -> Element {
    require(count == 1, "item", "shape \(shape) has \(count) elements, not 1")
    return withUnsafeBuffer(type) { $0[0] }
  }

  /// The only element of a tensor of any dtype as a Double, of a complex one the real part.
  public var scalar: Double { dtype == .float32 ? Double(item(Float.self)) : cast(to: .float64).item() }

  /// Gives `body` the elements in row-major order, without a copy where they already lie so.
  ///
  /// The dtype must be that of `Element`; the buffer is valid in `body` only.
  public func withUnsafeBuffer<Element: TensorElement, Result>(
    _ type: Element.Type = Element.self, _ body: (UnsafeBufferPointer<Element>) throws -> Result
  ) rethrows -> Result {
    require(Element.dtype == dtype, "withUnsafeBuffer", "elements are \(dtype), asked for as \(Element.self)")
    let source = rowMajor
    defer { withExtendedLifetime(source.storage) {} }
    return try body(
      UnsafeBufferPointer(start: source.pointer.bindMemory(to: Element.self, capacity: count), count: count))
  }

  /// Gives `body` the elements in row-major order to change. Other tensors that shared the memory keep the old values.
  ///
  /// The dtype must be that of `Element`; the buffer is valid in `body` only.
  /// A tensor that an operation has computed from others loses its history; a leaf stays a leaf.
  public mutating func withUnsafeMutableBuffer<Element: TensorElement, Result>(
    _ type: Element.Type = Element.self, _ body: (UnsafeMutableBufferPointer<Element>) throws -> Result
  ) rethrows -> Result {
    require(Element.dtype == dtype, "withUnsafeMutableBuffer", "elements are \(dtype), asked for as \(Element.self)")
    if let node, !node.isLeaf || Trace.Listener.current != nil { self.node = nil }
    makeUnique()
    defer { withExtendedLifetime(storage) {} }
    return try body(
      UnsafeMutableBufferPointer(start: pointer.bindMemory(to: Element.self, capacity: count), count: count))
  }

  /// Gives `body` the bytes of the elements in row-major order, whatever their dtype.
  package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    let source = rowMajor
    defer { withExtendedLifetime(source.storage) {} }
    return try body(UnsafeRawBufferPointer(start: source.pointer, count: count * dtype.byteCount))
  }

  /// The same values, without history, in memory of their own.
  public func copied() -> Tensor {
    let source = rowMajor
    let result = Tensor(uninitialized: shape, dtype: dtype)
    result.pointer.copyMemory(from: source.pointer, byteCount: count * dtype.byteCount)
    withExtendedLifetime(source.storage) {}
    return result
  }

  /// The same values in another dtype: to bool whether ≠ 0; from floats to integers truncated and saturated, NaN as 0;
  /// from complex numbers to others the real part.
  /// Differentiable between floating-point and complex dtypes.
  public func cast(to target: DType) -> Tensor {
    if target == dtype { return self }
    let source = rowMajor
    let result = Tensor(uninitialized: shape, dtype: target)
    check(cc_cast(dtype.c, target.c, count, source.pointer, result.pointer), "cast")
    guard target.isDifferentiable else { return result }
    return result.recorded("cast", from: [self]) { [dtype] in [$0.cast(to: dtype)] }
  }
}
