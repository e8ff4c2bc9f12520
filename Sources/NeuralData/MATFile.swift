import Foundation
import Neural

/// Numeric arrays in MATLAB's `.mat` files of version 5: what MATLAB saves with `-v7` (its default) or `-v6`, and SciPy.
///
/// Format: MathWorks, "MAT-File Format". A file is a row of tagged elements; an array is one, deflated or plain, and is
/// made of such elements in turn. The library matio, which reads more, was tried and left: on Debian it brings 30 other
/// libraries, and a damaged file of 500 bytes kept it busy for 5 s.
///
/// ```swift
/// let x = try MATFile.read(URL(fileURLWithPath: "dataset.mat"), array: "X")  // float64, [100, 3]
/// ```
public enum MATFile {
  /// All real numeric and logical arrays of a file, by name, in float64. What else it may hold (text, cells,
  /// structures, sparse and complex arrays) is left out.
  /// - Parameters:
  ///   - url: a regular file.
  ///   - limit: the most bytes to accept, packed or unpacked. Memory grows with what is really there.
  /// - Returns: each array with the axes that MATLAB shows, always two at least: a vector of n is `[n, 1]` or `[1, n]`.
  /// - Throws: `missingFile`, `unreadable`, `oversized`; `badMATLABFile` if the file is of another version or none, is
  ///   cut short or damaged.
  public static func read(_ url: URL, limit: Int = 1 << 31) throws(DatasetError) -> [String: Tensor] {
    let file = try InputFile(url)
    guard file.byteBound <= limit else { throw .oversized(path: file.path, limit: limit) }
    let bytes = try file.read(file.byteBound)
    do throws(MATError) {
      return try arrays(bytes, limit: limit)
    } catch {
      throw .badMATLABFile(path: file.path, reason: error.reason)
    }
  }

  /// The array called `name`, as ``read(_:limit:)`` gives it.
  /// - Throws: `missingArray`, with the names that are there, and what `read(_:limit:)` throws.
  public static func read(_ url: URL, array name: String) throws(DatasetError) -> Tensor {
    let arrays = try read(url)
    guard let array = arrays[name] else {
      throw .missingArray(path: url.displayPath, name: name, found: arrays.keys.sorted())
    }
    return array
  }

  private static func arrays(_ bytes: [UInt8], limit: Int) throws(MATError) -> [String: Tensor] {
    // 124 bytes of text and offsets, the version, and "MI" written as a number: it shows the byte order.
    guard bytes.count >= 128, bytes.starts(with: "MATLAB".utf8) else {
      throw MATError("it is no MATLAB file of version 5; save with -v7")
    }
    let isLittle = bytes[126...127] == Array("IM".utf8)[...]
    let version = isLittle ? bytes[125] : bytes[124]
    guard isLittle || bytes[126...127] == Array("MI".utf8)[...], version == 1 else {
      throw MATError(version == 2 ? "it is of version 7.3; save with -v7" : "its header is damaged")
    }
    var elements = MATElements(bytes: bytes[128...], isLittle: isLittle)
    var arrays: [String: Tensor] = [:]
    while let element = try elements.next() {
      switch element.type {
      case .array:
        if let (name, array) = try array(element.bytes, isLittle: isLittle) { arrays[name] = array }
      case .packed:
        guard
          let unpacked = element.bytes.withUnsafeBytes({ Deflate.unpack($0, as: .zlib, atMost: limit) })
        else { throw MATError("its packed data are damaged") }
        var inner = MATElements(bytes: unpacked[...], isLittle: isLittle)
        if let element = try inner.next(), element.type == .array,
          let (name, array) = try array(element.bytes, isLittle: isLittle)
        {
          arrays[name] = array
        }
      default: break
      }
    }
    return arrays
  }

