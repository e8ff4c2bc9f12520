import ArgumentParser
import Foundation
import Neural

/// Flags that every exercise has, and every course.
struct RunOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: "Seed of all random numbers.")
  var seed: UInt64 = 0
  @Option(parsing: .unconditional, help: "Threads that compute (default: all processors).")
  var threads: Int?
  @Option(help: "Folder with the data sets (default: NEURAL_DATA, ./data or ~/.cache/neural).")
  var data: String?
  @Option(help: "Folder for figures and weights; each exercise has its own in it.")
  var out = "out"
  @Option(help: "Folder for a report: index.html and the figures.")
  var report: String?
  @Flag(help: "Fewer epochs and settings: a trial in seconds. Ranges are not judged.")
  var quick = false
  @Flag(help: "Print one JSON document in place of text.")
  var json = false
  @Flag(name: .customLong("no-figures"), help: "Draw no figures.")
  var noFigures = false

  func validate() throws {
    if let threads { try require((1...256).contains(threads), "--threads \(threads)", "1 to 256") }
  }

  /// The flags that change what an exercise computes, to repeat it.
  var arguments: [String] {
    (quick ? ["--quick"] : []) + (seed == 0 ? [] : ["--seed", "\(seed)"]) + (data.map { ["--data", $0] } ?? [])
  }
}

/// Throws unless the condition holds: `--epochs -1: must be 0 or more`.
func require(_ condition: Bool, _ flag: String, _ range: String) throws {
  if !condition { throw ValidationError("\(flag): must be \(range)") }
}
