import CCore
import Testing

@Suite("Pooling") struct PoolingTests {
  /// Rounding up, leaving padding out of the mean, and the divisor of a mean.
  private static let options: [(ceils: Bool, excludes: Bool, divisor: Int32)] = [
    (false, false, 0), (true, false, 0), (false, true, 0), (true, true, 0), (true, false, 5),
  ]

  private func shape(_ n: [Int32], batch: Int32, _ options: (ceils: Bool, excludes: Bool, divisor: Int32))
    -> cc_pool_shape
  {
    cc_pool_shape(
      batch: batch, channels: n[0], in_height: n[1], in_width: n[2], kernel_height: n[3], kernel_width: n[4],
      stride_height: n[5], stride_width: n[5], pad_height: n[6], pad_width: n[6], rectifies: false,
      ceils: options.ceils, excludes_padding: options.excludes, divisor: options.divisor)
  }

  @Test(
    "the kernels of both layouts equal the reference for every listed shape, option and batch tail",
    arguments: [1, 15, 16, 17, 33], PoolingTests.options.indices)
  func listedShapes(batch: Int32, option: Int) throws {
    for (number, (name, numbers)) in try shapeList("pooling").enumerated() {
      var shape = shape(numbers, batch: batch, PoolingTests.options[option])
      var (height, width): (Int32, Int32) = (0, 0)
      #expect(cc_pool_output_size(&shape, &height, &width) == CC_OK)
      let features = Int(shape.channels * shape.in_height * shape.in_width)
      let outputs = Int(shape.channels * height * width)
      let n = Int(batch)
      var generator = SplitMix(UInt64(number))
      // Few different values: many ties.
      let x = generator.integers(n * features, -1...1), dy = generator.integers(n * outputs)

      var y = [Float](repeating: .nan, count: n * outputs), dx = [Float](repeating: .nan, count: n * features)
      var winners = [UInt16](repeating: 9999, count: n * outputs)
      #expect(cc_reference_max_pool_forward(&shape, CC_FLOAT32, x, &y, &winners) == CC_OK)
      #expect(cc_reference_max_pool_backward(&shape, CC_FLOAT32, winners, dy, &dx) == CC_OK)
      var means = y, dmeans = dx
      #expect(cc_reference_average_pool_forward(&shape, CC_FLOAT32, x, &means) == CC_OK)
      #expect(cc_reference_average_pool_backward(&shape, CC_FLOAT32, dy, &dmeans) == CC_OK)

      let plain = (x: GuardedBuffer(x), y: GuardedBuffer(y.count), winner: GuardedBuffer((y.count + 1) / 2))
      let plainIndex = plain.winner.pointer.assumingMemoryBound(to: UInt16.self)
      #expect(
        cc_max_pool_forward(&shape, CC_FLOAT32, CC_ROW_MAJOR, plain.x.pointer, plain.y.pointer, plainIndex) == CC_OK)
      #expect(plain.y.array == y && (0..<y.count).allSatisfy { plainIndex[$0] == winners[$0] }, "row-major \(name)")
      #expect(cc_average_pool_forward(&shape, CC_FLOAT32, CC_ROW_MAJOR, plain.x.pointer, plain.y.pointer) == CC_OK)
      #expect(zip(plain.y.array, means).allSatisfy { abs($0 - $1) <= 1e-6 }, "row-major mean of \(name)")
      let (plainGradient, plainInput) = (GuardedBuffer(dy), GuardedBuffer(dx.count))
      #expect(
        cc_max_pool_backward(&shape, CC_FLOAT32, CC_ROW_MAJOR, plainIndex, plainGradient.pointer, plainInput.pointer)
          == CC_OK)
      #expect(plainInput.array == dx, "row-major gradient of \(name)")
      #expect(
        cc_average_pool_backward(&shape, CC_FLOAT32, CC_ROW_MAJOR, plainGradient.pointer, plainInput.pointer) == CC_OK)
      #expect(
        zip(plainInput.array, dmeans).allSatisfy { abs($0 - $1) <= 1e-5 }, "row-major gradient of the mean of \(name)")
      for buffer in [plain.x, plain.y, plain.winner, plainGradient, plainInput] {
        #expect(buffer.isIntact, "row-major \(name)")
      }

      let input = GuardedBuffer(interleaved(x, batch: n, fill: 5)), gradient = GuardedBuffer(interleaved(dy, batch: n))
      let output = GuardedBuffer(gradient.count), inputGradient = GuardedBuffer(input.count)
      let winner = GuardedBuffer((gradient.count + 1) / 2)
      let index = winner.pointer.assumingMemoryBound(to: UInt16.self)
      #expect(cc_max_pool_forward(&shape, CC_FLOAT32, CC_INTERLEAVED, input.pointer, output.pointer, index) == CC_OK)
      #expect(deinterleaved(output.array, batch: n, features: outputs) == y, "\(name)")
      #expect(
        cc_max_pool_backward(&shape, CC_FLOAT32, CC_INTERLEAVED, index, gradient.pointer, inputGradient.pointer)
          == CC_OK)
      #expect(deinterleaved(inputGradient.array, batch: n, features: features) == dx, "gradient of \(name)")
      #expect(padding(inputGradient.array, batch: n).allSatisfy { $0 == 0 })
      #expect(cc_max_pool_forward(&shape, CC_FLOAT32, CC_INTERLEAVED, input.pointer, output.pointer, nil) == CC_OK)
      #expect(deinterleaved(output.array, batch: n, features: outputs) == y, "\(name) without winners")

      #expect(cc_average_pool_forward(&shape, CC_FLOAT32, CC_INTERLEAVED, input.pointer, output.pointer) == CC_OK)
      let ourMeans = deinterleaved(output.array, batch: n, features: outputs)
      #expect(zip(ourMeans, means).allSatisfy { abs($0 - $1) <= 1e-6 }, "mean of \(name)")
      #expect(
        cc_average_pool_backward(&shape, CC_FLOAT32, CC_INTERLEAVED, gradient.pointer, inputGradient.pointer) == CC_OK)
      let ours = deinterleaved(inputGradient.array, batch: n, features: features)
      #expect(zip(ours, dmeans).allSatisfy { abs($0 - $1) <= 1e-5 }, "gradient of the mean of \(name)")
      for buffer in [input, gradient, output, inputGradient, winner] { #expect(buffer.isIntact, "\(name)") }
    }
  }

  @Test("NaN wins, padding never does, the first of equals wins, in both layouts")
  func rules() {
    var shape = cc_pool_shape(
      batch: 1, channels: 1, in_height: 2, in_width: 4, kernel_height: 2, kernel_width: 2, stride_height: 2,
      stride_width: 2, pad_height: 0, pad_width: 0, rectifies: false, ceils: false, excludes_padding: false, divisor: 0)
    let x: [Float] = [-1, -1, 2, .nan, -1, -1, 7, 3]
    for layout in [CC_ROW_MAJOR, CC_INTERLEAVED] {
      let input = GuardedBuffer(layout == CC_ROW_MAJOR ? x : interleaved(x, batch: 1))
      let output = GuardedBuffer(layout == CC_ROW_MAJOR ? 2 : 32)
      var winners = [UInt16](repeating: 9, count: output.count)
      #expect(cc_max_pool_forward(&shape, CC_FLOAT32, layout, input.pointer, output.pointer, &winners) == CC_OK)
      let step = output.count / 2
      #expect(output.array[0] == -1 && output.array[step].isNaN)
      #expect(winners[0] == 0 && winners[step] == 1)
    }
  }
}
