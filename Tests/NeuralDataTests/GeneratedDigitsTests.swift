import Testing

@testable import NeuralData

@Suite struct GeneratedDigitsTests {
  @Test func `the same seed gives the same digits, another seed or split others`() {
    let digits = GeneratedDigits.generate(count: 200, seed: 7, split: .train)
    #expect(GeneratedDigits.generate(count: 200, seed: 7, split: .train) == digits)
    let others = [
      GeneratedDigits.generate(count: 200, seed: 8, split: .train),
      GeneratedDigits.generate(count: 200, seed: 7, split: .test),
    ]
    for other in others {
      #expect(other.labels != digits.labels)
      #expect(Set(images(of: other)).isDisjoint(with: images(of: digits)))
    }
  }

  @Test(arguments: [1, 7, 64, 1000])
  func `the division into tasks makes no difference`(imagesPerTask: Int) {
    let digits = GeneratedDigits.generate(count: 333, seed: 5, split: .test, imagesPerTask: imagesPerTask)
    #expect(digits == GeneratedDigits.generate(count: 333, seed: 5, split: .test))
  }

  @Test func `a smaller set is the beginning of a larger one`() {
    let digits = GeneratedDigits.generate(count: 105, seed: 5, split: .train)
    for count in [0, 1, 10, 99] {
      #expect(GeneratedDigits.generate(count: count, seed: 5, split: .train) == digits.prefix(count))
    }
  }

  @Test func `every ten images show each digit once, in changing order`() {
    let labels = GeneratedDigits.generate(count: 500, seed: 1, split: .train).labels
    let tens = stride(from: 0, to: 500, by: 10).map { Array(labels[$0..<$0 + 10]) }
    for ten in tens { #expect(ten.sorted() == Array(0..<10)) }
    #expect(Set(tens).count == 50)
  }

  @Test func `every image differs and has ink on a dark ground`() {
    let digits = images(of: GeneratedDigits.generate(count: 1000, seed: 2, split: .train))
    #expect(Set(digits).count == 1000)
    for (index, image) in digits.enumerated() {
      #expect(image.contains { $0 > 150 }, "image \(index)")
      let ink = image.count { $0 > 100 }
      #expect(ink > 15 && ink < 784 / 2, "image \(index): \(ink) pixels of ink")
    }
  }

  /// A change here changes every figure that was measured on generated digits.
  @Test func `the bytes of seed 1 are what they have always been`() {
    let digits = GeneratedDigits.generate(count: 100, seed: 1, split: .train)
    let hash = (digits.pixels + digits.labels).reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01B3
    }
    #expect(hash == 5_524_696_685_318_598_030)
  }

  @Test func `the shapes have whole knots and corners among them`() {
    #expect(DigitShape.all.count == 10)
    for stroke in DigitShape.all.joined().flatMap(\.strokes) {
      #expect(stroke.knots.count >= 2)
      #expect(stroke.knots.allSatisfy { (0...100).contains($0.x) && (0...100).contains($0.y) })
    }
  }

  private func images(of data: LabeledImages) -> [[UInt8]] {
    stride(from: 0, to: data.pixels.count, by: 784).map { Array(data.pixels[$0..<$0 + 784]) }
  }
}
