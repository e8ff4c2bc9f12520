import Foundation

/// Shows how a training goes on: on a terminal a line that is redrawn at most 20 times a second, in a pipe or a file one
/// line for each epoch.
///
///     epoch 1/3 ━━━━━━━━━━────────── 300/600  loss 0.5126  accuracy 0.8411  81,234 images/s  0:04 left
public final class ProgressBar: Callback {
  private let isTerminal: Bool
  private let write: (String) -> Void
  private let now: () -> Double
  private var epochStart = 0.0
  private var trainingSeconds = 0.0
  // What an epoch that is resumed has behind it already.
  private var skipped = (batches: 0, examples: 0)
  private var lastDrawn = -Double.infinity

  /// Writes to standard output.
  public convenience init() {
    self.init(
      isTerminal: isatty(STDOUT_FILENO) == 1,
      write: {
        print($0, terminator: "")
        fflush(nil)  // Swift 6 does not let one name stdout
      },
      now: { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 })
  }

  /// Writes elsewhere.
  ///
  /// - Parameters:
  ///   - isTerminal: whether lines can be redrawn.
  ///   - write: takes the text as it comes, line ends included.
  ///   - now: a clock, in seconds.
  public init(isTerminal: Bool, write: @escaping (String) -> Void, now: @escaping () -> Double) {
    (self.isTerminal, self.write, self.now) = (isTerminal, write, now)
  }

  /// Draws.
  public func on(_ event: TrainingEvent, _ training: Training) {
    let state = training.state
    switch event {
    case .epochStart:
      epochStart = now()
      skipped = (state.batch, state.examples)
      trainingSeconds = 0
      lastDrawn = -.infinity
    case .batchEnd:
      let time = now()
      trainingSeconds = time - epochStart
      guard isTerminal, time - lastDrawn >= 0.05, state.batch < state.batchCount else { break }
      lastDrawn = time
      write("\r" + line(state) + "\u{1B}[K")
    case .epochEnd:
      let text = line(state)
      write(isTerminal ? "\r" + text + "\u{1B}[K\n" : text + "\n")
    case .fitStart, .backwardEnd, .fitEnd:
      break
    }
  }

  private func line(_ state: TrainingState) -> String {
    let seconds = trainingSeconds
    let digits = "\(state.batchCount)".count
    let batch = String(repeating: " ", count: max(0, digits - "\(state.batch)".count)) + "\(state.batch)"
    var parts = ["epoch \(state.epoch + 1)/\(state.epochs.upperBound)"]
    if isTerminal { parts[0] += " " + bar(state) }
    parts[0] += " \(batch)/\(state.batchCount)"
    parts += state.metrics.map { "\($0.name) \($0.value.fixed(4))" }
    let (batches, examples) = (state.batch - skipped.batches, state.examples - skipped.examples)
    if seconds > 0 { parts.append("\(Int(Double(examples) / seconds).grouped) images/s") }
    if state.batch < state.batchCount, batches > 0 {
      let left = seconds / Double(batches) * Double(state.batchCount - state.batch)
      parts.append("\(clock(left)) left")
    } else {
      parts.append(clock(seconds))
    }
    return parts.joined(separator: "  ")
  }

  private func bar(_ state: TrainingState) -> String {
    let width = 20
    let full = state.batchCount == 0 ? width : width * state.batch / state.batchCount
    return String(repeating: "━", count: full) + String(repeating: "─", count: width - full)
  }

  private func clock(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    let (minutes, rest) = (whole / 60, whole % 60)
    return "\(minutes):" + (rest < 10 ? "0" : "") + "\(rest)"
  }
}
