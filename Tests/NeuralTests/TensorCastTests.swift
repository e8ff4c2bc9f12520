import Neural
import Testing

@Suite("Casts")
struct TensorCastTests {
  @Test("floats become integers by truncation, saturated, NaN as 0", arguments: [DType.float32, .float64])
  func toIntegers(_ from: DType) {
    let x = Tensor([1.9, -1.9, 0.5, -0.5, 300, -300, 1e20, -1e20, .infinity, -.infinity, .nan] as [Double])
      .cast(to: from)
    #expect(
      x.cast(to: .int32).array()
        == [1, -1, 0, 0, 300, -300, .max, .min, .max, .min, 0] as [Int32])
    #expect(x.cast(to: .int64).array() == [1, -1, 0, 0, 300, -300, .max, .min, .max, .min, 0] as [Int64])
    #expect(x.cast(to: .uint8).array() == [1, 0, 0, 0, 255, 0, 255, 0, 255, 0, 0] as [UInt8])
    #expect(x.cast(to: .bool).array(Bool.self) == [Bool](repeating: true, count: 11))
  }

  @Test("the ends of the integer types survive")
  func ends() {
    let x = Tensor([Double(Int32.max), Double(Int32.max) + 1, Double(Int32.min), Double(Int32.min) - 1])
    #expect(x.cast(to: .int32).array() == [.max, .max, .min, .min] as [Int32])
    #expect(Tensor([255, 256, -1] as [Double]).cast(to: .uint8).array() == [255, 255, 0] as [UInt8])
    #expect(Tensor([0, 255] as [UInt8]).cast(to: .float32).array() == [0, 255] as [Float])
  }

  @Test("every pair of dtypes keeps small numbers", arguments: DType.allCases, DType.allCases)
  func pairs(_ from: DType, _ to: DType) {
    let values: [Float] = from == .bool || to == .bool ? [0, 1, 1, 0, 1] : [0, 1, 2, 3, 127]
    let x = Tensor(values).cast(to: from).cast(to: to)
    #expect(x.dtype == to && Plain(x).values == values.map(Double.init))
  }

  @Test("a cast of many elements is a cast of each")
  func many() {
    let x = Tensor.arange(100_003, dtype: .int32)
    #expect(x.cast(to: .float64).cast(to: .int64).array() == Array(0..<100_003))
  }
}
