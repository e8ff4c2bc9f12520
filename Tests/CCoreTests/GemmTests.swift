import CCore
import Testing

@Suite("Matrix products") struct GemmTests {
  /// op(a)·op(b) + c by three loops in double.
  private func product(
    _ m: Int, _ n: Int, _ k: Int, _ a: [Float], _ lda: Int, _ transposeA: Bool, _ b: [Float], _ ldb: Int,
    _ transposeB: Bool, adding c: [Float], _ ldc: Int
  ) -> [Float] {
    var result = c
    for i in 0..<m {
      for j in 0..<n {
        var sum = Double(c[i * ldc + j])
        for p in 0..<k {
          sum += Double(a[transposeA ? p * lda + i : i * lda + p]) * Double(b[transposeB ? j * ldb + p : p * ldb + j])
        }
        result[i * ldc + j] = Float(sum)
      }
    }
    return result
  }

  private let sizes =
    [
      (1, 1, 1), (6, 64, 16), (7, 65, 17), (5, 3, 40), (64, 1, 30), (1, 100, 33), (13, 130, 300), (100, 10, 784),
      (31, 33, 0), (0, 5, 3), (4, 0, 3), (128, 96, 400), (12, 200, 9), (1, 1, 5000), (700, 1, 50), (3, 5, 20_001),
      (17, 16, 4099), (20, 600, 270), (1, 1, 0), (1031, 3, 520),  // the last: a transposed a is packed
    ] + (1...13).flatMap { m in [10, 30, 48].map { n in (m, n, 21) } }  // tiles of every height

