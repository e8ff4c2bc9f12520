import CCore

/// Random tensors. Without a generator they draw from the default one, ``Random``.
extension Tensor {
  /// Uniform in `[low, high)`; float32 or float64.
  public static func uniform(_ shape: Shape, in range: Range<Double> = 0..<1, dtype: DType = .float32) -> Tensor {
    random(shape, dtype, Random.take(shape.count, of: dtype)) {
      cc_random_uniform($0, $1, $2, range.lowerBound, range.upperBound, $3)
    }
  }

  /// Uniform in `[low, high)`; float32 or float64.
  public static func uniform(
    _ shape: Shape, in range: Range<Double> = 0..<1, dtype: DType = .float32, using generator: inout Philox
  ) -> Tensor {
    random(shape, dtype, generator.take(shape.count, of: dtype)) {
      cc_random_uniform($0, $1, $2, range.lowerBound, range.upperBound, $3)
    }
  }

  /// Normal with the given mean and standard deviation; float32 or float64.
  public static func normal(
    _ shape: Shape, mean: Double = 0, standardDeviation: Double = 1, dtype: DType = .float32
  ) -> Tensor {
    random(shape, dtype, Random.take(shape.count, of: dtype)) {
      cc_random_normal($0, $1, $2, mean, standardDeviation, $3)
    }
  }

  /// Normal with the given mean and standard deviation; float32 or float64.
  public static func normal(
    _ shape: Shape, mean: Double = 0, standardDeviation: Double = 1, dtype: DType = .float32,
    using generator: inout Philox
  ) -> Tensor {
    random(shape, dtype, generator.take(shape.count, of: dtype)) {
      cc_random_normal($0, $1, $2, mean, standardDeviation, $3)
    }
  }

  private static func random(
    _ shape: Shape, _ dtype: DType, _ state: cc_random,
    _ fill: (cc_dtype, cc_random, Int, UnsafeMutableRawPointer) -> cc_status
  ) -> Tensor {
    require(dtype.isFloatingPoint, "random", "\(dtype) has no random numbers; draw float32 and cast")
    let result = Tensor(uninitialized: shape, dtype: dtype)
    check(fill(dtype.c, state, result.count, result.pointer), "random")
    return result
  }
}
