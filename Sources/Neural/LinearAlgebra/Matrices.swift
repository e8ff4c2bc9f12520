import CCore

/// A batch of matrices on its way through LAPACK: leading axes are batches, and everything is computed in float64 or
/// complex128 and given back in the dtype that came.
struct Matrices {
  let operation: String
  let shape: Shape, dtype: DType
  let batch: [Int]
  let rows: Int, columns: Int
  /// The elements in double precision, row-major, in memory of their own: LAPACK overwrites it.
  let elements: Tensor

  init(_ a: Tensor, _ operation: String, square: Bool = false) {
    require(
      a.rank >= 2 && a.dtype.isDifferentiable, operation,
      "\(a.dtype) \(a.shape): floating-point or complex matrices are expected")
    require(!square || a.shape[-1] == a.shape[-2], operation, "shape \(a.shape) is not square")
    self.operation = operation
    (shape, dtype, batch) = (a.shape, a.dtype, Array(a.shape.sizes.dropLast(2)))
    (rows, columns) = (a.shape[-2], a.shape[-1])
    let wide: DType = a.dtype.isComplex ? .complex128 : .float64
    elements = a.dtype == wide ? a.copied() : a.constant.cast(to: wide)
  }

  var count: Int { batch.reduce(1, *) }

  /// Memory for results, `sizes` for each matrix, in double precision.
  func results(_ sizes: Int..., real: Bool = false) -> Tensor {
    Tensor(uninitialized: Shape(batch + sizes), dtype: real ? .float64 : elements.dtype)
  }

  /// The results in the dtype that came.
  func given(_ result: Tensor) -> Tensor { result.cast(to: result.dtype.isComplex ? dtype : dtype.real) }

  /// Where matrix `number` of a batch begins.
  func matrix(_ tensor: Tensor, _ number: Int) -> UnsafeMutableRawPointer {
    tensor.pointer + tensor.count / Swift.max(count, 1) * number * tensor.dtype.byteCount
  }

  func reals(_ tensor: Tensor, _ number: Int) -> UnsafeMutablePointer<Double> {
    matrix(tensor, number).assumingMemoryBound(to: Double.self)
  }

  /// Calls LAPACK for each matrix.
  func forEach(
    others: [Tensor] = [], _ call: (_ number: Int, _ dtype: cc_dtype, _ matrix: UnsafeMutableRawPointer) -> cc_status
  ) throws(LinearAlgebraError) {
    guard ([elements] + others).allSatisfy({ $0.isFinite().all() }) else {
      throw .notFinite(operation: operation, shape: shape)
    }
    for number in 0..<count {
      switch call(number, elements.dtype.c, matrix(elements, number)) {
      case CC_OK: continue
      case CC_SINGULAR: throw .singular(operation: operation, shape: shape)
      case CC_NO_CONVERGENCE: throw .notConverged(operation: operation, shape: shape)
      case let status: check(status, operation, "\(dtype) \(shape)")
      }
    }
  }
}

extension Tensor {
  /// Matrices transposed and conjugated.
  var adjoint: Tensor { transposed().conjugate() }
}