  @Test(
    "every size, transposition and leading dimension is exact on integers", arguments: [false, true], [false, true])
  func exact(transposeA: Bool, transposeB: Bool) {
    var generator = SplitMix(11)
    for (m, n, k) in sizes {
      for (extra, accumulate) in [(0, false), (3, true)] {
        let (lda, ldb, ldc) = ((transposeA ? m : k) + extra, (transposeB ? k : n) + extra, n + extra)
        let a = generator.integers((transposeA ? k : m) * lda), b = generator.integers((transposeB ? n : k) * ldb)
        let c = generator.integers(m * ldc)
        var start = c
        if !accumulate { for i in 0..<m { for j in 0..<n { start[i * ldc + j] = 0 } } }
        let expected = product(m, n, k, a, lda, transposeA, b, ldb, transposeB, adding: start, ldc)
        let (left, right, result) = (GuardedBuffer(a), GuardedBuffer(b), GuardedBuffer(c))
        #expect(
          cc_gemm(
            CC_FLOAT32, transposeA, transposeB, m, n, k, left.pointer, max(lda, 1), right.pointer, max(ldb, 1),
            accumulate, result.pointer, max(ldc, 1)) == CC_OK)
        #expect(result.array == expected, "\(m)×\(n)×\(k), extra \(extra), accumulate \(accumulate)")
        #expect(result.isIntact)

        let (a64, b64) = (a.map(Double.init), b.map(Double.init))
        var c64 = c.map(Double.init)
        #expect(
          cc_gemm(
            CC_FLOAT64, transposeA, transposeB, m, n, k, a64, max(lda, 1), b64, max(ldb, 1), accumulate, &c64,
            max(ldc, 1)) == CC_OK)
        #expect(c64.map(Float.init) == expected, "float64 \(m)×\(n)×\(k)")
      }
    }
  }

  @Test("linear layers equal the product in both layouts", arguments: [1, 15, 16, 17, 64, 100])
  func linear(batch: Int) {
    var generator = SplitMix(UInt64(batch))
    let inParts = batch == 17 ? [(8200, 32)] : []  // sums so long that parts of them are added
    for (inputs, outputs) in [(256, 120), (120, 84), (84, 10), (784, 100), (1, 1), (17, 33), (300, 7)] + inParts {
      var shape = cc_linear_shape(batch: Int32(batch), inputs: Int32(inputs), outputs: Int32(outputs))
      let x = generator.integers(batch * inputs), w = generator.integers(outputs * inputs)
      let bias = generator.integers(outputs), dy = generator.integers(batch * outputs)
      let start = (0..<batch * outputs).map { bias[$0 % outputs] }
      let y = product(batch, outputs, inputs, x, inputs, false, w, inputs, true, adding: start, outputs)
      let zeros = { [Float](repeating: 0, count: $0) }
      let dx = product(
        batch, inputs, outputs, dy, outputs, false, w, inputs, false, adding: zeros(batch * inputs), inputs)
      let dw = product(
        outputs, inputs, batch, dy, outputs, true, x, inputs, false, adding: zeros(outputs * inputs), inputs)
      let dbias = (0..<outputs).map { o in (0..<batch).reduce(Float(0)) { $0 + dy[$1 * outputs + o] } }
      for (xLayout, layout) in [
        (CC_ROW_MAJOR, CC_ROW_MAJOR), (CC_INTERLEAVED, CC_INTERLEAVED), (CC_ROW_MAJOR, CC_INTERLEAVED),
      ] {
        let isInterleaved = layout == CC_INTERLEAVED
        let input = GuardedBuffer(xLayout == CC_INTERLEAVED ? interleaved(x, batch: batch, fill: 9) : x)
        let gradient = GuardedBuffer(isInterleaved ? interleaved(dy, batch: batch) : dy)
        let (weights, offsets) = (GuardedBuffer(w), GuardedBuffer(bias))
        let (output, inputGradient) = (GuardedBuffer(gradient.count), GuardedBuffer(gradient.count / outputs * inputs))
        let (weightGradient, biasGradient) = (GuardedBuffer(w.count), GuardedBuffer(outputs))
        #expect(
          cc_linear_forward(
            &shape, CC_FLOAT32, xLayout, layout, input.pointer, weights.pointer, offsets.pointer, output.pointer)
            == CC_OK)
        #expect(
          cc_linear_backward_data(
            &shape, CC_FLOAT32, layout, gradient.pointer, weights.pointer, inputGradient.pointer) == CC_OK)
        #expect(
          cc_linear_backward_weights(
            &shape, CC_FLOAT32, xLayout, layout, input.pointer, gradient.pointer, weightGradient.pointer,
            biasGradient.pointer) == CC_OK)
        func rows(_ buffer: GuardedBuffer, _ features: Int) -> [Float] {
          isInterleaved ? deinterleaved(buffer.array, batch: batch, features: features) : buffer.array
        }
        #expect(rows(output, outputs) == y, "forward \(inputs) to \(outputs), batch \(batch), \(layout)")
        #expect(rows(inputGradient, inputs) == dx, "data \(inputs) to \(outputs), batch \(batch), \(layout)")
        #expect(weightGradient.array == dw, "weights \(inputs) to \(outputs), batch \(batch), \(layout)")
        #expect(biasGradient.array == dbias, "bias \(inputs) to \(outputs), batch \(batch), \(layout)")
        if isInterleaved { #expect(padding(inputGradient.array, batch: batch).allSatisfy { $0 == 0 }) }
        for buffer in [input, gradient, output, inputGradient, weightGradient, biasGradient] {
          #expect(buffer.isIntact, "\(inputs) to \(outputs), batch \(batch), \(layout)")
        }
      }
    }
  }

  @Test("1, 2, 3 and 5 threads give the same bits on real numbers")
  func threads() {
    var generator = SplitMix(2)
    for (m, n, k) in [
      (300, 300, 300), (10, 1000, 700), (1000, 10, 700), (1, 700, 900), (700, 1, 900), (16, 20, 9000), (1, 1, 300_000),
    ] {
      let a = generator.reals(m * k), b = generator.reals(k * n)
      var first: [Float]?
      withThreadCounts([1, 2, 3, 5]) { count in
        var c = [Float](repeating: 0, count: m * n)
        #expect(cc_gemm(CC_FLOAT32, false, false, m, n, k, a, k, b, n, false, &c, n) == CC_OK)
        if let first { #expect(c == first, "\(m)×\(n)×\(k), \(count) threads") } else { first = c }
      }
    }
  }

  @Test("a matrix that no cache holds, which is read from either end in turn, gives the same bits each time")
  func turns() {
    var generator = SplitMix(8)
    for (m, n, k) in [(1, 70, 9000), (3, 530, 1000)] {
      let a = generator.integers(m * k), b = generator.integers(n * k)
      let zeros = [Float](repeating: 0, count: m * n)
      let expected = product(m, n, k, a, k, false, b, k, true, adding: zeros, n)
      withThreadCounts([1, 1, 2, 2, 5, 5]) { count in
        var c = zeros
        #expect(cc_gemm(CC_FLOAT32, false, true, m, n, k, a, k, b, k, false, &c, n) == CC_OK)
        #expect(c == expected, "\(m)×\(n)×\(k), \(count) threads")
      }
    }
  }

  @Test("sizes that do not fit and missing buffers are refused")
  func refused() {
    var c: [Float] = [0]
    #expect(cc_gemm(CC_FLOAT32, false, false, 1, 1, 2, c, 1, c, 1, false, &c, 1) == CC_BAD_SHAPE)
    #expect(cc_gemm(CC_FLOAT32, false, false, 1, 1, 1, nil, 1, c, 1, false, &c, 1) == CC_BAD_POINTER)
    #expect(cc_gemm(CC_INT32, false, false, 1, 1, 1, c, 1, c, 1, false, &c, 1) == CC_UNSUPPORTED)
  }
}
