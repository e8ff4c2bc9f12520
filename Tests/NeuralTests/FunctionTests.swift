import Foundation
import Neural
import Testing

/// What PyTorch computes in float64, made by Fixtures/functions.py: values and gradients.
@Suite("Functions, reductions and products equal PyTorch's, with their gradients")
struct FunctionTests {
  private let fixture: [String: Tensor]

  init() throws { fixture = try NeuralTests.fixture("functions") }

  private func stored(_ name: String, complex: Bool) throws -> Tensor {
    let tensor = try #require(fixture[name], "\(name)")
    return complex ? tensor.pairsAsComplex() : tensor
  }

  /// Runs `function` on inputs of this and of half the precision; compares the result and all gradients, and counts the case.
  private func compare(
    _ name: String, _ inputs: [(String, Tensor)], relative: Double = 1e-13, _ function: ([Tensor]) -> Tensor
  ) throws {
    for isHalf in [false, true] {
      let leaves = inputs.map { _, x in
        x.cast(to: isHalf ? (x.dtype.isComplex ? .complex64 : .float32) : x.dtype).requiringGrad()
      }
      let y = function(leaves)
      let isComplex = y.dtype.isComplex
      let gradients = try stored(isComplex ? "dy.complex" : "dy", complex: isComplex)
      y.backward(gradient: gradients[..<y.count].reshaped(y.shape).cast(to: y.dtype))
      let bound = isHalf ? 2e-5 : relative
      func check(_ what: String, _ found: Tensor) throws {
        let expected = try stored("\(name).\(what)", complex: found.dtype.isComplex)
        let wide = found.detached().cast(to: expected.dtype)
        #expect(found.shape == expected.shape, "\(name).\(what)")
        let scale = 1 + expected.abs().max().scalar
        let error = (wide - expected).abs().max().scalar / scale
        #expect(error <= bound, "\(name).\(what), \(found.dtype): \(error)\n\(wide)\n\(expected)")
      }
      try check("y", y)
      for ((key, _), leaf) in zip(inputs, leaves) {
        try check("d\(key)", leaf.grad ?? Tensor.zeros(leaf.shape, dtype: leaf.dtype))
      }
    }
  }

  private func names(_ group: String) -> [String] {
    fixture.keys.filter { $0.hasPrefix(group + ".") && $0.hasSuffix(".y") }
      .map { String($0.dropFirst(group.count + 1).dropLast(2)) }.sorted()
  }

  @Test("functions of one tensor, real and complex")
  func unary() throws {
    let functions: [String: (Tensor) -> Tensor] = [
      "negate": { -$0 }, "abs": { $0.abs() }, "sign": { $0.sign() }, "squared": { $0.squared() }, "sqrt": { $0.sqrt() },
      "rsqrt": { $0.rsqrt() }, "reciprocal": { $0.reciprocal() }, "exp": { $0.exp() }, "expm1": { $0.expm1() },
      "log": { $0.log() }, "log1p": { $0.log1p() }, "sin": { $0.sin() }, "cos": { $0.cos() }, "tan": { $0.tan() },
      "asin": { $0.asin() }, "acos": { $0.acos() }, "atan": { $0.atan() }, "sinh": { $0.sinh() }, "cosh": { $0.cosh() },
      "tanh": { $0.tanh() }, "asinh": { $0.asinh() }, "acosh": { $0.acosh() }, "atanh": { $0.atanh() },
      "sigmoid": { $0.sigmoid() }, "erf": { $0.erf() }, "floor": { $0.floor() }, "ceil": { $0.ceil() },
      "rounded": { $0.rounded() }, "truncated": { $0.truncated() }, "relu": { $0.relu() },
      "softplus": { $0.softplus() }, "clamped": { $0.clamped(to: -1...2.5) }, "power": { $0.pow(2.5) },
      "real": { $0.real }, "imaginary": { $0.imaginary }, "conjugate": { $0.conjugate() }, "angle": { $0.angle() },
    ]
    let cases = names("unary")
    #expect(Set(cases.map { $0.prefix { $0 != "." } }) == Set(functions.keys.map { Substring($0) }))
    for name in cases {
      let parts = name.split(separator: ".")
      let function = try #require(functions[String(parts[0])])
      let x = try stored("domain.\(parts[1])", complex: parts[1] == "complex")
      try compare("unary.\(name)", [("x", x)]) { function($0[0]) }
    }
  }

