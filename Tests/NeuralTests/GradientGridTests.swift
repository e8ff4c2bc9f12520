import Neural
import Testing

/// Every differentiable operation on every kind of shape: scalars, empty axes, axes of size 1, several axes; real and complex.
@Suite("Gradients of every operation, over shapes with empty axes and axes of size 1")
struct GradientGridTests {
  private static let shapes: [Shape] = [
    [], [1], [4], [0], [2, 3], [1, 3], [2, 1], [2, 0], [0, 2], [2, 1, 3], [1, 1, 1],
  ]

  private func check(
    _ name: String, _ inputs: [Tensor], _ function: ([Tensor]) -> Tensor,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let result = gradCheck(function, at: inputs)
    let shapes = inputs.map { "\($0.dtype) \($0.shape)" }
    #expect(result.passed, "\(name) at \(shapes): \(result)", sourceLocation: sourceLocation)
  }

  private func complexNumbers(_ shape: Shape, _ generator: inout Philox) -> Tensor {
    generator.awayFromZero(Shape(shape.sizes + [2])).pairsAsComplex()
  }

  @Test("functions of one real tensor")
  func real() {
    let anywhere: [(String, (Tensor) -> Tensor)] = [
      ("negate", { -$0 }), ("abs", { $0.abs() }), ("sign", { $0.sign() * $0 }), ("squared", { $0.squared() }),
      ("reciprocal", { $0.reciprocal() }), ("exp", { $0.exp() }), ("expm1", { $0.expm1() }), ("sin", { $0.sin() }),
      ("cos", { $0.cos() }), ("atan", { $0.atan() }), ("sinh", { $0.sinh() }), ("cosh", { $0.cosh() }),
      ("tanh", { $0.tanh() }), ("asinh", { $0.asinh() }), ("sigmoid", { $0.sigmoid() }), ("erf", { $0.erf() }),
      ("relu", { $0.relu() }), ("softplus", { $0.softplus() }), ("clamped", { $0.clamped(to: -1.03...1.51) }),
      ("clamped from", { $0.clamped(from: 0.01) }), ("numbers", { 2 - (3 * $0 + 1) / 4 + 5 / $0 - $0 }),
      ("floor", { $0.floor() + $0 }), ("rounded", { $0.rounded() * $0 }), ("cast", { $0.cast(to: .complex128) }),
      ("exponential", { Tensor.pow($0.abs(), $0) }),
    ]
    let positive: [(String, (Tensor) -> Tensor)] = [
      ("sqrt", { $0.sqrt() }), ("rsqrt", { $0.rsqrt() }), ("log", { $0.log() }), ("log1p", { $0.log1p() }),
      ("pow", { $0.pow(2.5) }), ("acosh", { ($0 + 1).acosh() }),
    ]
    let unit: [(String, (Tensor) -> Tensor)] = [
      ("tan", { $0.tan() }), ("asin", { $0.asin() }), ("acos", { $0.acos() }), ("atanh", { $0.atanh() }),
    ]
    for (number, shape) in Self.shapes.enumerated() {
      var generator = Philox(seed: UInt64(number))
      let x = generator.awayFromZero(shape)
      for (name, function) in anywhere { check(name, [x]) { function($0[0]) } }
      for (name, function) in positive { check(name, [x.abs()]) { function($0[0]) } }
      for (name, function) in unit { check(name, [x * 0.45]) { function($0[0]) } }
    }
  }

  @Test("functions of one complex tensor")
  func complex() {
    let functions: [(String, (Tensor) -> Tensor)] = [
      ("negate", { -$0 }), ("abs", { $0.abs() }), ("squared", { $0.squared() }), ("sqrt", { $0.sqrt() }),
      ("rsqrt", { $0.rsqrt() }), ("reciprocal", { $0.reciprocal() }), ("exp", { $0.exp() }), ("log", { $0.log() }),
      ("sin", { $0.sin() }), ("cos", { $0.cos() }), ("tan", { $0.tan() }), ("asin", { $0.asin() }),
      ("acos", { $0.acos() }), ("atan", { $0.atan() }), ("sinh", { $0.sinh() }), ("cosh", { $0.cosh() }),
      ("tanh", { $0.tanh() }), ("asinh", { $0.asinh() }), ("acosh", { $0.acosh() }), ("atanh", { $0.atanh() }),
      ("sigmoid", { $0.sigmoid() }), ("real", { $0.real }), ("imaginary", { $0.imaginary }),
      ("conjugate", { $0.conjugate() * $0 }), ("angle", { $0.angle() }), ("pow", { $0.pow(3) }),
      ("numbers", { 2 - (3 * $0 + 1) / 4 + 5 / $0 - $0 }), ("cast", { $0.cast(to: .float64) }),
      ("sum", { $0.sum() }), ("mean", { ($0 * $0).mean() }), ("norm", { $0.norm() }),
      ("flip", { $0.flipped() * $0 }), ("where", { Tensor.where($0.detached().real .> 0, $0, $0 * $0) }),
    ]
    for (number, shape) in Self.shapes.enumerated() {
      var generator = Philox(seed: UInt64(number) + 100)
      let z = complexNumbers(shape, &generator)
      for (name, function) in functions where z.count > 0 || name != "mean" { check(name, [z]) { function($0[0]) } }
    }
  }

