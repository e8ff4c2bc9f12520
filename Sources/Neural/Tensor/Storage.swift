import CCore

/// The memory behind tensors: a 64-byte aligned buffer from CCore's pool.
///
/// Audited `@unchecked Sendable`: it is written only by the operation that makes it, before anyone else can see it, or
/// through a tensor that holds the only reference.
final class Storage: @unchecked Sendable {
  let pointer: UnsafeMutableRawPointer
  let byteCount: Int

  init(byteCount: Int) {
    guard let pointer = cc_buffer_take(byteCount) else { trap("Tensor", "no memory for \(byteCount) bytes") }
    self.pointer = pointer
    self.byteCount = byteCount
  }

  deinit { cc_buffer_give(pointer, byteCount) }
}
