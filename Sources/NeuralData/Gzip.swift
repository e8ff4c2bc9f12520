import CZlib

/// Packing and unpacking of gzip data in memory.
public enum Gzip {
  /// What `bytes` unpack to: the contents of all gzip members, one after another.
  ///
  /// Memory grows with what is really unpacked, so hostile data cost at most `limit` bytes and a little more.
  /// - Parameters:
  ///   - bytes: one or more gzip members and nothing else.
  ///   - limit: the most bytes to unpack.
  ///   - path: where `bytes` come from, for messages.
  /// - Throws: `corruptGzip` if they are damaged, cut short or followed by something else, `oversized` beyond
  ///   `limit`.
  public static func decompress(_ bytes: [UInt8], limit: Int, path: String) throws(DatasetError) -> [UInt8] {
    var remaining = bytes[...]
    let stream = try GzipStream(path: path, byteCount: bytes.count) { buffer in
      let next = remaining.prefix(buffer.count)
      buffer.copyBytes(from: next)
      remaining = remaining.dropFirst(next.count)
      return next.count
    }
    var content: [UInt8] = []
    while true {
      let piece = try stream.read(1 << 16)
      if piece.isEmpty { break }
      guard piece.count <= limit - content.count else { throw .oversized(path: path, limit: limit) }
      content += piece
    }
    try stream.checkEnd()
    return content
  }

  /// `bytes` as one gzip member, without a name or a time: the same bytes always give the same result.
  public static func compress(_ bytes: [UInt8]) -> [UInt8] {
    var packed: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    var stream = z_stream()
    // One pointer throughout: zlib checks that the structure has not moved.
    withUnsafeMutablePointer(to: &stream) { stream in
      let windowBits: Int32 = 15 + 16  // the largest window, a gzip wrapper
      let status = deflateInit2_(
        stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
        Int32(MemoryLayout<z_stream>.size))
      guard status == Z_OK else { fatalError("Gzip.compress: zlib cannot start (\(status))") }
      defer { deflateEnd(stream) }

      // zlib counts its input in 32 bits: feed it in pieces.
      var position = 0
      repeat {
        let end = min(position + (1 << 20), bytes.count)
        var piece = Array(bytes[position..<end])
        position = end
        piece.withUnsafeMutableBufferPointer { piece in
          stream.pointee.next_in = piece.baseAddress
          stream.pointee.avail_in = UInt32(piece.count)
          repeat {
            buffer.withUnsafeMutableBufferPointer { buffer in
              stream.pointee.next_out = buffer.baseAddress
              stream.pointee.avail_out = UInt32(buffer.count)
              deflate(stream, position == bytes.count ? Z_FINISH : Z_NO_FLUSH)
            }
            packed += buffer.dropLast(Int(stream.pointee.avail_out))
          } while stream.pointee.avail_out == 0
        }
      } while position < bytes.count
    }
    return packed
  }
}
