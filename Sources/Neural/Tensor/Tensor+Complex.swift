/// Complex tensors and their parts. The gradient with respect to z is ∂L/∂Re z + i · ∂L/∂Im z, PyTorch's convention (twice
/// ∂L/∂z*, the direction in which a real L grows fastest), so that real and imaginary parts learn like real numbers.
extension Tensor {
  /// real + i · imaginary, with broadcasting; both float32 or both float64.
  public static func complex(real: Tensor, imaginary: Tensor) -> Tensor {
    require(
      real.dtype == imaginary.dtype && real.dtype.isFloatingPoint, "complex",
      "\(real.dtype) \(real.shape) and \(imaginary.dtype) \(imaginary.shape): both must be float32 or both float64")
    guard let shape = real.shape.broadcast(with: imaginary.shape) else {
      trap("complex", "shapes \(real.shape) and \(imaginary.shape) do not broadcast")
    }
    return stacked([real.broadcast(to: shape), imaginary.broadcast(to: shape)], axis: -1).pairsAsComplex()
  }

  /// The real parts; a real tensor's own elements.
  public var real: Tensor { dtype.isComplex ? complexAsPairs()[.ellipsis, 0] : self }

  /// The imaginary parts; 0 for a real tensor.
  public var imaginary: Tensor {
    dtype.isComplex ? complexAsPairs()[.ellipsis, 1] : Tensor.zeros(shape, dtype: dtype)
  }

  /// With imaginary parts negated; a real tensor itself.
  public func conjugate() -> Tensor {
    guard dtype.isComplex else { return self }
    return (complexAsPairs() * Tensor([1, -1]).cast(to: dtype.real)).pairsAsComplex()
  }

  /// The angles of complex numbers in the plane, in −π...π; 0 for 0, which has the derivative 0.
  public func angle() -> Tensor { Tensor.atan2(imaginary, real) }

  /// Complex numbers as a last axis of real and imaginary part. Shares memory.
  public func complexAsPairs() -> Tensor {
    require(dtype.isComplex, "complexAsPairs", "\(dtype) is not complex")
    let source = rowMajor
    let pairs = Tensor(
      shape: Shape(shape.sizes + [2]), dtype: dtype.real, layout: .rowMajor, storage: source.storage,
      offset: source.offset * 2)
    return pairs.recorded("complexAsPairs", from: [self]) { [$0.pairsAsComplex()] }
  }

  /// A last axis of real and imaginary part as complex numbers. Shares memory.
  public func pairsAsComplex() -> Tensor {
    require(
      dtype.isFloatingPoint && shape.sizes.last == 2, "pairsAsComplex", "\(dtype) \(shape) is not pairs of floats")
    let source = offset % 2 == 0 ? rowMajor : rowMajor.copied()
    let complex = Tensor(
      shape: Shape(shape.sizes.dropLast()), dtype: dtype == .float32 ? .complex64 : .complex128, layout: .rowMajor,
      storage: source.storage, offset: source.offset / 2)
    return complex.recorded("pairsAsComplex", from: [self]) { [$0.complexAsPairs()] }
  }
}
