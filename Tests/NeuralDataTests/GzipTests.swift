import Testing

@testable import NeuralData

@Suite struct GzipTests {
  @Test(arguments: [0, 1, 1000, 65_536, 3_000_001])
  func `packing and unpacking gives the same bytes`(count: Int) throws {
    var random = SplitMix64(seed: 1, stream: 0, index: count)
    let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next() & 7) }
    let packed = Gzip.compress(bytes)
    #expect(packed.prefix(2) == [0x1F, 0x8B])
    #expect(try Gzip.decompress(packed, limit: count, path: "x") == bytes)
  }

  @Test func `members in a row are one content`() throws {
    let packed = Gzip.compress([1, 2]) + Gzip.compress([]) + Gzip.compress([3])
    #expect(try Gzip.decompress(packed, limit: 3, path: "x") == [1, 2, 3])
  }

  @Test func `unpacking stops at the limit`() {
    let bomb = Gzip.compress([UInt8](repeating: 0, count: 10_000_000))
    #expect(throws: DatasetError.oversized(path: "x", limit: 9_999_999)) {
      try Gzip.decompress(bomb, limit: 9_999_999, path: "x")
    }
    #expect(throws: DatasetError.oversized(path: "x", limit: 0)) {
      try Gzip.decompress(bomb, limit: 0, path: "x")
    }
  }

  @Test func `every truncation is an error`() {
    let packed = Gzip.compress(Array(0...255))
    for count in packed.indices {
      #expect(throws: DatasetError.corruptGzip(path: "x", reason: "it is cut short"), "first \(count) bytes") {
        try Gzip.decompress(Array(packed.prefix(count)), limit: 1000, path: "x")
      }
    }
  }

  @Test(arguments: [[0], [0x1F], [0x1F, 0x8B], [0, 0, 0, 0], Array("garbage".utf8)])
  func `bytes after the last member are an error`(garbage: [UInt8]) {
    #expect(throws: DatasetError.corruptGzip(path: "x", reason: "other bytes follow its end")) {
      try Gzip.decompress(Gzip.compress([1, 2, 3]) + garbage, limit: 1000, path: "x")
    }
  }

  @Test func `a wrong checksum is an error`() {
    var packed = Gzip.compress(Array(0...255))
    packed[packed.count - 8] ^= 1
    #expect(throws: DatasetError.corruptGzip(path: "x", reason: "incorrect data check")) {
      try Gzip.decompress(packed, limit: 1000, path: "x")
    }
  }
}
