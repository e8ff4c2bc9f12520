import ArgumentParser
import Foundation
import Neural
import NeuralData

/// Flags that every training has.
struct TrainingOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: "Passes over the training data.")
  var epochs = 3
  @Option(parsing: .unconditional, help: "Images in a batch.")
  var batchSize = 100
  @Option(name: .customLong("lr"), parsing: .unconditional, help: "Learning rate.")
  var learningRate = 0.001
  @Option(parsing: .unconditional, help: "Momentum of SGD.")
  var momentum = 0.9
  @Option(parsing: .unconditional, help: "Seed of initial weights and of the data's order.")
  var seed: UInt64 = 0
  @Option(parsing: .unconditional, help: "Threads that compute (default: all processors).")
  var threads: Int?
  @Option(help: "Folder with the data sets (default: NEURAL_DATA, ./data or ~/.cache/neural).")
  var data: String?
  @Option(help: "Folder for the weights.")
  var out = "out"
  @Flag(help: "One batch of training and one of testing; nothing is saved or judged.")
  var dryRun = false
  @Option(parsing: .unconditional, help: "Batches between lines with the mean loss; 0 for none.")
  var logInterval = 100

  func validate() throws {
    try require(epochs >= 0, "--epochs", "\(epochs)", "0 or more")
    try require(batchSize >= 1, "--batch-size", "\(batchSize)", "1 or more")
    try require(learningRate >= 0 && learningRate.isFinite, "--lr", "\(learningRate)", "a number, 0 or more")
    try require(momentum >= 0 && momentum < 1, "--momentum", "\(momentum)", "from 0 to below 1")
    try require(threads.map { (1...256).contains($0) } ?? true, "--threads", "\(threads ?? 0)", "1 to 256")
    try require(logInterval >= 0, "--log-interval", "\(logInterval)", "0 or more")
  }

  private func require(_ condition: Bool, _ flag: String, _ value: String, _ range: String) throws {
    if !condition { throw ValidationError("\(flag) \(value): must be \(range)") }
  }

  /// Sets threads and seed.
  func apply() {
    if let threads { Runtime.threadCount = threads }
    Random.seed(seed)
  }

  /// The output folder, made if needed. Fails before a training rather than after it.
  func outputFolder() throws -> URL {
    let folder = URL(fileURLWithPath: out, isDirectory: true)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let probe = folder.appendingPathComponent(".write-\(ProcessInfo.processInfo.processIdentifier)")
      try Data().write(to: probe)
      try FileManager.default.removeItem(at: probe)
    } catch {
      throw OutputError(folder: out)
    }
    return folder
  }
}

/// A folder that cannot be written to.
struct OutputError: PlainError {
  let folder: String
  var description: String { "--out \(folder): the folder cannot be made or written to" }
}
