import CCore
import Synchronization

/// The memory behind tensors: a 64-byte aligned buffer from CCore's pool, filled at once or when it is first read, or
/// memory of somebody else's.
///
/// Audited `@unchecked Sendable`: it is written only by the operation that makes it, before anyone else can see it (a
/// deferred one under the lock), or through a tensor that holds the only reference.
final class Storage: @unchecked Sendable {
  let byteCount: Int
  private var address: UnsafeMutableRawPointer?
  private let isReady: Atomic<Bool>
  private let pending: Mutex<Deferred?>
  /// Gives somebody else's memory back; nil for a buffer of the pool.
  private let release: (@Sendable () -> Void)?

  /// Undefined content.
  init(byteCount: Int) {
    self.byteCount = byteCount
    address = Storage.allocate(byteCount)
    isReady = Atomic(true)
    pending = Mutex(nil)
    release = nil
  }

  /// Content that is computed when it is first read; until then it takes no memory.
  init(byteCount: Int, deferred: Deferred) {
    self.byteCount = byteCount
    isReady = Atomic(false)
    pending = Mutex(deferred)
    release = nil
  }

  /// Memory that is there already and stays until `release` is called.
  init(byteCount: Int, at address: UnsafeMutableRawPointer, release: @escaping @Sendable () -> Void) {
    self.byteCount = byteCount
    self.address = address
    self.release = release
    isReady = Atomic(true)
    pending = Mutex(nil)
  }

  deinit { if let release { release() } else { cc_buffer_give(address, byteCount) } }

  /// The first byte.
  var pointer: UnsafeMutableRawPointer {
    if !isReady.load(ordering: .acquiring) { compute() }
    guard let address else { trap("Tensor", "no memory") }
    return address
  }

  /// What the content will be computed from, if it is not there yet.
  var deferred: Deferred? { isReady.load(ordering: .acquiring) ? nil : pending.withLock { $0 } }

  private func compute() { fill { $0.compute(into: $1) } }

  /// Lets `body` write the content that waits, unless another thread was first; returns whether it did.
  @discardableResult
  func fill(_ body: (_ deferred: Deferred, _ buffer: UnsafeMutableRawPointer) -> Void) -> Bool {
    pending.withLock {
      guard let deferred = $0 else { return false }
      let buffer = Storage.allocate(byteCount)
      body(deferred, buffer)
      address = buffer
      $0 = nil
      isReady.store(true, ordering: .releasing)
      return true
    }
  }

  private static func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
    guard let pointer = cc_buffer_take(byteCount) else { trap("Tensor", "no memory for \(byteCount) bytes") }
    return pointer
  }
}
