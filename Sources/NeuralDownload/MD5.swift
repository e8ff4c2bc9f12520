import Foundation

/// The MD5 digest (RFC 1321), which data sets are published with. It tells a damaged file from a whole one; against
/// somebody who forges files it is worth nothing, which is what HTTPS is for.
struct MD5 {
  private var state: [UInt32] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476]
  private var pending: [UInt8] = []
  private var count: UInt64 = 0

  /// Takes more bytes.
  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    count += UInt64(bytes.count)
    var rest = bytes[...]
    if !pending.isEmpty {
      let next = rest.prefix(64 - pending.count)
      pending += next
      rest = rest.dropFirst(next.count)
      guard pending.count == 64 else { return }
      pending.withUnsafeBytes { block in Self.mix(&state, block) }
      pending = []
    }
    while rest.count >= 64 {
      Self.mix(&state, UnsafeRawBufferPointer(rebasing: rest.prefix(64)))
      rest = rest.dropFirst(64)
    }
    pending += rest
  }

  /// The digest of all bytes so far, as 32 hexadecimal digits.
  var hexadecimal: String {
    var last = self
    let zeros = [UInt8](repeating: 0, count: (119 - Int(count % 64)) % 64)
    ([0x80] + zeros).withUnsafeBytes { last.update($0) }
    withUnsafeBytes(of: (count << 3).littleEndian) { last.update($0) }
    return last.state.flatMap { word in withUnsafeBytes(of: word.littleEndian, Array.init) }
      .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// The digest of a file, or nil if it cannot be read.
  static func ofFile(_ url: URL) -> String? {
    guard let file = try? FileHandle(forReadingFrom: url) else { return nil }
    defer { try? file.close() }
    var digest = MD5()
    do {
      while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty {
        piece.withUnsafeBytes { digest.update($0) }
      }
    } catch { return nil }
    return digest.hexadecimal
  }

  /// ⌊2³² |sin(i + 1)|⌋.
  private static let sines = (0..<64).map { UInt32(4_294_967_296 * abs(sin(Double($0 + 1)))) }
  private static let shifts: [[UInt32]] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]]

  private static func mix(_ state: inout [UInt32], _ block: UnsafeRawBufferPointer) {
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    for step in 0..<64 {
      let mixed: UInt32
      let word: Int
      switch step / 16 {
      case 0: (mixed, word) = (b & c | ~b & d, step)
      case 1: (mixed, word) = (d & b | ~d & c, (5 * step + 1) % 16)
      case 2: (mixed, word) = (b ^ c ^ d, (3 * step + 5) % 16)
      default: (mixed, word) = (c ^ (b | ~d), 7 * step % 16)
      }
      let value = UInt32(littleEndian: block.loadUnaligned(fromByteOffset: 4 * word, as: UInt32.self))
      let sum = a &+ mixed &+ sines[step] &+ value
      let shift = shifts[step / 16][step % 4]
      (a, d, c, b) = (d, c, b, b &+ (sum << shift | sum >> (32 - shift)))
    }
    state[0] &+= a
    state[1] &+= b
    state[2] &+= c
    state[3] &+= d
  }
}
