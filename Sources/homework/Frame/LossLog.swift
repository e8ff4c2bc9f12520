import Foundation
import Neural

/// Prints the mean loss of every so many batches, above the progress bar.
final class LossLog: Callback {
  private let interval: Int
  private let isTerminal = isatty(STDOUT_FILENO) == 1

  init(every interval: Int) { self.interval = interval }

  func on(_ event: TrainingEvent, _ training: Training) {
    let state = training.state
    guard event == .batchEnd, state.batch % interval == 0 else { return }
    let losses = training.history.batchLosses.suffix(interval)
    let mean = losses.reduce(0, +) / Double(losses.count)
    let line = "  epoch \(state.epoch + 1) batch \(state.batch): loss \(mean.fixed(4))"
    print(isTerminal ? "\r\u{1B}[K" + line : line)
  }
}
