import ArgumentParser
import Foundation
import Neural

/// Flags of an exercise whose training can be interrupted and go on later.
struct ResumeOptions: ParsableArguments {
  @Option(help: "Save the training in this file after each epoch, and keep it.")
  var checkpoint: String?
  @Option(help: "Go on with the training that this file was saved from, with the same flags otherwise.")
  var resume: String?
}

extension Run {
  /// Runs a training that Ctrl-C interrupts: it leaves a checkpoint and says how to go on. Once it has ended, the checkpoint
  /// is removed unless `--checkpoint` asked for it.
  func resumable<Result>(
    _ options: ResumeOptions, _ train: (_ checkpoint: URL, _ resume: Checkpoint?) throws -> Result
  ) throws -> Result {
    let resume = try options.resume.map { try Checkpoint(contentsOf: URL(fileURLWithPath: $0)) }
    let file = try options.checkpoint.map { URL(fileURLWithPath: $0) } ?? self.file("training.checkpoint")
    do {
      let result = try train(file, resume)
      if options.checkpoint == nil { discard("training.checkpoint") }
      return result
    } catch let error as TrainingInterrupted {
      throw Interrupted(error: error, command: "\(record.command) --resume \(file.relativePath.shellQuoted)")
    }
  }
}

/// Ctrl-C; the command goes on from there.
struct Interrupted: PlainError {
  let error: TrainingInterrupted, command: String
  var description: String { "\(error); to go on: \(command)" }
  var status: Int32 { 128 + SIGINT }
}
