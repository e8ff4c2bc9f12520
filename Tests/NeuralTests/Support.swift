import Foundation
import Neural
import Testing

// MARK: - Random cases

extension Philox {
  /// A random shape: up to `rank` axes, each of one of `sizes`.
  mutating func shape(maximalRank rank: Int, sizes: ClosedRange<Int> = 1...4) -> Shape {
    let count = Int.random(in: 0...rank, using: &self)
    return Shape((0..<count).map { _ in Int.random(in: sizes, using: &self) })
  }

  /// Two shapes that broadcast together: parts of one shape, with some sizes replaced by 1.
  mutating func broadcastableShapes(maximalRank: Int = 4, sizes: ClosedRange<Int> = 0...4) -> (Shape, Shape) {
    let whole = shape(maximalRank: maximalRank, sizes: sizes).sizes
    func part() -> Shape {
      let dropped = Int.random(in: 0...whole.count, using: &self)
      return Shape(whole.dropFirst(Bool.random(using: &self) ? dropped : 0).map { Bool.random(using: &self) ? $0 : 1 })
    }
    return (part(), part())
  }

  /// Whole numbers as float32: every sum and product of a few of them is exact.
  mutating func integers(_ shape: Shape, in range: ClosedRange<Int> = -4...4) -> Tensor {
    Tensor((0..<shape.count).map { _ in Float(Int.random(in: range, using: &self)) }, shape: shape)
  }

  /// Uniform float64 numbers that keep `distance` from 0, where many operations are not differentiable.
  mutating func awayFromZero(_ shape: Shape, distance: Double = 0.2) -> Tensor {
    let values = (0..<shape.count).map { _ in
      Double.random(in: distance...2, using: &self) * (Bool.random(using: &self) ? 1 : -1)
    }
    return Tensor(values, shape: shape)
  }

  /// Different float64 numbers, at least 0.1 apart, in random order: no ties, no neighbours within an ε.
  mutating func distinct(_ shape: Shape) -> Tensor {
    Tensor((0..<shape.count).map { Double($0) * 0.1 - 1.03 }.shuffled(using: &self), shape: shape)
  }
}

// MARK: - A plain array library, as oracle

/// A row-major array of doubles, computed with index arithmetic alone.
struct Plain: Equatable {
  var shape: [Int]
  var values: [Double]

  init(_ shape: [Int], _ value: (_ index: [Int]) -> Double) {
    self.shape = shape
    values = Plain.indices(shape).map(value)
  }

  init(_ tensor: Tensor) {
    shape = tensor.shape.sizes
    values = tensor.detached().cast(to: .float64).array()
  }

  /// Every index of a shape in row-major order.
  static func indices(_ shape: [Int]) -> [[Int]] {
    shape.reduce([[]]) { all, size in all.flatMap { index in (0..<size).map { index + [$0] } } }
  }

  subscript(index: [Int]) -> Double {
    values[zip(index, shape).reduce(0) { $0 * $1.1 + $1.0 }]
  }

  /// The element that broadcasting shows at an index of a larger shape.
  func broadcast(at index: [Int]) -> Double {
    self[zip(index.suffix(shape.count), shape).map { $1 == 1 ? 0 : $0 }]
  }

  /// The shape of a and b together; written from the end, unlike the library's.
  static func together(_ a: [Int], _ b: [Int]) -> [Int] {
    var result: [Int] = []
    for (x, y) in zip(
      a.reversed() + Array(repeating: 1, count: max(0, b.count - a.count)),
      b.reversed() + Array(repeating: 1, count: max(0, a.count - b.count)))
    {
      result.insert(x == 1 ? y : x, at: 0)
    }
    return result
  }

  static func binary(_ a: Plain, _ b: Plain, _ operation: (Double, Double) -> Double) -> Plain {
    Plain(together(a.shape, b.shape)) { operation(a.broadcast(at: $0), b.broadcast(at: $0)) }
  }

