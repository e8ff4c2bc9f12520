/// Random numbers from a 64-bit counter that is passed through a mixing function (Steele, Lea and Flood,
/// "Fast splittable pseudorandom number generators", 2014).
///
/// A generator is keyed by what it is for, so that each image has its own and none depends on another.
struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  /// The generator of item `index` of `stream`; different keys give unrelated numbers.
  init(seed: UInt64, stream: UInt64, index: Int) {
    state = seed
    for word in [stream, UInt64(truncatingIfNeeded: index)] { state = Self.mix(state &+ Self.step) &+ word }
    state = Self.mix(state &+ Self.step)
  }

  mutating func next() -> UInt64 {
    state &+= Self.step
    return Self.mix(state)
  }

  /// Uniform in `range`, in steps of 2⁻²⁴ of its width.
  mutating func uniform(_ range: ClosedRange<Float>) -> Float {
    range.lowerBound + (range.upperBound - range.lowerBound) * (Float(next() >> 40) * 0x1p-24)
  }

  /// Mean 0, variance 1, within ±3.5: four uniform numbers added, which is near enough to normal for
  /// handwriting and, unlike a logarithm, the same on every machine.
  mutating func normal() -> Float {
    let bits = next()
    let sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + bits >> 48
    return (Float(sum) * 0x1p-16 - 2) * 1.7320508
  }

  /// 2⁶⁴ over the golden ratio, odd.
  private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// A bijection in which each input bit changes half of the output bits.
  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
