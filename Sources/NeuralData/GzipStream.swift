import CZlib

/// What gzip data unpack to, a piece at a time. Several members in a row are one content, as gzip has it;
/// anything else after a member is an error. Checksums are verified on the way.
final class GzipStream: ByteSource {
  /// Fills a buffer with the next compressed bytes and returns how many; 0 at their end.
  typealias Refill = (UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int

  private enum State { case betweenMembers, insideMember, finished, cutShort }

  let byteBound: Int
  private let path: String
  private let refill: Refill
  private let input: UnsafeMutableRawBufferPointer
  /// zlib keeps a pointer back to this structure, so it must not move.
  private let stream: UnsafeMutablePointer<z_stream>
  private var state = State.insideMember
  private var members = 0

  /// - Parameters:
  ///   - path: for messages.
  ///   - byteCount: how many compressed bytes `refill` gives in all.
  init(path: String, byteCount: Int, refill: @escaping Refill) throws(DatasetError) {
    self.path = path
    self.refill = refill
    // Deflate's densest code is 258 bytes in 2 bits.
    let (bound, overflow) = byteCount.multipliedReportingOverflow(by: 1032)
    byteBound = overflow ? .max : bound
    input = .allocate(byteCount: 1 << 16, alignment: 16)
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let windowBits: Int32 = 15 + 16  // the largest window, a gzip wrapper
    let status = inflateInit2_(stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else { throw .unreadable(path: path, reason: "zlib cannot start (\(status))") }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    input.deallocate()
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int {
    var filled = 0
    while filled < buffer.count, try hasInput() {
      let room = UInt32(clamping: buffer.count - filled)
      stream.pointee.next_out = buffer.baseAddress?.advanced(by: filled).assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = room
      let status = inflate(stream, Z_NO_FLUSH)
      filled += Int(room - stream.pointee.avail_out)
      switch status {
      case Z_OK, Z_BUF_ERROR: state = .insideMember
      case Z_STREAM_END:
        members += 1
        state = .betweenMembers
        inflateReset(stream)
      case Z_MEM_ERROR: throw .unreadable(path: path, reason: "out of memory")
      default: throw .corruptGzip(path: path, reason: reason)
      }
    }
    return filled
  }

  func checkEnd() throws(DatasetError) {
    guard state == .finished else { throw .corruptGzip(path: path, reason: reason) }
  }

  /// Whether there are compressed bytes to go on with; if not, the state says how they ended.
  private func hasInput() throws(DatasetError) -> Bool {
    if stream.pointee.avail_in > 0 { return true }
    if state == .finished || state == .cutShort { return false }
    let count = try refill(input)
    stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_in = UInt32(count)
    if count == 0 { state = state == .betweenMembers ? .finished : .cutShort }
    return count > 0
  }

  private var reason: String {
    // A later member without any content so far is most likely no member.
    if members > 0 && stream.pointee.total_out == 0 { return "other bytes follow its end" }
    // zlib has a message for all that it finds wrong, but not for an early end.
    return stream.pointee.msg.map { String(cString: $0) } ?? "it is cut short"
  }
}
