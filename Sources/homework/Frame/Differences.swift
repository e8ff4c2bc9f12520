import Neural

/// How exercises show that a gradient is right.
enum Differences {
  /// The gradient of a real function by central differences (f(x + ε) − f(x − ε)) / 2ε, element by element.
  ///
  /// - Parameter x: float64 or complex128. A complex element's derivative is ∂f/∂Re x + i ∂f/∂Im x, which is 2 ∂f/∂x*, the
  ///   convention of autograd.
  static func gradient(of function: (Tensor) -> Double, at x: Tensor, epsilon: Double = 1e-6) -> Tensor {
    let numbers = x.dtype.isComplex ? x.complexAsPairs() : x
    let values = numbers.array(Double.self)
    func moved(_ place: Int, by distance: Double) -> Double {
      var values = values
      values[place] += distance
      let moved = Tensor(values, shape: numbers.shape)
      return function(x.dtype.isComplex ? moved.pairsAsComplex() : moved)
    }
    let derivatives = values.indices.map { (moved($0, by: epsilon) - moved($0, by: -epsilon)) / (2 * epsilon) }
    let result = Tensor(derivatives, shape: numbers.shape)
    return x.dtype.isComplex ? result.pairsAsComplex() : result
  }

  /// The largest |a − b|, over the largest |b|.
  static func relative(_ a: Tensor, _ b: Tensor) -> Double { (a - b).abs().max().scalar / b.abs().max().scalar }
}
