import Foundation
import Neural
import Testing

/// NumPy's answers, made by Fixtures/indexing.py.
@Suite("Slices, assignments, broadcasting and gathering equal NumPy's")
struct IndexingTests {
  private struct Array: Decodable {
    var shape: [Int], values: [Int]
    var tensor: Tensor { Tensor(values, shape: Shape(shape)) }
  }
  private struct Case: Decodable {
    var of: [Int]?, axis: Int?
    var index: [String]?
    var x, a, b, value, result, indices, taken, along, gathered, values, added: Array?
  }
  private let cases: [String: [Case]]

  init() throws {
    let url = try #require(
      Bundle.module.url(forResource: "indexing", withExtension: "json", subdirectory: "Fixtures"))
    cases = try JSONDecoder().decode([String: [Case]].self, from: Data(contentsOf: url))
  }

  private func same(_ found: Tensor, _ expected: Array?) -> Bool {
    guard let expected else { return false }
    return found.shape.sizes == expected.shape && found.detached().cast(to: .int64).array() == expected.values
  }

  /// Text of the fixture as an index; whole slices that Swift can write as ranges become ranges.
  private func index(_ text: String) -> any AxisIndex {
    if text == "None" { return .newAxis }
    if text == "..." { return .ellipsis }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
    if parts.count == 1 { return parts[0] ?? 0 }
    return .slice(from: parts[0], to: parts[1], by: parts[2] ?? 1)
  }

  @Test("slices, of every dtype, with their gradients")
  func slices() throws {
    let cases = try #require(cases["slices"])
    #expect(cases.count == 300)
    for (number, c) in cases.enumerated() {
      let shape = Shape(try #require(c.of)), texts = try #require(c.index)
      let indices = texts.map(index)
      let dtypes: [DType] = [.int64, .float32, .complex128, .uint8, .float64, .int32, .complex64]
      let dtype = dtypes[number % dtypes.count]
      let x = Tensor.arange(shape.count, dtype: .int64).reshaped(shape).cast(to: dtype)
      #expect(same(x[indices: indices], c.result), "\(shape) \(texts) \(dtype)")
      // The gradient of the sum of the slice is 1 where the slice took an element: once, as slices do.
      let leaf = x.cast(to: .float64).requiringGrad()
      leaf[indices: indices].sum().backward()
      var expected = [Double](repeating: 0, count: shape.count)
      for value in try #require(c.result?.values) { expected[value] += 1 }
      #expect(leaf.grad?.array() == expected, "\(shape) \(texts)")
    }
  }

  @Test("assignments to slices, with the gradients of both sides")
  func assignments() throws {
    let cases = try #require(cases["assignments"])
    #expect(cases.count == 100)
    for c in cases {
      let shape = Shape(try #require(c.of)), texts = try #require(c.index)
      let indices = texts.map(index)
      let original = Tensor.arange(shape.count, dtype: .int64).reshaped(shape)
      let value = try #require(c.value?.tensor)
      var x = original
      x[indices: indices] = value
      #expect(same(x, c.result), "\(shape) \(texts)")
      #expect(original.array() == Swift.Array(0..<shape.count), "the tensor it was copied from is as before")

      let a = original.cast(to: .float64).requiringGrad(), v = value.cast(to: .float64).requiringGrad()
      var y = a
      y[indices: indices] = v
      let weights = Tensor.arange(shape.count, dtype: .float64).reshaped(shape) + 1
      (y * weights).sum().backward()
      var rest = weights
      rest[indices: indices] = Tensor(0, dtype: .float64)
      #expect(Plain(try #require(a.grad)) == Plain(rest), "\(shape) \(texts)")
      let total = weights[indices: indices].sum().scalar
      #expect(v.grad?.sum().scalar == (v.count == 0 ? 0 : total), "\(shape) \(texts)")
    }
  }

  @Test("broadcasting of two operands")
  func broadcasts() throws {
    let cases = try #require(cases["broadcasts"])
    #expect(cases.count == 200)
    for (number, c) in cases.enumerated() {
      let dtype = [DType.int64, .float32, .float64, .int32][number % 4]
      let (a, b) = (try #require(c.a?.tensor).cast(to: dtype), try #require(c.b?.tensor).cast(to: dtype))
      #expect(same(10 * a - b, c.result), "\(a.shape) and \(b.shape)")
    }
  }

  @Test("take, gather and scatter-add, with gradients that are one another's")
  func gathers() throws {
    let cases = try #require(cases["gathers"])
    #expect(cases.count == 60)
    for (number, c) in cases.enumerated() {
      let axis = try #require(c.axis), dtype = [DType.float64, .int32, .complex64, .float32][number % 4]
      let x = try #require(c.x?.tensor).cast(to: dtype), along = try #require(c.along?.tensor)
      let take = try #require(c.indices?.tensor)
      #expect(same(x.selected(take.cast(to: .int32), axis: axis), c.taken), "\(x.shape), axis \(axis)")
      #expect(same(x.gathered(along, axis: axis - x.rank), c.gathered), "\(x.shape), axis \(axis)")
      let values = try #require(c.values?.tensor).cast(to: dtype)
      #expect(
        same(Tensor.zeros(x.shape, dtype: dtype).scatterAdded(values, at: along, axis: axis), c.added),
        "\(x.shape), axis \(axis)")

      let leaf = x.cast(to: .float64).requiringGrad(), weights = values.cast(to: .float64)
      (leaf.gathered(along, axis: axis) * weights).sum().backward()
      #expect(same(try #require(leaf.grad), c.added), "\(x.shape), axis \(axis)")
      let moved = weights.requiringGrad()
      let factor = x.cast(to: .float64)
      (factor.scatterAdded(moved, at: along, axis: axis) * factor).sum().backward()
      #expect(same(try #require(moved.grad), c.gathered), "\(x.shape), axis \(axis)")
    }
  }

  @Test("Swift's ranges, also counted from the end")
  func ranges() {
    let x = Tensor.arange(10)
    func values(_ tensor: Tensor) -> [Int] { tensor.cast(to: .int64).array() }
    #expect(values(x[2..<5]) == [2, 3, 4] && values(x[2...5]) == [2, 3, 4, 5])
    #expect(values(x[7...]) == [7, 8, 9] && values(x[(-2)...]) == [8, 9])
    #expect(values(x[..<2]) == [0, 1] && values(x[...2]) == [0, 1, 2])
    #expect(values(x[..<(-7)]) == [0, 1, 2] && values(x[...(-7)]) == [0, 1, 2, 3])
    #expect(values(x[(-4)..<(-1)]) == [6, 7, 8] && values(x[(-3)...(-1)]) == [7, 8, 9])
    #expect(x[5..<5].shape == [0] && x[10...].shape == [0])
    let y = x.reshaped([2, 5])
    #expect(y[.all, 1].shape == [2] && y[.newAxis, .ellipsis, 0].shape == [1, 2])
    #expect(values(y[1, .slice(by: -2)]) == [9, 7, 5])
  }

  @Test("masks choose elements or rows, and give their gradients back")
  func masks() {
    let x = Tensor([[1, 2], [3, 4], [5, 6]]).requiringGrad()
    #expect(x.selected(where: x.detached() .> Tensor(2.5)).array() == [3, 4, 5, 6] as [Float])
    let rows = x.selected(where: Tensor([true, false, true]))
    #expect(rows.shape == [2, 2] && rows.array() == [1, 2, 5, 6] as [Float])
    rows.sum().backward()
    #expect(x.grad?.array() == [1, 1, 0, 0, 1, 1] as [Float])
  }
}
