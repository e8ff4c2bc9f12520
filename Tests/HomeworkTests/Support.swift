import Foundation
import NeuralData
import Testing

/// What a run of the program left behind.
struct Run {
  var status: Int32
  var output: String
  var errors: String
  var lines: [String] { output.components(separatedBy: "\n") }
}

/// Runs `homework` as a shell would.
func homework(_ arguments: String..., environment: [String: String] = [:]) throws -> Run {
  try homework(arguments, environment: environment)
}

/// Runs `homework` as a shell would.
///
/// - Parameter interruptAfter: presses Ctrl-C when the output has this text.
func homework(_ arguments: [String], environment: [String: String] = [:], interruptAfter: String? = nil) throws -> Run {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    .appendingPathComponent("homework")
  process.arguments = arguments
  var variables = ProcessInfo.processInfo.environment
  variables["NEURAL_DATA"] = nil
  variables["COLUMNS"] = "100"
  process.environment = variables.merging(environment) { $1 }
  process.currentDirectoryURL = FileManager.default.temporaryDirectory
  let (output, errors) = (Pipe(), Pipe())
  (process.standardOutput, process.standardError) = (output, errors)
  allowInterrupts()
  try process.run()
  var text = Data()
  if let interruptAfter {
    while text.range(of: Data(interruptAfter.utf8)) == nil, process.isRunning {
      text += output.fileHandleForReading.availableData
    }
    process.interrupt()
  }
  text += try output.fileHandleForReading.readToEnd() ?? Data()
  let errorText = try errors.fileHandleForReading.readToEnd() ?? Data()
  process.waitUntilExit()
  return Run(
    status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
    errors: String(decoding: errorText, as: UTF8.self))
}

/// For the processes that this thread starts: a test runner in the background ignores SIGINT, and threads that tests run in
/// block it.
private func allowInterrupts() {
  signal(SIGINT, SIG_DFL)
  var signals = sigset_t()
  sigemptyset(&signals)
  sigaddset(&signals, SIGINT)
  pthread_sigmask(SIG_UNBLOCK, &signals, nil)
}

/// A folder that goes away with the test.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("homework-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  var path: String { url.path }

  /// A small data set with MNIST's file names: 500 + 100 generated digits.
  func addDigits() throws {
    for (split, prefix, count) in [(DataSplit.train, "train", 500), (.test, "t10k", 100)] {
      let digits = GeneratedDigits.generate(count: count, seed: 7, split: split)
      try IDXFile(dimensions: [count, 28, 28], bytes: digits.pixels)
        .write(to: url.appendingPathComponent("\(prefix)-images-idx3-ubyte.gz"))
      try IDXFile(dimensions: [count], bytes: digits.labels)
        .write(to: url.appendingPathComponent("\(prefix)-labels-idx1-ubyte"))
    }
  }
}