  /// Values with a common index outside `axes`, combined.
  func reduced(_ axes: Set<Int>, keepDims: Bool, _ combine: ([Double]) -> Double) -> Plain {
    let kept = shape.indices.map { axes.contains($0) ? 1 : shape[$0] }
    let all = Plain.indices(shape)
    var result = Plain(kept) { place in
      combine(
        all.filter { index in index.indices.allSatisfy { axes.contains($0) || index[$0] == place[$0] } }
          .map { self[$0] })
    }
    if !keepDims { result.shape = shape.indices.filter { !axes.contains($0) }.map { shape[$0] } }
    return result
  }
}

// MARK: - Comparing

/// Nil if all elements agree within relative · (largest magnitude of b) + absolute, else a text with the worst.
func difference(_ a: Tensor, _ b: Tensor, relative: Double, absolute: Double = 0) -> String? {
  guard a.shape == b.shape else { return "shapes \(a.shape) and \(b.shape)" }
  let (x, y) = (Plain(a).values, Plain(b).values)
  let bound = relative * (y.map(abs).max() ?? 0) + absolute
  var worst = (at: 0, error: 0.0)
  for (place, pair) in zip(x, y).enumerated() where pair.0 != pair.1 && !(pair.0.isNaN && pair.1.isNaN) {
    let error = abs(pair.0 - pair.1)
    if !(error <= worst.error) { worst = (place, error.isNaN ? .infinity : error) }
  }
  guard worst.error > bound else { return nil }
  return
    "shape \(a.shape), element \(worst.at): \(x[worst.at]) and \(y[worst.at]) differ by \(worst.error), allowed \(bound)"
}

/// The elements of a float32 tensor as bits, to compare bitwise.
func bits(_ tensor: Tensor) -> [UInt32] { tensor.detached().array(Float.self).map(\.bitPattern) }

// MARK: - Files

/// Tensors that a PyTorch script in Fixtures has written.
func fixture(_ name: String) throws -> [String: Tensor] {
  let url = try #require(
    Bundle.module.url(forResource: name, withExtension: "safetensors", subdirectory: "Fixtures"))
  return try StateDict(safetensors: url).tensors
}

/// The names of the cases of a group: the second words of `group.case.what`.
func cases(_ fixture: [String: Tensor], _ group: String) -> [String] {
  Set(fixture.keys.filter { $0.hasPrefix(group + ".") }.map { String($0.split(separator: ".")[1]) }).sorted()
}

/// Runs `function` on the inputs of a case in float32 and float64; compares its result and all gradients in the fixture.
func compare(
  _ fixture: [String: Tensor], _ name: String, _ inputs: [String], relative: Double, relative64: Double? = nil,
  _ function: ([Tensor]) -> Tensor
) throws {
  for dtype in [DType.float32, .float64] {
    let relative = dtype == .float64 ? relative64 ?? relative : relative
    let leaves = try inputs.map {
      let input = try #require(fixture["\(name).\($0)"])
      return input.dtype.isFloatingPoint ? input.cast(to: dtype).requiringGrad() : input
    }
    let y = function(leaves)
    y.backward(gradient: try #require(fixture[name + ".dy"]).cast(to: dtype))
    let result = difference(y, try #require(fixture[name + ".y"]), relative: relative)
    #expect(result == nil, "\(name) \(dtype): \(result ?? "")")
    for (input, leaf) in zip(inputs, leaves) {
      guard let expected = fixture["\(name).d\(input)"] else { continue }
      let gradient = difference(try #require(leaf.grad), expected, relative: relative, absolute: relative)
      #expect(gradient == nil, "\(name).d\(input) \(dtype): \(gradient ?? "")")
    }
  }
}

/// Runs `body` with the path of an empty folder that is removed afterwards.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("neural-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}

// MARK: - Networks

extension Module {
  /// Weights that depend on the seed alone, whatever other tests draw meanwhile.
  func fill(seed: UInt64) {
    var generator = Philox(seed: seed)
    for parameter in parameters {
      let bound = 1 / Double(parameter.shape.sizes.dropFirst().reduce(1, *)).squareRoot() * 0.9
      // Drawn in one dtype for all: float32 and float64 take different words from the generator.
      parameter.value = Tensor.uniform(parameter.shape, in: -bound..<bound, dtype: .float64, using: &generator)
        .cast(to: parameter.value.dtype)
    }
  }
}
