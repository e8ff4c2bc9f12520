import Foundation
import Neural

/// Prints the mean loss of every so many batches, above the progress bar.
final class LossLog: Callback {
  private let interval: Int
  private let isTerminal = isatty(STDOUT_FILENO) == 1
  private var sum = 0.0
  private var count = 0
  private var seen = 0.0

  init(every interval: Int) { self.interval = interval }

  func on(_ event: TrainingEvent, _ training: Training) {
    let state = training.state
    switch event {
    case .epochStart: (sum, count, seen) = (0, 0, 0)
    case .batchEnd:
      // The mean since the last line, from the epoch's running mean.
      guard let mean = state.metrics.first(where: { $0.name == "loss" })?.value else { return }
      count += 1
      guard count == interval else { return }
      let total = mean * Double(state.examples)
      let line =
        "  epoch \(state.epoch + 1) batch \(state.batch): loss \(((total - sum) / (Double(state.examples) - seen)).fixed(4))"
      print(isTerminal ? "\r\u{1B}[K" + line : line)
      (sum, seen, count) = (total, Double(state.examples), 0)
    default: break
    }
  }
}
