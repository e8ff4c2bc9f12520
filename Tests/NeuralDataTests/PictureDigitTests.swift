import NeuralData
import Testing

@Suite struct PictureDigitTests {
  /// A bar of ink on a ground: rows and columns that it covers.
  private func drawing(
    ground: UInt8 = 255, ink: UInt8 = 0, height: Int = 90, width: Int = 120, rows: Range<Int> = 10..<70,
    columns: Range<Int> = 80..<92
  ) -> Picture {
    let pixels = (0..<height).flatMap { row in
      (0..<width).map { rows.contains(row) && columns.contains($0) ? ink : ground }
    }
    return Picture(channels: 1, height: height, width: width, pixels: pixels)
  }

  @Test(arguments: [(255, 0), (0, 255), (200, 90), (90, 200), (128, 60)] as [(UInt8, UInt8)])
  func `any ground and ink, dark or bright, gives the same digit`(ground: UInt8, ink: UInt8) throws {
    let digit = try #require(drawing(ground: ground, ink: ink).centeredDigit())
    // 60 × 12 pixels become 20 × 4 in the middle.
    let expected = (0..<784).map { (4..<24).contains($0 / 28) && (12..<16).contains($0 % 28) ? UInt8(255) : 0 }
    #expect(digit.pixels == expected)
    #expect(digit.height == 28 && digit.width == 28 && digit.channels == 1)
  }

  @Test func `place and size do not matter`() throws {
    let digit = drawing().centeredDigit()
    #expect(drawing(rows: 20..<80, columns: 3..<15).centeredDigit() == digit)
    #expect(drawing(height: 40, width: 31, rows: 1..<31, columns: 20..<26).centeredDigit() == digit)
    #expect(drawing(height: 1000, width: 700, rows: 100..<700, columns: 400..<520).centeredDigit() == digit)
    #expect(drawing().color.centeredDigit() == digit)
  }

  @Test func `the centre of mass, not of the box, is in the middle`() throws {
    // An L: a stem of 20 × 4 and a foot of 4 × 16 at its right: 144 pixels.
    var shape = [UInt8](repeating: 0, count: 40 * 40)
    for row in 10..<30 { for column in 10..<30 where column < 14 || row >= 26 { shape[row * 40 + column] = 255 } }
    let digit = try #require(Picture(channels: 1, height: 40, width: 40, pixels: shape).centeredDigit())
    var (mass, y, x) = (0.0, 0.0, 0.0)
    for place in 0..<784 {
      let value = Double(digit.pixels[place])
      (mass, y, x) = (mass + value, y + value * (Double(place / 28) + 0.5), x + value * (Double(place % 28) + 0.5))
    }
    #expect(mass == 255 * 144 && abs(y / mass - 14) <= 0.5 && abs(x / mass - 14) <= 0.5)
  }

  @Test func `a picture without ink has no digit`() {
    #expect(drawing(ground: 100, ink: 100).centeredDigit() == nil)
    #expect(drawing(ground: 100, ink: 108).centeredDigit() == nil)
    #expect(Picture(channels: 1, height: 1, width: 1, pixels: [7]).centeredDigit() == nil)
  }

  @Test func `digits of a data set stay what they are, to a pixel or so`() throws {
    let digits = GeneratedDigits.generate(count: 20, seed: 3, split: .test)
    for index in 0..<digits.count {
      let pixels = Array(digits.pixels[index * 784..<(index + 1) * 784])
      let large = Picture(channels: 1, height: 28, width: 28, pixels: pixels.map { 255 - $0 }).resized(
        height: 140, width: 140)
      let digit = try #require(large.centeredDigit())
      // Ink fills 20 pixels of one side.
      let inked = digit.pixels.indices.filter { digit.pixels[$0] >= 64 }
      let rows = Set(inked.map { $0 / 28 }).count, columns = Set(inked.map { $0 % 28 }).count
      #expect((18...20).contains(max(rows, columns)), "image \(index): \(rows) × \(columns)")
    }
  }
}
