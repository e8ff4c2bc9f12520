import CZlib
import Foundation
import Neural

/// A ZIP file in memory (PKWARE's APPNOTE.TXT 6.3.10): members stored or deflated, also with ZIP64's sizes, neither
/// encrypted nor spread over several files.
struct ZipArchive {
  /// A member as the directory at the end of the file lists it.
  struct Member {
    var name: String
    var isDeflated: Bool
    var checksum: UInt32
    /// Bytes once unpacked.
    var count: Int
    /// Its bytes in the file.
    var packed: Range<Int>
  }

  let members: [Member]
  private let file: UnsafeRawBufferPointer
  private let path: String

  /// Finds the members; none of them is unpacked yet.
  init(_ file: UnsafeRawBufferPointer, path: String) throws(CheckpointError) {
    (self.file, self.path) = (file, path)
    var cursor = try ZipCursor(directoryOf: file, path: path)
    var members: [Member] = []
    while cursor.isInside { members.append(try cursor.nextMember()) }
    // Members that share bytes could unpack to any multiple of the file's size.
    let inOrder = members.sorted { $0.packed.lowerBound < $1.packed.lowerBound }
    for (a, b) in zip(inOrder, inOrder.dropFirst()) where a.packed.upperBound > b.packed.lowerBound {
      throw .malformed(path: path, reason: "\(a.name) and \(b.name) overlap")
    }
    self.members = members
  }

  /// The bytes of a member, verified by its checksum.
  func content(of member: Member) throws(CheckpointError) -> [UInt8] {
    let packed = UnsafeRawBufferPointer(rebasing: file[member.packed])
    let bytes = member.isDeflated ? Deflate.unpack(packed, atMost: member.count) : [UInt8](packed)
    guard let bytes, bytes.count == member.count else {
      throw .malformed(path: path, reason: "\(member.name) does not unpack to \(member.count.grouped) bytes")
    }
    guard bytes.withUnsafeBytes(Deflate.checksum) == member.checksum else {
      throw .malformed(path: path, reason: "\(member.name) does not have the checksum that the directory says")
    }
    return bytes
  }

  /// The bytes of a file with these members, one form for all sizes: each with ZIP64's fields, dated 1980, so that the
  /// same members always give the same file.
  static func file(_ members: [(name: String, content: Data)], deflated: Bool) -> Data {
    var file = Data(), directory = Data()
    for (name, content) in members {
      let start = file.count
      let packed = deflated ? content.withUnsafeBytes(Deflate.pack) : content
      var common = Data()
      common.append(little: UInt16(45), UInt16(1 << 11))  // version 4.5 for ZIP64; the name is UTF-8
      common.append(little: UInt16(deflated ? 8 : 0), UInt16(0), UInt16(0x21))  // method, 1980-01-01 0:00
      common.append(little: content.withUnsafeBytes(Deflate.checksum), UInt32.max, UInt32.max)  // sizes: see ZIP64
      common.append(little: UInt16(name.utf8.count))
      let sizes = [UInt64(content.count), UInt64(packed.count)]

      file.append(little: UInt32(0x0403_4B50))
      file.append(common)
      file.append(little: UInt16(20))
      file.append(contentsOf: name.utf8)
      file.append(little: UInt16(1), UInt16(16))
      for size in sizes { file.append(little: size) }
      file.append(packed)

      directory.append(little: UInt32(0x0201_4B50), UInt16(45))
      directory.append(common)
      directory.append(little: UInt16(28), UInt16(0), UInt16(0), UInt16(0), UInt32(0), UInt32.max)
      directory.append(contentsOf: name.utf8)
      directory.append(little: UInt16(1), UInt16(24))
      for size in sizes + [UInt64(start)] { directory.append(little: size) }
    }
    let (start, count) = (UInt64(file.count), UInt64(members.count))
    let size = UInt64(directory.count)
    file.append(directory)
    file.append(little: UInt32(0x0606_4B50), UInt64(44), UInt16(45), UInt16(45), UInt32(0), UInt32(0))
    file.append(little: count, count, size, start)
    file.append(little: UInt32(0x0706_4B50), UInt32(0), start + size, UInt32(1))
    file.append(little: UInt32(0x0605_4B50), UInt16(0), UInt16(0), UInt16.max, UInt16.max)
    file.append(little: UInt32.max, UInt32.max, UInt16(0))
    return file
  }
}

/// Walks through a ZIP file's directory.
private struct ZipCursor {
  private let file: UnsafeRawBufferPointer
  private let path: String
  private var position: Int
  private var end: Int

  var isInside: Bool { position < end }

