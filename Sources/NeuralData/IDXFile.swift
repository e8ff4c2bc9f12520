import Foundation

/// An array of unsigned bytes in the IDX format of the MNIST files.
///
/// The format: two zero bytes, the element type (0x08, unsigned byte, is the only one read here), the number
/// of dimensions, each dimension as a big-endian 32-bit number, then the elements in row-major order.
///
/// ```swift
/// let images = try IDXFile.read(URL(fileURLWithPath: "data/mnist/t10k-images-idx3-ubyte.gz"), dimensions: 3)
/// images.dimensions  // [10000, 28, 28]
/// ```
public struct IDXFile: Sendable, Hashable {
  /// The size along each dimension, outermost first: `[count, height, width]` for images, `[count]` for
  /// labels.
  public let dimensions: [Int]

  /// The elements in row-major order; as many as the product of `dimensions`.
  public let bytes: [UInt8]

  /// An array to write. Stops the program unless there are 1 to 255 dimensions, each below 2³², whose product
  /// is the number of `bytes`.
  public init(dimensions: [Int], bytes: [UInt8]) {
    guard (1...255).contains(dimensions.count), dimensions.allSatisfy({ UInt32(exactly: $0) != nil }) else {
      fatalError("IDXFile: 1 to 255 dimensions of 0 to 4294967295 expected, found \(dimensions)")
    }
    guard product(of: dimensions) == bytes.count else {
      fatalError("IDXFile: dimensions \(dimensions) do not hold \(bytes.count) bytes")
    }
    self.dimensions = dimensions
    self.bytes = bytes
  }

  /// Reads a file, plain or gzip: the content decides, not the name.
  ///
  /// The header is checked before anything is allocated, and no allocation exceeds what a file of this size
  /// can hold.
  /// - Parameters:
  ///   - url: a regular file.
  ///   - dimensions: how many dimensions it must have, 1 to 255.
  ///   - limit: the most elements to accept, in bytes.
  /// - Throws: `missingFile`, `unreadable`, `badMagic`, `oversized`, `wrongByteCount`, `trailingBytes` or
  ///   `corruptGzip`, each with the file's path.
  public static func read(_ url: URL, dimensions: Int, limit: Int = 1 << 31) throws(DatasetError) -> IDXFile {
    guard (1...255).contains(dimensions) else {
      fatalError("IDXFile.read: 1 to 255 dimensions expected, found \(dimensions)")
    }
    let path = url.displayPath
    let source = try InputFile(url).unpacked()

    let headerCount = 4 + 4 * dimensions
    let magic = try header(from: source, count: 4, of: headerCount, after: 0, path: path)[0]
    let expectedMagic = 0x800 | UInt32(dimensions)
    guard magic == expectedMagic else { throw .badMagic(path: path, expected: expectedMagic, found: magic) }
    let sizes = try header(from: source, count: 4 * dimensions, of: headerCount, after: 4, path: path)
      .map(Int.init)

    guard let count = product(of: sizes), count <= min(limit, .max - headerCount) else {
      throw .oversized(path: path, limit: limit)
    }
    let basis = "from its header (\(DatasetError.shape(sizes)))"
    let bytes = try source.read(count)
    guard bytes.count == count else {
      throw .wrongByteCount(
        path: path, expected: headerCount + count, basis: basis, found: headerCount + bytes.count)
    }
    guard try source.read(1).isEmpty else {
      throw .trailingBytes(path: path, expected: headerCount + count, basis: basis)
    }
    try source.checkEnd()
    return IDXFile(dimensions: sizes, bytes: bytes)
  }

  /// Writes the array, as gzip if the name ends in `.gz`. The file appears complete or not at all: it is
  /// written beside its place and then renamed.
  /// - Throws: `unwritable`.
  public func write(to url: URL) throws(DatasetError) {
    var content = Self.bigEndian(0x800 | UInt32(dimensions.count))
    for size in dimensions { content += Self.bigEndian(UInt32(size)) }
    content += bytes
    if url.pathExtension == "gz" { content = Gzip.compress(content) }
    try Data(content).put(url)
  }

  /// The next `count` bytes of a header of `headerCount` bytes, `before` of which have been read, as 32-bit
  /// numbers.
  private static func header(
    from source: any ByteSource, count: Int, of headerCount: Int, after before: Int, path: String
  ) throws(DatasetError) -> [UInt32] {
    let bytes = try source.read(count)
    guard bytes.count == count else {
      try source.checkEnd()
      throw .wrongByteCount(
        path: path, expected: headerCount, basis: "for its header", found: before + bytes.count)
    }
    return stride(from: 0, to: count, by: 4).map { start in
      bytes[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
  }

  private static func bigEndian(_ value: UInt32) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian, Array.init)
  }
}
