import CCore
import Testing

/// Random shapes of what ConvolutionTests does not fuzz.
@Suite("Random shapes") struct FuzzTests {
  @Test("random pools equal the reference in both layouts")
  func fuzzPools() {
    let fuzzing = Fuzzing(), seed = fuzzing.seed
    var generator = SplitMix(seed)
    var count = 0
    while fuzzing.goesOn(after: count) {
      func pick(_ range: ClosedRange<Int32>) -> Int32 { Int32.random(in: range, using: &generator) }
      let (height, width) = (pick(1...9), pick(1...9))
      var shape = cc_pool_shape(
        batch: pick(0...35), channels: pick(1...9), in_height: pick(1...40), in_width: pick(1...40),
        kernel_height: height, kernel_width: width, stride_height: pick(1...5), stride_width: pick(1...5),
        pad_height: pick(0...height / 2), pad_width: pick(0...width / 2), rectifies: pick(0...1) == 1,
        ceils: pick(0...1) == 1, excludes_padding: pick(0...1) == 1, divisor: pick(0...2))
      if pick(1...6) == 1 {  // one window over everything
        (shape.kernel_height, shape.kernel_width, shape.pad_height, shape.pad_width) = (
          shape.in_height, shape.in_width, 0, 0
        )
      }
      var (outHeight, outWidth): (Int32, Int32) = (0, 0)
      guard cc_pool_output_size(&shape, &outHeight, &outWidth) == CC_OK else { continue }
      count += 1
      let sizes = (
        x: Int(shape.channels * shape.in_height * shape.in_width), y: Int(shape.channels * outHeight * outWidth)
      )
      let (x, dy) = (
        generator.integers(Int(shape.batch) * sizes.x), generator.integers(Int(shape.batch) * sizes.y)
      )
      if let difference = difference(&shape, x, dy, sizes.x, sizes.y) {
        Issue.record("FUZZ_SEED=\(seed), shape \(count): \(difference), \(shape)")
        return
      }
    }
    print("pooling: \(count) random shapes on \(String(cString: cc_isa_name())), FUZZ_SEED=\(seed)")
  }

  /// What differs from the reference, if anything.
  private func difference(
    _ shape: inout cc_pool_shape, _ x: [Float], _ dy: [Float], _ inFeatures: Int, _ outFeatures: Int
  ) -> String? {
    let batch = Int(shape.batch)
    var y = [Float](repeating: .nan, count: dy.count), dx = [Float](repeating: .nan, count: x.count)
    var winners = [UInt16](repeating: 9999, count: dy.count)
    #expect(cc_reference_max_pool_forward(&shape, CC_FLOAT32, x, &y, &winners) == CC_OK)
    #expect(cc_reference_max_pool_backward(&shape, CC_FLOAT32, winners, dy, &dx) == CC_OK)
    var mean = y, dmean = dx
    #expect(cc_reference_average_pool_forward(&shape, CC_FLOAT32, x, &mean) == CC_OK)
    #expect(cc_reference_average_pool_backward(&shape, CC_FLOAT32, dy, &dmean) == CC_OK)

    for layout in [CC_ROW_MAJOR, CC_INTERLEAVED] {
      let isInterleaved = layout == CC_INTERLEAVED
      let input = GuardedBuffer(isInterleaved ? interleaved(x, batch: batch, fill: 5) : x)
      let gradient = GuardedBuffer(isInterleaved ? interleaved(dy, batch: batch) : dy)
      let (output, inputGradient) = (GuardedBuffer(gradient.count), GuardedBuffer(input.count))
      let winner = GuardedBuffer((gradient.count + 1) / 2)
      let index = winner.pointer.assumingMemoryBound(to: UInt16.self)
      func agrees(_ found: GuardedBuffer, _ expected: [Float], _ features: Int, within error: Float) -> Bool {
        let found = isInterleaved ? deinterleaved(found.array, batch: batch, features: features) : found.array
        return zip(found, expected).allSatisfy { abs($0 - $1) <= error }
      }
      #expect(cc_max_pool_forward(&shape, CC_FLOAT32, layout, input.pointer, output.pointer, index) == CC_OK)
      if !agrees(output, y, outFeatures, within: 0) { return "maximum, \(layout)" }
      #expect(
        cc_max_pool_backward(&shape, CC_FLOAT32, layout, index, gradient.pointer, inputGradient.pointer) == CC_OK)
      if !agrees(inputGradient, dx, inFeatures, within: 0) { return "gradient of the maximum, \(layout)" }
      #expect(cc_average_pool_forward(&shape, CC_FLOAT32, layout, input.pointer, output.pointer) == CC_OK)
      if !agrees(output, mean, outFeatures, within: 3e-4) { return "mean, \(layout)" }
      #expect(cc_average_pool_backward(&shape, CC_FLOAT32, layout, gradient.pointer, inputGradient.pointer) == CC_OK)
      if !agrees(inputGradient, dmean, inFeatures, within: 3e-4) { return "gradient of the mean, \(layout)" }
      for buffer in [input, gradient, output, inputGradient, winner] where !buffer.isIntact {
        return "written outside a buffer, \(layout)"
      }
    }
    return nil
  }

  @Test("random matrix products are exact on integers")
  func fuzzProducts() {
    let fuzzing = Fuzzing(), seed = fuzzing.seed
    var generator = SplitMix(seed)
    var count = 0
    while fuzzing.goesOn(after: count) {
      func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
      // Mostly small; now and then one size that spans several panels.
      var sizes = [pick(0...40), pick(0...40), pick(0...40)]
      if pick(0...3) == 0 { sizes[pick(0...2)] = pick(0...1200) }
      let (m, n, k) = (sizes[0], sizes[1], sizes[2])
      let (transposeA, transposeB, accumulate) = (pick(0...1) == 1, pick(0...1) == 1, pick(0...1) == 1)
      let (lda, ldb, ldc) = (
        (transposeA ? m : k) + pick(0...3), (transposeB ? k : n) + pick(0...3), n + pick(0...3)
      )
      let a = generator.integers((transposeA ? k : m) * lda), b = generator.integers((transposeB ? n : k) * ldb)
      let c = generator.integers(m * ldc)
      var expected = c
      for i in 0..<m {
        for j in 0..<n {
          var sum = accumulate ? c[i * ldc + j] : 0
          for p in 0..<k {
            sum += a[transposeA ? p * lda + i : i * lda + p] * b[transposeB ? j * ldb + p : p * ldb + j]
          }
          expected[i * ldc + j] = sum
        }
      }
      count += 1
      let (left, right, result) = (GuardedBuffer(a), GuardedBuffer(b), GuardedBuffer(c))
      let status = cc_gemm(
        CC_FLOAT32, transposeA, transposeB, m, n, k, left.pointer, max(lda, 1), right.pointer, max(ldb, 1), accumulate,
        result.pointer, max(ldc, 1))
      guard status == CC_OK, result.array == expected, result.isIntact else {
        Issue.record(
          "FUZZ_SEED=\(seed), shape \(count): \(m)×\(n)×\(k), transposed \(transposeA) \(transposeB), accumulate \(accumulate), rows of \(lda), \(ldb), \(ldc)"
        )
        return
      }
    }
    print("matrix products: \(count) random shapes on \(String(cString: cc_isa_name())), FUZZ_SEED=\(seed)")
  }
}
