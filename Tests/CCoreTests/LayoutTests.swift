import CCore
import Testing

@Suite("Layouts") struct LayoutTests {
  @Test("interleaving follows its definition and is undone by its inverse", arguments: [0, 1, 15, 16, 17, 33, 100])
  func interleaving(batch: Int) {
    var generator = SplitMix(UInt64(batch))
    for features in [1, 3, 15, 16, 17, 49, 784] {
      let x = generator.reals(batch * features)
      let input = GuardedBuffer(x), output = GuardedBuffer(cc_interleaved_count(Int32(batch), features))
      let back = GuardedBuffer(x.count)
      #expect(cc_interleave(Int32(batch), features, input.floats, output.floats) == CC_OK)
      #expect(output.array == interleaved(x, batch: batch), "\(features) features")
      #expect(cc_deinterleave(Int32(batch), features, output.floats, back.floats) == CC_OK)
      #expect(back.array == x && output.isIntact && back.isIntact, "\(features) features")
    }
  }

  @Test("strided copies follow their definition")
  func strided() {
    var generator = SplitMix(8)
    for _ in 0..<300 {
      let rank = Int.random(in: 0...5, using: &generator)
      let shape = (0..<rank).map { _ in Int.random(in: 0...5, using: &generator) }
      let base = 4000
      let strides = shape.map { _ in Int.random(in: -40...40, using: &generator) }
      let x = (0..<2 * base).map { UInt16($0) }
      var expected: [UInt16] = []
      var position = [Int](repeating: 0, count: rank)
      let count = shape.reduce(1, *)
      for number in 0..<count {
        var rest = number
        for axis in (0..<rank).reversed() { (position[axis], rest) = (rest % shape[axis], rest / shape[axis]) }
        expected.append(x[base + zip(position, strides).reduce(0) { $0 + $1.0 * $1.1 }])
      }
      var y = [UInt16](repeating: 0, count: max(count, 1))
      x.withUnsafeBufferPointer {
        #expect(cc_copy_strided(2, Int32(rank), shape, strides, $0.baseAddress! + base, &y) == CC_OK)
      }
      #expect(Array(y.prefix(count)) == expected, "shape \(shape), strides \(strides)")
    }
  }
}
