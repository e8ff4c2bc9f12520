import Neural
import Testing

@Suite("Making tensors and reading them")
struct TensorCreationTests {
  @Test("nested arrays of up to four levels, of any element type")
  func nested() {
    let x = Tensor([[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 10], [11, 12]]])
    #expect(x.dtype == .float32 && x.shape == [2, 3, 2] && x.array() == (1...12).map(Float.init))
    #expect(Tensor([[[[1, 2, 3]]], [[[4, 5, 6]]]] as [[[[Int]]]]).shape == [2, 1, 1, 3])
    #expect(Tensor([[], []] as [[[Bool]]]).shape == [2, 0, 0])
    let z = Tensor([Complex(1, 2), Complex(3, -4)] as [Complex<Double>])
    #expect(z.dtype == .complex128 && z.array() == [Complex(1, 2), Complex(3, -4)] as [Complex<Double>])
    #expect(Tensor.full([2], Complex<Float>(0, 1)).array() == [.i, .i] as [Complex<Float>])
  }

  @Test("ramps begin and end where they should")
  func ramps() {
    #expect(Tensor.arange(from: 2, to: 9, by: 3, dtype: .int32).array() == [2, 5, 8] as [Int32])
    #expect(Tensor.arange(from: 1, to: 0, by: -0.25).array() == [1, 0.75, 0.5, 0.25] as [Float])
    #expect(Tensor.arange(from: 1, to: 0).shape == [0])
    #expect(Tensor.linspace(from: 0, to: 1, count: 5).array() == [0, 0.25, 0.5, 0.75, 1] as [Float])
    #expect(Tensor.linspace(from: 0, to: 0.1, count: 8, dtype: .float64).array(Double.self).last == 0.1)
    #expect(Tensor.linspace(from: 3, to: 9, count: 1).array() == [3] as [Float])
  }

  @Test("one-hot rows")
  func oneHot() {
    let x = Tensor.oneHot(Tensor([[2, 0], [1, 1]] as [[Int32]]), classes: 3, dtype: .uint8)
    #expect(x.shape == [2, 2, 3] && x.array() == [0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0] as [UInt8])
  }

  @Test("number literals make float32, typed arrays keep their type")
  func literals() {
    #expect(Tensor([1, 2, 3]).dtype == .float32)
    #expect(Tensor([1.5, 2]).dtype == .float32)
    #expect(Tensor([[1, 2], [3, 4]]).dtype == .float32)
    #expect(Tensor([1, 2, 3, 4], shape: [2, 2]).dtype == .float32)
    #expect(Tensor(7).dtype == .float32 && Tensor(7).shape == [])
    #expect(Tensor([1, 2] as [Double]).dtype == .float64)
    #expect(Tensor([[1, 2]] as [[Double]]).dtype == .float64)
    #expect(Tensor([1, 2] as [Int]).dtype == .int64)
    #expect(Tensor([1, 2] as [Int64]).dtype == .int64)
    #expect(Tensor([1, 2] as [Int32]).dtype == .int32)
    #expect(Tensor([1, 2] as [UInt8], shape: [2, 1]).dtype == .uint8)
    #expect(Tensor([true, false]).dtype == .bool)
    #expect(DType.allCases.map(\.byteCount) == [4, 8, 4, 8, 1, 1, 8, 16])
  }

  @Test("elements are stored in row-major order and read back as they were")
  func rowMajor() {
    let x = Tensor([[1, 2, 3], [4, 5, 6]])
    #expect(x.shape == [2, 3] && x.rank == 2 && x.count == 6)
    #expect(x.array(Float.self) == [1, 2, 3, 4, 5, 6])
    #expect(x[1].array() == [4, 5, 6] as [Float])
    #expect(x[1][2].item() == 6 as Float)
    #expect(Tensor([Int.min, .max]).array() == [Int.min, .max])
    #expect(Tensor([0, 255] as [UInt8]).array() == [0, 255] as [UInt8])
    #expect(Tensor([true, false, true]).array() == [true, false, true])
    #expect(Tensor([3] as [Int32]).scalar == 3 && Tensor([true]).scalar == 1)
  }

  @Test("filled tensors have the value in every dtype", arguments: DType.allCases)
  func filled(_ dtype: DType) {
    #expect(Plain(Tensor.zeros([2, 3], dtype: dtype)).values == [Double](repeating: 0, count: 6))
    #expect(Plain(Tensor.ones([5], dtype: dtype)).values == [Double](repeating: 1, count: 5))
    let expected = dtype == .bool ? 1.0 : 3
    #expect(Plain(Tensor.full([1000], 3, dtype: dtype)).values.allSatisfy { $0 == expected })
    #expect(Tensor.arange(4, dtype: dtype).dtype == dtype)
  }

  @Test("arange counts from 0, also beyond what float32 can count in steps")
  func arange() {
    #expect(Tensor.arange(4).array() == [0, 1, 2, 3] as [Float])
    #expect(Tensor.arange(0).shape == [0])
    #expect(Tensor.arange(300, dtype: .int64)[-1].item() == 299)
  }

  @Test("empty tensors exist and behave")
  func empty() {
    let x = Tensor.zeros([0, 3])
    #expect(x.count == 0 && x.array(Float.self) == [])
    #expect((x + x).shape == [0, 3] && (x + Tensor.ones([1, 3])).shape == [0, 3])
    #expect(x.sum().scalar == 0 && x.mean().scalar.isNaN)
    #expect(x.sum(axis: 0).array() == [0, 0, 0] as [Float])
    #expect(x.sum(axis: 1).shape == [0])
    #expect(x.reshaped([-1, 3]).shape == [0, 3])
    #expect(x.transposed().shape == [3, 0])
    #expect(matmul(Tensor.ones([2, 0]), x).array() == [0, 0, 0, 0, 0, 0] as [Float])
    #expect(Tensor.concatenated([x, Tensor.ones([1, 3])]).array() == [1, 1, 1] as [Float])
    #expect(Tensor([Float]()).shape == [0])
  }

  @Test("random tensors repeat with the generator and continue after each other")
  func random() {
    for dtype in [DType.float32, .float64] {
      var a = Philox(seed: 5)
      var b = Philox(seed: 5)
      let first = Tensor.uniform([7], dtype: dtype, using: &a)
      let second = Tensor.uniform([7], dtype: dtype, using: &a)
      #expect(Plain(first) == Plain(Tensor.uniform([7], dtype: dtype, using: &b)))
      #expect(Plain(second) == Plain(Tensor.uniform([7], dtype: dtype, using: &b)))
      #expect(Set(Plain(first).values).isDisjoint(with: Plain(second).values))
      #expect(a == b)
      var other = Philox(seed: 5, stream: 1)
      #expect(Set(Plain(first).values).isDisjoint(with: Plain(Tensor.uniform([7], dtype: dtype, using: &other)).values))
    }
  }

  @Test("the generator's own numbers repeat, mix with tensors and never come twice")
  func mixedDraws() {
    func draw() -> [UInt64] {
      var generator = Philox(seed: 9)
      let head = (0..<3).map { _ in generator.next() }
      _ = Tensor.normal([3], dtype: .float64, using: &generator)
      return head + (0..<3).map { _ in generator.next() }
    }
    #expect(draw() == draw())
    #expect(Set(draw()).count == 6)
  }

  @Test("Philox gives the published numbers for counter 0 and key 0")
  func philox() {
    // Known answers of Random123's kat_vectors: philox4x32-10, all zeros.
    var generator = Philox(seed: 0)
    #expect(generator.next() == 0xe169_c58d_6627_e8d5)
    #expect(generator.next() == 0x9b00_dbd8_bc57_ac4c)
  }
}
