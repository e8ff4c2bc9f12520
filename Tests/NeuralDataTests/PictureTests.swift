import Foundation
import Neural
import Testing

@testable import NeuralData

@Suite struct PictureTests {
  /// A file that Pillow wrote: `Fixtures/png.py`.
  private func fixture(_ name: String) throws -> URL {
    try #require(Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Fixtures/png"))
  }

  private let height = 9, width = 13

  /// The fixtures' pixels, plane by plane.
  private func pixels(_ channels: Int = 1, _ value: (Int, Int, Int) -> Int = { (37 * $0 + 11 * $1 + 80 * $2) % 256 })
    -> [UInt8]
  {
    (0..<channels).flatMap { c in (0..<height).flatMap { y in (0..<width).map { x in UInt8(value(x, y, c)) } } }
  }

  @Test(
    arguments: [
      ("grey", 1, []), ("rgb", 3, []), ("rgba", 3, ["transparency dropped"]),
      ("grey-alpha", 1, ["transparency dropped"]), ("grey16", 1, ["16 bits converted to 8"]), ("interlaced", 3, []),
    ] as [(String, Int, [String])])
  func `8-bit values are as Pillow wrote them, and notes tell what was dropped`(
    name: String, channels: Int, notes: [String]
  ) throws {
    let picture = try Picture(png: fixture(name + ".png"))
    #expect(
      picture == Picture(channels: channels, height: height, width: width, pixels: pixels(channels), notes: notes))
  }

  @Test(arguments: [("palette", []), ("palette-transparent", ["transparency dropped"])])
  func `a palette becomes its colours`(name: String, notes: [String]) throws {
    let picture = try Picture(png: fixture(name + ".png"))
    let colors = [[255, 0, 0], [0, 128, 7], [1, 2, 3]]
    #expect(picture.pixels == pixels(3) { colors[($0 + $1) % 3][$2] })
    #expect(picture.notes == ["palette converted to colours"] + notes)
  }

  @Test func `one bit becomes black and white`() throws {
    let picture = try Picture(png: fixture("bit.png"))
    #expect(picture.channels == 1 && picture.pixels == pixels(1) { x, y, _ in (x + y) % 2 == 0 ? 255 : 0 })
  }

  @Test(arguments: [1, 3])
  func `what is written is read again`(channels: Int) throws {
    try withTemporaryFolder { folder in
      var random = SplitMix64(seed: 1, stream: 0, index: channels)
      for (height, width) in [(1, 1), (2, 70), (64, 3)] {
        let noise = (0..<channels * height * width).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let picture = Picture(channels: channels, height: height, width: width, pixels: noise)
        let url = folder.appending(path: "\(height).png")
        try picture.write(png: url)
        #expect(try Picture(png: url) == picture)
      }
      #expect(throws: DatasetError.self) {
        try Picture(channels: 1, height: 1, width: 1, pixels: [0]).write(png: folder.appending(path: "none/x.png"))
      }
    }
  }

  @Test func `a tensor becomes a picture and a picture a tensor`() {
    let floats = Tensor([[-1, 0, 0.5], [0.999, 1, Float.nan]] as [[Float]])
    let picture = Picture(floats)
    let sizes: [Int] = [picture.channels, picture.height, picture.width]
    #expect(sizes == [1, 2, 3] as [Int])
    #expect(picture.pixels[..<5] == [0, 0, 128, 255, 255])
    #expect(picture.tensor.shape == [1, 2, 3] && picture.tensor.dtype == .uint8)
    let colors = Tensor((0..<12).map { UInt8($0) }, shape: [3, 2, 2])
    #expect(Picture(colors).pixels == Array(0..<12))
    #expect(Picture(colors).tensor.array(UInt8.self) == Array(0..<12))
  }

  @Test func `grey is the weighted mean of the colours`() {
    let picture = Picture(channels: 3, height: 1, width: 4, pixels: [255, 0, 0, 9, 0, 255, 0, 9, 0, 0, 255, 9])
    #expect(picture.grey.pixels == [76, 150, 29, 9])
    #expect(picture.grey.color.pixels == [76, 150, 29, 9, 76, 150, 29, 9, 76, 150, 29, 9])
  }

  @Test func `resizing equals Pillow's bilinear filter to one step of 255`() throws {
    let file = try fixture("resized.json")
    let resized = try JSONDecoder().decode([String: [Int]].self, from: Data(contentsOf: file))
    #expect(resized.count == 5)
    let picture = Picture(channels: 1, height: height, width: width, pixels: pixels())
    for (name, expected) in resized {
      let size = name.split(separator: "x").compactMap { Int($0) }
      let ours = picture.resized(height: size[0], width: size[1])
      #expect(ours.pixels.count == expected.count)
      #expect(zip(ours.pixels, expected).allSatisfy { abs(Int($0) - $1) <= 1 }, "\(name)")
    }
  }

  // MARK: - Bad files

  @Test func `an image of another format is an error that names it`() throws {
    let url = try fixture("jpeg.png")
    #expect(throws: DatasetError.badPNG(path: url.path, reason: "it is a JPEG image")) { try Picture(png: url) }
    #expect(
      DatasetError.badPNG(path: "a.png", reason: "it is a JPEG image").description
        == "a.png: not a readable PNG image: it is a JPEG image")
  }

  @Test func `every truncation is an error`() throws {
    let bytes = try fixture("rgb.png").bytes()
    try withTemporaryFolder { folder in
      // The last chunk, of 12 bytes, holds nothing.
      for count in 0..<bytes.count - 12 {
        let url = folder.appending(path: "\(count).png")
        try url.put(Array(bytes.prefix(count)))
        #expect(throws: DatasetError.self, "first \(count) bytes") { try Picture(png: url) }
      }
    }
  }

  @Test func `more pixels than the file can hold are an error before they are allocated`() throws {
    var bytes = try fixture("grey.png").bytes()
    bytes.replaceSubrange(16..<24, with: [0, 0, 0x80, 0, 0, 0, 0x80, 0])  // 32,768 × 32,768
    let checksum = bytes[12..<29].withUnsafeBytes { Deflate.checksum($0) }
    bytes.replaceSubrange(29..<33, with: withUnsafeBytes(of: checksum.bigEndian, Array.init))
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.png")
      try url.put(bytes)
      #expect(throws: DatasetError.oversized(path: url.path, limit: 1 << 31)) { try Picture(png: url, limit: 1 << 31) }
      #expect(throws: DatasetError.oversized(path: url.path, limit: 100)) { try Picture(png: url, limit: 100) }
    }
  }

  @Test(arguments: ["grey", "rgba", "palette-transparent", "grey16", "interlaced"])
  func `a damaged file gives a picture or an error`(name: String) throws {
    try survives(800, mutationsOf: fixture(name + ".png").bytes(), seed: 11, name: "x.png", repair: fixChecksums) {
      url, place in
      let picture = try Picture(png: url, limit: 1 << 20)
      #expect(picture.pixels.count == picture.channels * picture.height * picture.width, place)
    }
  }

  /// The chunks' checksums made right again, as far as there are chunks: so that what is behind them is reached.
  private func fixChecksums(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes, position = 8
    while position + 12 <= bytes.count {
      let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
      let end = position + 8 + length
      guard end + 4 <= bytes.count else { break }
      let checksum = bytes[position + 4..<end].withUnsafeBytes { Deflate.checksum($0) }
      bytes.replaceSubrange(end..<end + 4, with: withUnsafeBytes(of: checksum.bigEndian, Array.init))
      position = end + 4
    }
    return bytes
  }
}