  /// At the first entry: the record at the end of the file says where that is.
  init(directoryOf file: UnsafeRawBufferPointer, path: String) throws(CheckpointError) {
    (self.file, self.path) = (file, path)
    (position, end) = (0, file.count)
    // 22 bytes and a comment of at most 65,535, whose length the last two of the 22 tell.
    let last = file.count - 22
    let ends = stride(from: last, through: max(0, last - 0xFFFF), by: -1)
    guard
      let record = ends.first(where: { at in
        at >= 0 && file.loadUnaligned(fromByteOffset: at, as: UInt32.self) == UInt32(littleEndian: 0x0605_4B50)
          && Int(UInt16(littleEndian: file.loadUnaligned(fromByteOffset: at + 20, as: UInt16.self))) == last - at
      })
    else { throw .malformed(path: path, reason: "not a ZIP file, or cut off: it has no directory") }
    var count = Int(try number(UInt16.self, at: record + 10))
    var size = Int(try number(UInt32.self, at: record + 12))
    var start = Int(try number(UInt32.self, at: record + 16))
    var limit = record
    if record >= 20, try number(UInt32.self, at: record - 20) == 0x0706_4B50 {
      limit = try int(at: record - 12)
      guard try number(UInt32.self, at: limit) == 0x0606_4B50 else { throw bad("the ZIP64 record") }
      (count, size, start) = (try int(at: limit + 32), try int(at: limit + 40), try int(at: limit + 48))
    }
    guard start <= limit, size == limit - start, count <= size / 46 else { throw bad("the directory's place") }
    (position, end) = (start, limit)
  }

  /// The member of the entry here; goes to the next one.
  mutating func nextMember() throws(CheckpointError) -> ZipArchive.Member {
    let entry = position
    guard try number(UInt32.self, at: entry) == 0x0201_4B50 else { throw bad("an entry of the directory") }
    let (flags, method) = (try number(UInt16.self, at: entry + 8), try number(UInt16.self, at: entry + 10))
    let checksum = try number(UInt32.self, at: entry + 16)
    var sizes = [Int(try number(UInt32.self, at: entry + 24)), Int(try number(UInt32.self, at: entry + 20))]
    sizes.append(Int(try number(UInt32.self, at: entry + 42)))
    let nameEnd = entry + 46 + Int(try number(UInt16.self, at: entry + 28))
    let extraEnd = nameEnd + Int(try number(UInt16.self, at: entry + 30))
    position = extraEnd + Int(try number(UInt16.self, at: entry + 32))
    guard position <= end, let name = String(validating: file[(entry + 46)..<nameEnd], as: UTF8.self) else {
      throw bad("an entry's name")
    }
    // Sizes and place that do not fit 32 bits are in the extra field 1, in this order, only those.
    var extra = nameEnd
    while extra + 4 <= extraEnd {
      let (tag, count) = (try number(UInt16.self, at: extra), Int(try number(UInt16.self, at: extra + 2)))
      extra += 4
      if tag == 1 {
        var field = extra
        for i in sizes.indices where sizes[i] == UInt32.max {
          guard field + 8 <= min(extra + count, extraEnd) else { throw bad("the sizes of \(name)") }
          sizes[i] = try int(at: field)
          field += 8
        }
      }
      extra += count
    }
    guard flags & 1 == 0, method == 0 || method == 8 else {
      throw .malformed(path: path, reason: "\(name) is encrypted, or packed by method \(method)")
    }
    let local = sizes[2]
    guard try number(UInt32.self, at: local) == 0x0403_4B50 else { throw bad("the place of \(name)") }
    let start =
      local + 30 + Int(try number(UInt16.self, at: local + 26)) + Int(try number(UInt16.self, at: local + 28))
    guard start <= file.count, sizes[1] <= file.count - start else { throw bad("the size of \(name)") }
    return .init(
      name: name, isDeflated: method == 8, checksum: checksum, count: sizes[0], packed: start..<start + sizes[1])
  }

  private func bad(_ what: String) -> CheckpointError {
    .malformed(path: path, reason: "not a ZIP file, or damaged: \(what) does not fit")
  }

  private func number<Number: FixedWidthInteger>(_: Number.Type, at place: Int) throws(CheckpointError) -> Number {
    guard place >= 0, place <= file.count - MemoryLayout<Number>.size else { throw bad("byte \(place)") }
    return Number(littleEndian: file.loadUnaligned(fromByteOffset: place, as: Number.self))
  }

  /// 64 bits, as a number that is at most the file's size times what Deflate can gain.
  private func int(at place: Int) throws(CheckpointError) -> Int {
    let value = try number(UInt64.self, at: place)
    guard value < UInt64(file.count) * 1040 else { throw bad("a size of \(value)") }
    return Int(value)
  }
}

extension Data {
  /// Appends numbers, each with its lowest byte first.
  fileprivate mutating func append<each Number: FixedWidthInteger>(little numbers: repeat each Number) {
    for number in repeat each numbers { Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) } }
  }
}
