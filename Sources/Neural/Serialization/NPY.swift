import CCore
import Foundation

// NumPy's .npy format (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html): the bytes 93 'NUMPY', a
// version, the header's length (16 bits, from version 2.0 on 32), a Python dictionary {'descr': '<f4', 'fortran_order':
// False, 'shape': (2, 3)} padded with spaces, then the elements.
extension Tensor {
  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// Reads an array that `numpy.save` wrote: any byte order, row-major or Fortran's order.
  ///
  /// float16 is read as float32, int8, int16 and uint16 as int32, uint32 as int64; all tensors' own dtypes as they are.
  /// - Throws: ``CheckpointError/file(path:reason:)`` or ``CheckpointError/malformed(path:reason:)``. Every length is
  ///   checked against the file before memory is taken for it.
  public init(npy url: URL) throws(CheckpointError) {
    self = try withFileContent(url) { bytes, path throws(CheckpointError) in try Tensor(npy: bytes, path: path) }
  }

  /// Writes an array that `numpy.load` reads: to a temporary file, then renamed.
  public func write(npy url: URL) throws(CheckpointError) { try npy.write(complete: url) }

  /// What an `.npy` file of these values holds.
  package var npy: Data {
    let type = StoredType.of(dtype)
    let order = dtype.byteCount == 1 ? "|" : "<"
    let sizes = shape.sizes.map { "\($0)," }.joined(separator: " ")
    var header = "{'descr': '\(order)\(type.npy ?? "")', 'fortran_order': False, 'shape': (\(sizes)), }"
    // 10 bytes before the header; the elements begin at a multiple of 64.
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    let length = UInt16(header.utf8.count)
    var file = Data(Tensor.magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)])
    file.reserveCapacity(10 + header.utf8.count + count * dtype.byteCount)
    file.append(contentsOf: header.utf8)
    withBytes { file.append(contentsOf: $0) }
    return file
  }

  /// The array that the bytes of an `.npy` file, or of a member of an `.npz` file, hold.
  package init(npy bytes: UnsafeRawBufferPointer, path: String) throws(CheckpointError) {
    func malformed(_ reason: String) -> CheckpointError { .malformed(path: path, reason: reason) }
    guard bytes.starts(with: Tensor.magic), bytes.count >= 10 else {
      throw malformed("an .npy file begins with \\x93NUMPY and a version, this one of \(bytes.count) bytes does not")
    }
    let version = (bytes[6], bytes[7])
    guard (1...3).contains(version.0), version.1 == 0 else {
      throw malformed("version 1.0, 2.0 or 3.0 of the format expected, found \(version.0).\(version.1)")
    }
    let start = version.0 == 1 ? 10 : 12
    let length = bytes[8..<Swift.min(start, bytes.count)].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard start + length <= bytes.count else {
      throw malformed("a header of \(length) bytes expected, found \(Swift.max(0, bytes.count - start))")
    }
    guard let header = NPYHeader(bytes[start..<start + length]) else {
      throw malformed("the header is not a dictionary of descr, fortran_order and shape")
    }
    let code = header.descr.drop { "<>|=".contains($0) }
    guard let type = StoredType.all.first(where: { $0.npy == String(code) }), header.descr.count - code.count <= 1
    else {
      throw malformed("elements of type '\(header.descr)' are not read")
    }
    let sizes = header.shape
    guard sizes.count <= (header.isFortranOrder ? Int(CC_MAX_RANK) : NPYHeader.largestRank) else {
      throw malformed("\(sizes.count) axes are too many")
    }
    let found = bytes.count - start - length
    guard let expected = type.byteCount(sizes) else { throw malformed("shape \(sizes) is larger than any memory") }
    guard expected == found else {
      throw malformed("\(expected.grouped) bytes expected for \(header.descr) \(sizes), found \(found.grouped)")
    }
    let isBigEndian = header.descr.first == ">"
    let shape = Shape(header.isFortranOrder ? sizes.reversed() : sizes)
    let body = UnsafeRawBufferPointer(rebasing: bytes[(start + length)...])
    guard let tensor = type.tensor(shape, from: body, bigEndian: isBigEndian) else {
      throw malformed("a bool is neither 0 nor 1")
    }
    self = header.isFortranOrder ? tensor.permuted(sizes.indices.reversed()) : tensor
  }
}

/// The dictionary at the beginning of an `.npy` file, a Python literal.
private struct NPYHeader {
  /// NumPy's own limit.
  static let largestRank = 64

  private(set) var descr = ""
  private(set) var isFortranOrder = false
  private(set) var shape: [Int] = []

  /// Nil unless the text is a dictionary of exactly the three keys, each once and with a value of its type.
  init?(_ text: Slice<UnsafeRawBufferPointer>) {
    var rest = text
    var found: Set<String> = []
    guard rest.skip("{") else { return nil }
    while !rest.skip("}") {
      guard let key = rest.quoted(), rest.skip(":"), found.insert(key).inserted else { return nil }
      switch key {
      case "descr":
        guard let value = rest.quoted() else { return nil }
        descr = value
      case "fortran_order":
        isFortranOrder = rest.skip("True")
        guard isFortranOrder || rest.skip("False") else { return nil }
      case "shape":
        guard let value = rest.integers() else { return nil }
        shape = value
      default: return nil
      }
      guard rest.skip(",") || rest.first == UInt8(ascii: "}") else { return nil }
    }
    _ = rest.skip("")
    guard rest.isEmpty, found.count == 3 else { return nil }
  }
}

extension Slice<UnsafeRawBufferPointer> {
  /// Drops white space, then `token` and white space after it, if it comes next; returns whether it did.
  fileprivate mutating func skip(_ token: String) -> Bool {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    self = drop(while: isSpace)
    guard starts(with: token.utf8) else { return false }
    self = dropFirst(token.utf8.count).drop(while: isSpace)
    return true
  }

  /// A string in single or double quotes, without escapes.
  fileprivate mutating func quoted() -> String? {
    guard let quote = ["'", "\""].first(where: { skip($0) }), let mark = quote.utf8.first,
      let end = firstIndex(of: mark)
    else { return nil }
    defer { self = self[end...].dropFirst(); _ = skip("") }
    return String(validating: self[..<end], as: UTF8.self)
  }

  /// A tuple of whole numbers: `()`, `(3,)`, `(2, 3)`; Python 2 wrote `(2L, 3L)`.
  fileprivate mutating func integers() -> [Int]? {
    guard skip("(") else { return nil }
    var result: [Int] = []
    while !skip(")") {
      let digits = prefix { (0x30...0x39).contains($0) }
      guard let value = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
      result.append(value)
      self = dropFirst(digits.count)
      _ = skip("L")
      guard skip(",") || first == UInt8(ascii: ")") else { return nil }
    }
    return result
  }
}
