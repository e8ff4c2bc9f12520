import Foundation

/// Writes ``History/csv`` after each epoch: the file is always whole, and has the epochs before a resumption too.
public final class CSVLogger: Callback {
  private let file: URL

  /// - Parameter file: replaced if it exists.
  public init(to file: URL) { self.file = file }

  /// Throws ``CheckpointError/file(path:reason:)`` if the file cannot be written.
  public func on(_ event: TrainingEvent, _ training: Training) throws {
    if event == .epochEnd { try Data(training.history.csv.utf8).write(complete: file) }
  }
}