  @Test("functions of two tensors, broadcast in every way")
  func binary() {
    let functions: [(String, Bool, (Tensor, Tensor) -> Tensor)] = [
      ("add", true, { $0 + $1 }), ("subtract", true, { $0 - $1 }), ("multiply", true, { $0 * $1 }),
      ("divide", true, { $0 / $1 }), ("pow", false, { Tensor.pow($0.abs(), $1) }),
      ("complex pow", true, { Tensor.pow($0.cast(to: .complex128), $1.cast(to: .complex128)) }),
      ("maximum", false, { Tensor.maximum($0, $1) }), ("minimum", false, { Tensor.minimum($0, $1) }),
      ("remainder", false, { Tensor.remainder($0, $1) }), ("hypot", false, { Tensor.hypot($0, $1) }),
      ("atan2", false, { Tensor.atan2($0, $1) }), ("complex", false, { Tensor.complex(real: $0, imaginary: $1) }),
      ("where", true, { Tensor.where(($0.detached() + $1.detached()).real .> 0, $0, $1) }),
    ]
    let pairs: [(Shape, Shape)] = [
      ([], []), ([], [2, 2]), ([3], []), ([3, 2], [2]), ([2, 1], [1, 3]), ([1], [0]), ([2, 0], [2, 1]),
      ([0, 1], [1, 2]),
      ([2, 1, 2], [3, 1]), ([1, 1], [1]),
    ]
    for (number, (a, b)) in pairs.enumerated() {
      var generator = Philox(seed: UInt64(number) + 200)
      let real = [generator.awayFromZero(a), generator.awayFromZero(b)]
      let complex = [complexNumbers(a, &generator), complexNumbers(b, &generator)]
      for (name, isComplexToo, function) in functions {
        check(name, real) { function($0[0], $0[1]) }
        if isComplexToo { check(name, complex) { function($0[0], $0[1]) } }
      }
      check("in place", real) {
        var y = $0[0].broadcast(to: ($0[0] + $0[1]).shape)
        y *= $0[1]
        y += $0[0]
        y -= 3
        return y * y
      }
    }
  }

  @Test("reductions and operations along an axis")
  func reductions() {
    let overAxes: [(String, Bool, (Tensor, [Int], Bool) -> Tensor)] = [
      ("sum", true, { $0.sum(axes: $1, keepDims: $2) }), ("mean", false, { $0.mean(axes: $1, keepDims: $2) }),
      ("product", true, { $0.product(axes: $1, keepDims: $2) }),
      ("variance", false, { $0.variance(axes: $1, keepDims: $2, correction: 0) }),
      ("max", false, { $0.max(axes: $1, keepDims: $2) }), ("min", false, { $0.min(axes: $1, keepDims: $2) }),
      ("logSumExp", false, { $0.logSumExp(axes: $1, keepDims: $2) }),
      ("norm", true, { $0.norm(axes: $1, keepDims: $2) }),
      ("norm 1", true, { $0.norm(1, axes: $1, keepDims: $2) }),
      ("norm 3", false, { $0.norm(3, axes: $1, keepDims: $2) }),
      ("norm ∞", false, { $0.norm(.infinity, axes: $1, keepDims: $2) }),
    ]
    let alongAxis: [(String, (Tensor, Int) -> Tensor)] = [
      ("cumulativeSum", { $0.cumulativeSum(axis: $1) }), ("sorted", { $0.sorted(axis: $1) }),
      ("topK", { $0.topK(Swift.min(2, $0.shape[$1]), axis: $1).values }), ("softmax", { softmax($0, axis: $1) }),
      ("logSoftmax", { logSoftmax($0, axis: $1) }), ("flip", { $0.flipped(axes: [$1]) * $0 }),
      ("selected", { $0.selected(Tensor([0, -1, 0] as [Int]), axis: $1) }),
      ("gathered", { $0.gathered($0.argsort(axis: $1), axis: $1) }),
      ("scatterAdded", { $0.scatterAdded($0 * $0, at: $0.argsort(axis: $1), axis: $1) }),
      ("chunk", { Tensor.concatenated($0.chunked(2, axis: $1).reversed(), axis: $1) * $0 }),
      ("narrow", { $0.narrowed(axis: $1, 0..<1) }), ("stack", { Tensor.stacked([$0, $0 * $0], axis: $1) }),
    ]
    for (number, shape) in Self.shapes.enumerated() {
      var generator = Philox(seed: UInt64(number) + 300)
      let x = generator.distinct(shape)
      for subset in 0..<(1 << shape.rank) {
        let axes = (0..<shape.rank).filter { subset >> $0 & 1 == 1 }
        let isEmpty = axes.contains { shape.sizes[$0] == 0 }
        for (name, whereEmpty, function) in overAxes where whereEmpty || !isEmpty && x.count > 0 {
          for keepDims in [false, true] { check("\(name) over \(axes)", [x]) { function($0[0], axes, keepDims) } }
        }
      }
      for axis in 0..<shape.rank {
        for (name, function) in alongAxis where shape.sizes[axis] > 0 || !["selected", "narrow"].contains(name) {
          check("\(name) along \(axis)", [x]) { function($0[0], axis) }
        }
      }
    }
  }