  /// An array from its parts: flags, sizes, name, values. Nil if it is not made of real numbers.
  private static func array(_ bytes: ArraySlice<UInt8>, isLittle: Bool) throws(MATError) -> (String, Tensor)? {
    var parts = MATElements(bytes: bytes, isLittle: isLittle)
    let flags = try parts.next(.uint32), classAndFlags = Int(flags.numbers(isLittle: isLittle).first ?? 0)
    let isComplex = classAndFlags & 0x800 != 0
    // Classes 6 to 15 are double, single and the integers.
    guard (6...15).contains(classAndFlags & 0xFF), !isComplex else { return nil }
    let sizes = try parts.next(.int32).numbers(isLittle: isLittle).map { Int($0) }
    let name = String(decoding: try parts.next(.int8).bytes, as: UTF8.self)
    // Values may be stored in a smaller type than the array's own.
    guard let values = try parts.next()?.numbers(isLittle: isLittle) else {
      throw MATError("array \(name) is cut short")
    }
    guard sizes.count >= 2, sizes.allSatisfy({ $0 >= 0 }), product(of: sizes) == values.count else {
      throw MATError("array \(name): \(DatasetError.shape(sizes)) values expected, found \(values.count)")
    }
    // MATLAB's first axis is the innermost.
    let columns = Tensor(values, shape: Shape(sizes.reversed()))
    return (name, columns.permuted(Array((0..<sizes.count).reversed())).copied())
  }
}

/// Why a file cannot be read.
private struct MATError: Error {
  let reason: String
  init(_ reason: String) { self.reason = reason }
}

/// A run of bytes with its type.
private struct MATElement {
  enum Kind: UInt32 {
    case int8 = 1
    case uint8, int16, uint16, int32, uint32, single
    case double = 9
    case int64 = 12
    case uint64, array, packed
  }

  /// Nil for text and whatever else has no numbers.
  let type: Kind?
  let bytes: ArraySlice<UInt8>

  /// The bytes as numbers of their type; those of an incomplete last one are left out.
  func numbers(isLittle: Bool) -> [Double] {
    func all<Pattern: FixedWidthInteger>(_ pattern: Pattern.Type, _ value: (Pattern) -> Double) -> [Double] {
      bytes.withUnsafeBytes { bytes in
        let size = MemoryLayout<Pattern>.size
        return (0..<bytes.count / size).map {
          let pattern = bytes.loadUnaligned(fromByteOffset: $0 * size, as: Pattern.self)
          return value(isLittle ? Pattern(littleEndian: pattern) : Pattern(bigEndian: pattern))
        }
      }
    }
    return switch type {
    case .int8: all(Int8.self) { Double($0) }
    case .uint8: all(UInt8.self) { Double($0) }
    case .int16: all(Int16.self) { Double($0) }
    case .uint16: all(UInt16.self) { Double($0) }
    case .int32: all(Int32.self) { Double($0) }
    case .uint32: all(UInt32.self) { Double($0) }
    case .single: all(UInt32.self) { Double(Float(bitPattern: $0)) }
    case .double: all(UInt64.self) { Double(bitPattern: $0) }
    case .int64: all(Int64.self) { Double($0) }
    case .uint64: all(UInt64.self) { Double($0) }
    case .array, .packed, nil: []
    }
  }
}

/// The elements in a run of bytes, one after another.
private struct MATElements {
  var bytes: ArraySlice<UInt8>
  let isLittle: Bool

  /// The next element, or nil at the end.
  mutating func next() throws(MATError) -> MATElement? {
    if bytes.isEmpty { return nil }
    let word = try number()
    // A small element has its size in the upper half of the word, and its bytes where others have their size.
    let isSmall = word >> 16 != 0
    let size = isSmall ? Int(word >> 16) : Int(try number())
    guard size <= bytes.count, !isSmall || size <= 4 else { throw MATError("it is cut short or damaged") }
    let type = MATElement.Kind(rawValue: isSmall ? word & 0xFFFF : word)
    let content = bytes.prefix(size)
    // Small ones fill 4 bytes, others are padded to a multiple of 8; packed ones are not.
    bytes = bytes.dropFirst(isSmall ? 4 : type == .packed ? size : (size + 7) / 8 * 8)
    return MATElement(type: type, bytes: content)
  }

  /// The next element, which must be of this type.
  mutating func next(_ type: MATElement.Kind) throws(MATError) -> MATElement {
    guard let element = try next(), element.type == type else { throw MATError("an array's header is damaged") }
    return element
  }

  private mutating func number() throws(MATError) -> UInt32 {
    guard bytes.count >= 4 else { throw MATError("it is cut short or damaged") }
    let word = bytes.prefix(4)
    bytes = bytes.dropFirst(4)
    return (isLittle ? Array(word.reversed()) : Array(word)).reduce(0) { $0 << 8 | UInt32($1) }
  }
}
