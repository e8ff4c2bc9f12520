import Foundation
import Testing

@testable import NeuralData

@Suite struct IDXFileTests {
  /// What reading a file with these bytes throws; the file is called `file`, and so the error's path ends.
  private func error(reading bytes: [UInt8], dimensions: Int = 2, limit: Int = 1 << 31) throws -> String {
    try withTemporaryFolder { folder in
      try folder.appending(path: "file").put(bytes)
      let error = #expect(throws: DatasetError.self) {
        try IDXFile.read(folder.appending(path: "file"), dimensions: dimensions, limit: limit)
      }
      let text = try #require(error).description
      try #require(text.hasPrefix(folder.path + "/file: "), "\(text)")
      return String(text.dropFirst(folder.path.count + 1))
    }
  }

  private func header(_ sizes: [UInt32]) -> [UInt8] {
    ([0x800 | UInt32(sizes.count)] + sizes).flatMap { withUnsafeBytes(of: $0.bigEndian, Array.init) }
  }

  // MARK: - Good files

  @Test(arguments: ["plain", "packed.gz"])
  func `what is written is read back, and nothing is left beside it`(name: String) throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: name)
      try smallArray.write(to: url)
      #expect(try IDXFile.read(url, dimensions: 2) == smallArray)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [name])
    }
  }

  @Test func `the plain form is the format's, byte for byte`() throws {
    try withTemporaryFolder { folder in
      try smallArray.write(to: folder.appending(path: "a"))
      #expect(try folder.appending(path: "a").bytes() == smallFile)
    }
  }

  @Test func `the content decides whether it is gzip, not the name`() throws {
    try withTemporaryFolder { folder in
      try folder.appending(path: "plain.gz").put(smallFile)
      try folder.appending(path: "packed").put(Gzip.compress(smallFile))
      #expect(try IDXFile.read(folder.appending(path: "plain.gz"), dimensions: 2) == smallArray)
      #expect(try IDXFile.read(folder.appending(path: "packed"), dimensions: 2) == smallArray)
    }
  }

  @Test(arguments: ["plain", "packed.gz"])
  func `more than one buffer full is read in order`(name: String) throws {
    var random = SplitMix64(seed: 2, stream: 0, index: 0)
    let bytes = (0..<300_000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    try withTemporaryFolder { folder in
      let array = IDXFile(dimensions: [300, 10, 100], bytes: bytes)
      try array.write(to: folder.appending(path: name))
      #expect(try IDXFile.read(folder.appending(path: name), dimensions: 3) == array)
    }
  }

  @Test(arguments: [[0], [0, 28, 28], [3, 0, 4_294_967_295, 4_294_967_295]])
  func `a dimension of zero means no elements`(dimensions: [Int]) throws {
    try withTemporaryFolder { folder in
      let array = IDXFile(dimensions: dimensions, bytes: [])
      try array.write(to: folder.appending(path: "a"))
      #expect(try IDXFile.read(folder.appending(path: "a"), dimensions: dimensions.count) == array)
    }
  }

  // MARK: - Bad files

  @Test func `a wrong magic number names both`() throws {
    let expected = "file: IDX magic number 0x00000802 (2 dimensions of unsigned bytes) expected, found "
    #expect(try error(reading: Array("hello, world".utf8)) == expected + "0x68656c6c")
    #expect(try error(reading: [0, 0, 0x0D, 2] + smallFile[4...]) == expected + "0x00000d02")
    #expect(try error(reading: [1] + smallFile[1...]) == expected + "0x01000802")
  }

  @Test func `another number of dimensions is a wrong magic number`() throws {
    #expect(
      try error(reading: smallFile, dimensions: 1)
        == "file: IDX magic number 0x00000801 (1 dimension of unsigned bytes) expected, "
        + "found 0x00000802 (2 dimensions of unsigned bytes)")
  }

  @Test func `every truncation of a plain file says what was expected`() throws {
    for count in 0..<smallFile.count {
      let text = try error(reading: Array(smallFile.prefix(count)))
      // A piece of the header that is cut off does not count.
      let found = count < 4 ? count : max(count, 4)
      let basis =
        count < 12 ? "12 bytes expected for its header" : "18 bytes expected from its header (2 × 3)"
      #expect(text == "file: \(basis), found \(found)")
    }
  }

  @Test func `every truncation of a gzip file is an error`() throws {
    let packed = Gzip.compress(smallFile)
    for count in packed.indices {
      let text = try error(reading: Array(packed.prefix(count)))
      #expect(
        text.contains("it is cut short") || text.contains("bytes expected"), "first \(count) bytes: \(text)")
    }
    let withoutTrailer = try error(reading: packed.dropLast(1))
    #expect(withoutTrailer == "file: corrupt gzip data: it is cut short")
  }

  @Test func `a gzip file cut short in its elements says how many bytes are missing`() throws {
    var random = SplitMix64(seed: 3, stream: 0, index: 0)
    let elements = (0..<20_000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    let packed = Gzip.compress(header([200, 100]) + elements)
    let text = try error(reading: Array(packed.prefix(packed.count / 2)))
    #expect(text.hasPrefix("file: 20,012 bytes expected from its header (200 × 100), found "), "\(text)")
  }

  @Test func `a gzip file with fewer elements than its header says is an error`() throws {
    #expect(
      try error(reading: Gzip.compress(smallFile.dropLast(2)))
        == "file: 18 bytes expected from its header (2 × 3), found 16")
    #expect(
      try error(reading: Gzip.compress(Array(smallFile.prefix(7))))
        == "file: 12 bytes expected for its header, found 7")
  }

  @Test func `damaged gzip data are an error`() throws {
    var packed = Gzip.compress(smallFile)
    packed[packed.count - 8] ^= 0x40
    #expect(try error(reading: packed) == "file: corrupt gzip data: incorrect data check")
    #expect(try error(reading: [0x1F, 0x8B, 9, 9]) == "file: corrupt gzip data: unknown compression method")
    #expect(
      try error(reading: Gzip.compress(smallFile) + [0])
        == "file: corrupt gzip data: other bytes follow its end")
  }

  @Test func `elements beyond the header's count are an error`() throws {
    let expected = "file: 18 bytes expected from its header (2 × 3), found more"
    #expect(try error(reading: smallFile + [7]) == expected)
    #expect(try error(reading: Gzip.compress(smallFile + [7])) == expected)
    #expect(try error(reading: Gzip.compress(smallFile) + Gzip.compress([7])) == expected)
  }

  @Test func `the limit is on the elements`() throws {
    #expect(try error(reading: smallFile, limit: 5) == "file: at most 5 bytes expected, found more")
    try withTemporaryFolder { folder in
      try smallArray.write(to: folder.appending(path: "a"))
      #expect(try IDXFile.read(folder.appending(path: "a"), dimensions: 2, limit: 6) == smallArray)
    }
  }

  /// An allocation of these sizes would end the process.
  @Test(arguments: [false, true])
  func `a header that claims exabytes allocates nothing`(packed: Bool) throws {
    func hostile(_ sizes: [UInt32]) -> [UInt8] {
      let bytes = header(sizes) + [1, 2, 3]
      return packed ? Gzip.compress(bytes) : bytes
    }
    let oversized = "file: at most 2,147,483,648 bytes expected, found more"
    #expect(try error(reading: hostile([65_536, 65_536])) == oversized)
    #expect(try error(reading: hostile([.max, .max])) == oversized)
    #expect(
      try error(reading: hostile([1 << 31, 1 << 31]), limit: .max)
        == "file: 4,611,686,018,427,387,916 bytes expected from its header (2147483648 × 2147483648), found 15"
    )
    // The product is Int.max itself: the header's own bytes no longer fit.
    #expect(
      try error(reading: hostile([153_092_023, 92_737, 649_657]), dimensions: 3, limit: .max)
        == "file: at most 9,223,372,036,854,775,807 bytes expected, found more")
    #expect(
      try error(reading: hostile([.max, .max, .max]), dimensions: 3, limit: .max)
        == "file: at most 9,223,372,036,854,775,807 bytes expected, found more")
  }

  @Test func `buffers are bounded by what a file can hold`() throws {
    try withTemporaryFolder { folder in
      try folder.appending(path: "a").put(smallFile)
      let file = try InputFile(folder.appending(path: "a"))
      #expect(try file.read(1 << 60).capacity < 1000)
      let gzip = try GzipStream(path: "a", byteCount: 100) { _ in 0 }
      #expect(try gzip.read(1 << 60).capacity < 200_000)
    }
  }

  @Test func `what is not a regular file is an error`() throws {
    try withTemporaryFolder { folder in
      #expect(throws: DatasetError.missingFile(path: folder.path + "/none")) {
        try IDXFile.read(folder.appending(path: "none"), dimensions: 1)
      }
      #expect(throws: DatasetError.unreadable(path: folder.path, reason: "not a regular file")) {
        try IDXFile.read(URL(fileURLWithPath: folder.path), dimensions: 1)
      }
      let pipe = folder.appending(path: "pipe")
      #expect(mkfifo(pipe.path, 0o600) == 0)
      #expect(throws: DatasetError.unreadable(path: pipe.path, reason: "not a regular file")) {
        try IDXFile.read(pipe, dimensions: 1)
      }
    }
  }

  @Test func `writing where there is no folder is an error`() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "none/a")
      #expect(throws: DatasetError.unwritable(path: url.path, reason: "No such file or directory")) {
        try smallArray.write(to: url)
      }
    }
  }
}