  @Test("shapes, slices and joins")
  func shapes() {
    for (number, shape) in Self.shapes.enumerated() {
      var generator = Philox(seed: UInt64(number) + 400)
      let x = generator.distinct(shape)
      var functions: [(String, (Tensor) -> Tensor)] = [
        ("reshape", { $0.reshaped(Shape([$0.count])) }), ("flatten", { $0.flattened() }),
        ("squeeze", { $0.squeezed() }),
        ("unsqueeze", { $0.unsqueezed(axis: 0) }), ("broadcast", { $0.broadcast(to: Shape([2] + $0.shape.sizes)) }),
        ("permute", { $0.permuted(Array((0..<$0.rank).reversed())) }), ("flip", { $0.flipped() }),
        ("pad", { $0.padded((0..<$0.rank).map { ($0, 1) }, value: 2) }),
        ("new axes", { $0[.newAxis, .ellipsis, .newAxis] }),
        ("mask", { $0.selected(where: $0.detached() .> -0.8) }),
        (
          "assign to all",
          { x in
            var y = x * 1
            y[.ellipsis] = x * x
            return y
          }
        ),
      ]
      if shape.rank > 0 {
        functions += [
          ("steps", { $0[.ellipsis, .slice(by: 2)] }), ("backwards", { $0[.slice(from: -1, by: -1)] }),
          (
            "assign to some",
            { x in
              var y = x.squared()
              y[.slice(from: 1)] = x[.slice(from: 1)] * 3
              return y * x
            }
          ),
        ]
      }
      if shape.rank > 1 { functions += [("diagonal", { $0.diagonal() }), ("transpose", { $0.transposed() })] }
      for (name, function) in functions { check(name, [x]) { function($0[0]) * 2 } }
    }
  }

  @Test("products of matrices of every kind of shape, real and complex")
  func products() {
    let pairs: [(Shape, Shape)] = [
      ([1, 1], [1, 1]), ([2, 0], [0, 3]), ([0, 2], [2, 2]), ([1, 2, 3], [2, 3, 1]), ([3], [3]), ([1], [1, 2]),
      ([0], [0]),
    ]
    for (number, (a, b)) in pairs.enumerated() {
      var generator = Philox(seed: UInt64(number) + 500)
      check("matmul", [generator.awayFromZero(a), generator.awayFromZero(b)]) { matmul($0[0], $0[1]) }
      check("matmul", [complexNumbers(a, &generator), complexNumbers(b, &generator)]) { matmul($0[0], $0[1]) }
      check("kroneckerProduct", [complexNumbers(a, &generator), complexNumbers(b, &generator)]) {
        kroneckerProduct($0[0], $0[1])
      }
    }
    var generator = Philox(seed: 600)
    let (x, y, z) = (
      generator.awayFromZero([2, 3]), generator.awayFromZero([3, 3]), complexNumbers([2, 3], &generator)
    )
    check("einsum", [x, y]) { einsum("ij,jj->i", $0[0], $0[1]) }
    check("einsum", [x, y]) { einsum("ij,kj,kj->ik", $0[0], $0[1], $0[1]) }
    check("einsum", [z]) { einsum("ij,kj->ik", $0[0], $0[0].conjugate()) }
    check("outer and dot", [x, y]) { outer($0[0][0], $0[1][1]) * dot($0[0][1], $0[1][0]) }
  }
}