  @Test("functions of two tensors with broadcasting, real and complex")
  func binary() throws {
    let functions: [String: (Tensor, Tensor) -> Tensor] = [
      "add": { $0 + $1 }, "subtract": { $0 - $1 }, "multiply": { $0 * $1 }, "divide": { $0 / $1 },
      "pow": { Tensor.pow($0.dtype.isComplex ? $0 : $0.abs(), $1) }, "maximum": { Tensor.maximum($0, $1) },
      "minimum": { Tensor.minimum($0, $1) }, "remainder": { Tensor.remainder($0, $1) },
      "hypot": { Tensor.hypot($0, $1) }, "atan2": { Tensor.atan2($0, $1) },
      "where": { Tensor.where($0.detached() .> 0, $0, $1) },
      "complex": { Tensor.complex(real: $0, imaginary: $1) },
    ]
    let cases = names("binary")
    #expect(cases.count == 17)
    for name in cases {
      let isComplex = name.hasPrefix("complex.") && name != "complex.complex"
      let inputs = try ["a", "b"].map {
        ($0, try stored("input.\(isComplex ? "complex." : "")\($0)", complex: isComplex))
      }
      let function = try #require(functions[String(name.split(separator: ".").last ?? "")])
      try compare("binary.\(name)", inputs) { function($0[0], $0[1]) }
    }
  }

  @Test("reductions over axes, real and complex")
  func reductions() throws {
    let functions: [String: (Tensor, [Int]) -> Tensor] = [
      "sum": { $0.sum(axes: $1) }, "mean": { $0.mean(axes: $1) }, "variance": { $0.variance(axes: $1) },
      "sample": { $0.variance(axes: $1, correction: 1) }, "standardDeviation": { $0.standardDeviation(axes: $1) },
      "max": { $0.max(axes: $1) }, "min": { $0.min(axes: $1) }, "logSumExp": { $0.logSumExp(axes: $1) },
      "norm": { $0.norm(axes: $1) }, "norm1": { $0.norm(1, axes: $1) }, "norm3": { ($0 + 5).norm(3, axes: $1) },
      "normInfinity": { $0.norm(.infinity, axes: $1) }, "product": { $0.product(axes: $1) },
    ]
    let cases = names("reduce")
    #expect(cases.count == (13 + 4) * 5)
    for name in cases {
      var parts = name.split(separator: ".").map(String.init)
      let isComplex = parts[0] == "complex"
      if isComplex { parts.removeFirst() }
      let axes = parts[1] == "all" ? [0, 1, 2] : parts[1].split(separator: ",").compactMap { Int($0) }
      let function = try #require(functions[parts[0]])
      let x = try stored(isComplex ? "input.complex.x" : "input.x", complex: isComplex)
      try compare("reduce.\(name)", [("x", x)]) { function($0[0], axes) }
      // Kept axes have size 1 and hold the same.
      let kept = function(x, axes)
      if parts[0] == "sum" {
        #expect(Plain(x.sum(axes: axes, keepDims: true).flattened()) == Plain(kept.flattened()))
      }
    }
  }

  @Test("running sums, sorting and softmax along an axis")
  func along() throws {
    let x = try stored("input.x", complex: false)
    for axis in 0...2 {
      try compare("along.cumulativeSum.\(axis)", [("x", x)]) { $0[0].cumulativeSum(axis: axis - 3) }
      try compare("along.sorted.\(axis)", [("x", x)]) { $0[0].sorted(axis: axis) }
      try compare("along.softmax.\(axis)", [("x", x)]) { softmax($0[0], axis: axis) }
      try compare("along.logSoftmax.\(axis)", [("x", x)]) { logSoftmax($0[0], axis: axis) }
    }
  }

  @Test("matrix products of all ranks, real and complex")
  func products() throws {
    #expect(names("matmul").count == 12)
    for name in names("matmul") {
      let isComplex = name.hasPrefix("complex")
      let inputs = try ["a", "b"].map { ($0, try stored("input.matmul.\(name).\($0)", complex: isComplex)) }
      try compare("matmul.\(name)", inputs) { matmul($0[0], $0[1]) }
    }
  }
}
