import Neural
import Testing

@Suite("Reductions equal a plain computation")
struct TensorReductionTests {
  private let operations: [(String, (Tensor, [Int], Bool) -> Tensor, ([Double]) -> Double)] = [
    ("sum", { $0.sum(axes: $1, keepDims: $2) }, { $0.reduce(0, +) }),
    ("mean", { $0.mean(axes: $1, keepDims: $2) }, { $0.reduce(0, +) / Double($0.count) }),
    ("max", { $0.max(axes: $1, keepDims: $2) }, { $0.max() ?? 0 }),
    ("min", { $0.min(axes: $1, keepDims: $2) }, { $0.min() ?? 0 }),
  ]

  @Test("over every subset of axes, for shapes of rank 0 to 4")
  func axes() {
    for (seed, sizes) in [[], [5], [3, 4], [1, 3], [2, 3, 4], [2, 1, 3, 2], [3, 2, 2, 5]].enumerated() {
      var generator = Philox(seed: UInt64(seed))
      let x = Tensor.uniform(Shape(sizes), in: -1..<1, dtype: .float64, using: &generator)
      for subset in 0..<(1 << sizes.count) {
        let axes = sizes.indices.filter { subset >> $0 & 1 == 1 }
        for (name, operation, oracle) in operations {
          for keepDims in [false, true] {
            let expected = Plain(x).reduced(Set(axes), keepDims: keepDims, oracle)
            // Negative and unordered axes mean the same.
            for given in [axes, axes.reversed().map { $0 - sizes.count }] {
              let found = Plain(operation(x, given, keepDims))
              let same = found.shape == expected.shape
                && zip(found.values, expected.values).allSatisfy { abs($0 - $1) < 1e-14 }
              #expect(same, "\(name) of \(sizes) over \(given), keepDims \(keepDims): \(found), not \(expected)")
            }
          }
        }
      }
      #expect(Plain(x.sum()) == Plain(x.sum(axes: Array(sizes.indices))))
    }
  }

  @Test("one axis: outer, middle and inner, also longer than a vector and a task")
  func longAxes() {
    for shape in [[40_000, 3], [3, 40_000], [7, 500, 17], [100_001], [2, 65_536, 2]] {
      var generator = Philox(seed: 2)
      let x = generator.integers(Shape(shape), in: -9...9)
      let values = x.array(Float.self)
      for axis in shape.indices {
        let inner = shape[(axis + 1)...].reduce(1, *), size = shape[axis]
        let count = values.count / size
        var sums = [Float](repeating: 0, count: count), largest = [Float](repeating: -.infinity, count: count)
        var place = [Int32](repeating: 0, count: count)
        for (i, value) in values.enumerated() {
          let target = i / (inner * size) * inner + i % inner
          sums[target] += value
          if value > largest[target] { (largest[target], place[target]) = (value, Int32(i / inner % size)) }
        }
        #expect(x.sum(axis: axis).array() == sums, "\(shape), axis \(axis)")
        #expect(x.max(axis: axis).array() == largest, "\(shape), axis \(axis)")
        #expect(x.argmax(axis: axis).array() == place, "\(shape), axis \(axis)")
        #expect((-x).argmin(axis: axis).array() == place, "\(shape), axis \(axis)")
        #expect((-x).min(axis: axis).array() == largest.map { -$0 }, "\(shape), axis \(axis)")
      }
    }
  }

  @Test("float32 sums are added in double precision")
  func doubleAccumulator() {
    let x = Tensor.full([3_000_000], 0.1)
    #expect(abs(x.sum().scalar - 3_000_000 * Double(Float(0.1))) < 0.05)
    #expect(Tensor([1e8, 1, -1e8]).sum().item() == 1 as Float)
  }

  @Test("argmax and argmin take the first of equal elements and the first NaN")
  func ties() {
    let x = Tensor([[1, 3, 3, 2], [4, 4, 4, 4], [1, .nan, 9, .nan], [-.infinity, -.infinity, -5, -5]])
    #expect(x.argmax(axis: 1).array() == [1, 0, 1, 2] as [Int32])
    #expect(x.argmin().array() == [0, 0, 1, 0] as [Int32])
    #expect(x.argmax(axis: 1, keepDims: true).shape == [4, 1])
    #expect(x.argmax(axis: 0).array() == [1, 2, 2, 2] as [Int32])
    #expect(x.transposed().argmax(axis: 0).array() == [1, 0, 1, 2] as [Int32])
    // The same within a vector and beyond: a tie between elements 5, 21 and 40.
    for axis in [0, 1] {
      var values = [Float](repeating: 0, count: 50)
      for place in [5, 21, 40] { values[place] = 7 }
      let row = Tensor(values, shape: axis == 1 ? [1, 50] : [50, 1])
      #expect(row.argmax(axis: axis).array() == [5] as [Int32])
      values[17] = .nan
      #expect(Tensor(values, shape: row.shape).argmax(axis: axis).array() == [17] as [Int32])
    }
  }

  @Test("a NaN anywhere makes the maximum, minimum and sum NaN")
  func nan() {
    for place in [0, 3, 15, 16, 17, 31, 39] {
      var values = (0..<40).map { Float($0) }
      values[place] = .nan
      let x = Tensor(values)
      for result in [x.max(), x.min(), x.sum(), x.mean()] { #expect(result.scalar.isNaN, "NaN at \(place)") }
      #expect(x.reshaped([40, 1]).max(axis: 0)[0].scalar.isNaN && x.reshaped([1, 40]).max(axis: 0)[place].scalar.isNaN)
    }
  }

  @Test("integers and booleans reduce", arguments: [DType.int32, .int64, .uint8])
  func integers(_ dtype: DType) {
    let x = Tensor([[7, 2], [3, 9]]).cast(to: dtype)
    #expect(x.sum().dtype == dtype && x.sum().scalar == 21)
    #expect(Plain(x.max(axis: 0)).values == [7, 9] && Plain(x.min(axis: 1)).values == [2, 3])
    #expect(x.argmax(axis: 0).array() == [0, 1] as [Int32])
    #expect(Tensor([200, 100] as [UInt8]).sum().item() == 44 as UInt8)
  }

  @Test("any and all look at every element")
  func booleans() {
    for place in [0, 8, 16, 63, 64] {
      var values = [Bool](repeating: false, count: 65)
      values[place] = true
      #expect(Tensor(values).any() && !Tensor(values).all())
      #expect(!Tensor(values.map(!)).all() && Tensor(values.map(!)).any())
    }
    #expect(!Tensor([] as [Bool]).any() && Tensor([] as [Bool]).all())
    #expect(Tensor([[true, true], [true, true]]).all())
  }
}
