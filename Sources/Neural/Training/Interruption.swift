import Foundation
import Synchronization

/// Ctrl-C has ended a training; its state is in a checkpoint.
public struct TrainingInterrupted: Error, Sendable, CustomStringConvertible {
  /// How far it was.
  public let state: TrainingState
  /// The file to resume from.
  public let checkpoint: URL

  /// One line.
  public var description: String {
    let place =
      state.batch == 0
      ? "after epoch \(state.epoch)" : "in epoch \(state.epoch + 1) after \(state.batch) of \(state.batchCount) batches"
    return "interrupted \(place); saved in \(checkpoint.relativePath)"
  }
}

/// While at least one of these is in use, SIGINT (Ctrl-C) does not end the program but is noted; a second one ends it.
///
/// A program that ignores SIGINT (one that a shell has started in the background) goes on ignoring it.
final class Interruption {
  // A signal belongs to the whole process, so these do too. The handler does nothing but one atomic store.
  private static let noted = Atomic<Bool>(false)
  private static let users = Mutex((count: 0, previous: sigaction()))

  /// Whether SIGINT has come since the first user began.
  var isRequested: Bool { Interruption.noted.load(ordering: .relaxed) }

  init() {
    Interruption.users.withLock { users in
      users.count += 1
      guard users.count == 1 else { return }
      Interruption.noted.store(false, ordering: .relaxed)
      sigaction(SIGINT, nil, &users.previous)
      if users.previous.isIgnored { return }
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { _ in Interruption.noted.store(true, ordering: .relaxed) }
      action.sa_flags = SA_RESTART | Int32(bitPattern: UInt32(SA_RESETHAND))
      sigaction(SIGINT, &action, nil)
    }
  }

  /// Puts back what SIGINT did before, with the last user.
  func end() {
    Interruption.users.withLock { users in
      users.count -= 1
      if users.count == 0, !users.previous.isIgnored { sigaction(SIGINT, &users.previous, nil) }
    }
  }
}

extension sigaction {
  fileprivate var isIgnored: Bool {
    unsafeBitCast(__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
