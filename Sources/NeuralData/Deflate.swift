import CZlib
import Foundation

/// Deflate, and the checksum of ZIP files.
enum Deflate {
  /// What is around the packed bytes, as zlib numbers it.
  enum Wrapper: Int32 {
    /// Nothing: members of ZIP files.
    case none = -15
    /// A header and a checksum of zlib's own.
    case zlib = 15
  }

  /// What zlib is fed and gives at a time: it counts in 32 bits.
  private static let piece = 1 << 20

  /// CRC-32 of the bytes.
  static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    UInt32(crc32_z(0, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count))
  }

  /// The bytes packed.
  static func pack(_ bytes: UnsafeRawBufferPointer) -> Data {
    let packed = run(
      bytes, atMost: .max,
      start: {
        deflateInit2_(
          $0, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
          Int32(MemoryLayout<z_stream>.size))
      }, step: { deflate($0, $1 ? Z_FINISH : Z_NO_FLUSH) }, end: { deflateEnd($0) })
    guard let packed else { fatalError("Deflate: zlib cannot pack") }
    return Data(packed)
  }

  /// What the bytes unpack to; nil if they are damaged, cut short, or more than `limit` bytes once unpacked. Memory grows
  /// with what is really unpacked.
  static func unpack(
    _ bytes: UnsafeRawBufferPointer, as wrapper: Wrapper = .none, atMost limit: Int
  ) -> [UInt8]? {
    run(
      bytes, atMost: limit,
      start: { inflateInit2_($0, wrapper.rawValue, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) },
      step: { stream, _ in inflate(stream, Z_NO_FLUSH) }, end: { inflateEnd($0) })
  }

  /// Feeds all bytes to zlib until it says that the stream has ended, which must be at the last byte.
  private static func run(
    _ bytes: UnsafeRawBufferPointer, atMost limit: Int, start: (UnsafeMutablePointer<z_stream>) -> Int32,
    step: (UnsafeMutablePointer<z_stream>, _ isLast: Bool) -> Int32, end: (UnsafeMutablePointer<z_stream>) -> Int32
  ) -> [UInt8]? {
    var stream = z_stream()
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: min(piece, 64 + bytes.count * 4))
    // One pointer throughout: zlib checks that the structure has not moved.
    return withUnsafeMutablePointer(to: &stream) { stream in
      guard start(stream) == Z_OK else { return nil }
      defer { _ = end(stream) }
      var fed = 0
      while true {
        if stream.pointee.avail_in == 0 && fed < bytes.count {
          let count = min(piece, bytes.count - fed)
          let next = bytes.baseAddress?.advanced(by: fed).assumingMemoryBound(to: UInt8.self)
          stream.pointee.next_in = UnsafeMutablePointer(mutating: next)
          stream.pointee.avail_in = UInt32(count)
          fed += count
        }
        let status = buffer.withUnsafeMutableBufferPointer { buffer in
          stream.pointee.next_out = buffer.baseAddress
          stream.pointee.avail_out = UInt32(buffer.count)
          return step(stream, fed == bytes.count)
        }
        let count = buffer.count - Int(stream.pointee.avail_out)
        guard count <= limit - result.count else { return nil }
        result += buffer[..<count]
        if status == Z_STREAM_END { return fed == bytes.count && stream.pointee.avail_in == 0 ? result : nil }
        // Not at its end and without anything to go on with: cut short.
        if status != Z_OK || count == 0 && fed == bytes.count && stream.pointee.avail_in == 0 { return nil }
      }
    }
  }
}
