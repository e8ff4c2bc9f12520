import Foundation

/// Batches that a thread of its own prepares ahead, in order, at most `capacity` at a time.
///
/// The thread ends after the last batch, or when the queue is no longer used.
final class PrefetchQueue: Sendable {
  /// What the thread and the reader share; the thread holds this and not the queue, so that the queue can go away.
  private final class Shared: @unchecked Sendable {
    let condition = NSCondition()
    var ready: [Batch] = []  // guarded by `condition`, like all below
    var isDone = false
    var isCancelled = false
  }

  private let shared = Shared()

  init(capacity: Int, numbers: Range<Int>, make: @escaping @Sendable (Int) -> Batch) {
    Thread.detachNewThread { [shared] in
      for number in numbers {
        let batch = make(number)
        shared.condition.lock()
        while shared.ready.count >= capacity && !shared.isCancelled { shared.condition.wait() }
        shared.ready.append(batch)
        shared.condition.signal()
        let isCancelled = shared.isCancelled
        shared.condition.unlock()
        if isCancelled { return }
      }
      shared.condition.lock()
      shared.isDone = true
      shared.condition.signal()
      shared.condition.unlock()
    }
  }

  deinit {
    shared.condition.lock()
    shared.isCancelled = true
    shared.condition.signal()
    shared.condition.unlock()
  }

  /// The next batch; waits for it. nil after the last.
  func next() -> Batch? {
    shared.condition.lock()
    defer { shared.condition.unlock() }
    while shared.ready.isEmpty && !shared.isDone { shared.condition.wait() }
    guard !shared.ready.isEmpty else { return nil }
    defer { shared.condition.signal() }
    return shared.ready.removeFirst()
  }
}
