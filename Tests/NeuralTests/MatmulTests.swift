import Neural
import Testing

@Suite("Matrix products")
struct MatmulTests {
  /// a·b with batch axes broadcast, in double precision; both of rank 2 or more.
  private func oracle(_ a: Plain, _ b: Plain) -> Plain {
    let k = a.shape[a.shape.count - 1]
    let batch = Plain.together(Array(a.shape.dropLast(2)), Array(b.shape.dropLast(2)))
    return Plain(batch + [a.shape[a.shape.count - 2], b.shape[b.shape.count - 1]]) { index in
      let head = Array(index.dropLast(2)), i = index[index.count - 2], j = index[index.count - 1]
      func at(_ x: Plain, _ row: Int, _ column: Int) -> Double {
        let own = head.suffix(x.shape.count - 2)
        return x[zip(own, x.shape).map { $1 == 1 ? 0 : $0 } + [row, column]]
      }
      return (0..<k).reduce(0) { $0 + at(a, i, $1) * at(b, $1, j) }
    }
  }

  @Test("every shape equals the reference exactly on small integers", arguments: [DType.float32, .float64])
  func shapes(_ dtype: DType) {
    var shapes: [([Int], [Int])] = [
      ([1, 1], [1, 1]), ([5, 3], [3, 2]), ([17, 19], [19, 33]), ([33, 65], [65, 18]), ([1, 70], [70, 1]),
      ([70, 1], [1, 70]), ([16, 16], [16, 16]), ([2, 3, 4], [4, 5]), ([3, 4], [2, 4, 5]), ([2, 3, 4], [2, 4, 5]),
      ([2, 1, 3, 4], [3, 4, 2]), ([1, 3, 4], [5, 4, 2]), ([3, 0], [0, 2]), ([0, 3], [3, 2]),
    ]
    var generator = Philox(seed: 11)
    for _ in 0..<25 {
      let sizes = (0..<3).map { _ in Int.random(in: 1...40, using: &generator) }
      shapes.append(([sizes[0], sizes[1]], [sizes[1], sizes[2]]))
    }
    for (first, second) in shapes {
      let a = generator.integers(Shape(first)).cast(to: dtype)
      let b = generator.integers(Shape(second)).cast(to: dtype)
      #expect(Plain(matmul(a, b)) == oracle(Plain(a), Plain(b)), "\(dtype) \(first) · \(second)")
    }
  }

  @Test("real numbers are within k ε Σ|a||b| of the double result")
  func reals() {
    for (m, k, n) in [(31, 100, 17), (64, 256, 10), (100, 784, 12), (6, 1000, 5)] {
      var generator = Philox(seed: UInt64(k))
      let a = Tensor.normal([m, k], using: &generator)
      let b = Tensor.normal([k, n], using: &generator)
      let exact = oracle(Plain(a), Plain(b)).values
      let sizes = oracle(Plain(a.abs()), Plain(b.abs())).values
      let found = Plain(matmul(a, b)).values
      for i in exact.indices {
        #expect(abs(found[i] - exact[i]) <= Double(k) * 0x1p-24 * sizes[i], "\(m)×\(k)×\(n), element \(i)")
      }
    }
  }

  @Test("vectors count as a row on the left and as a column on the right")
  func vectors() {
    let v = Tensor([1, 2, 3]), w = Tensor([4, 5, 6])
    let m = Tensor([[1, 0], [0, 1], [1, 1]])
    #expect(matmul(v, w).shape == [] && matmul(v, w).scalar == 32)
    #expect(matmul(v, m).shape == [2] && matmul(v, m).array() == [4, 5] as [Float])
    #expect(matmul(m, Tensor([10, 20])).array() == [10, 20, 30] as [Float])
    let batched = Tensor.stacked([m, m * 2])
    #expect(matmul(v, batched).shape == [2, 2] && matmul(v, batched).array() == [4, 5, 8, 10] as [Float])
    #expect(matmul(batched, Tensor([1, 1])).shape == [2, 3])
    #expect(matmul(batched, Tensor([1, 1])).array() == [1, 1, 2, 2, 2, 4] as [Float])
  }

  @Test("slices and transposes are multiplied by their own elements")
  func views() {
    let x = Tensor.arange(12).reshaped([3, 4])
    #expect(matmul(x[1..<3], x.transposed()[0..<4]).shape == [2, 3])
    #expect(matmul(x[1..<3], x.transposed()).array() == [38, 126, 214, 62, 214, 366] as [Float])
  }
}
