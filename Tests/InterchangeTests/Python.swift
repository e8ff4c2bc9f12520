import Foundation
import Neural
import Testing

/// The Python that `NEURAL_PYTHON` names, or the one on the path, and what it can import. Tests that need more than there is
/// are skipped.
enum Python {
  private static let command = ProcessInfo.processInfo.environment["NEURAL_PYTHON"] ?? "python3"

  private static let modules: Set<Substring> = {
    let question = "import importlib.util as u, sys; print(*[m for m in sys.argv[1:] if u.find_spec(m)])"
    let answer = try? output(["-c", question, "torch", "numpy", "onnxruntime", "safetensors"])
    return Set((answer?.text ?? "").split(whereSeparator: \.isWhitespace))
  }()

  static func has(_ names: Substring...) -> Bool { modules.isSuperset(of: names) }

  /// Runs a script of Fixtures, which must end well; what it printed is shown if it does not.
  static func run(_ script: String, _ arguments: String...) throws {
    let url = try #require(Bundle.module.url(forResource: script, withExtension: "py", subdirectory: "Fixtures"))
    let (status, text) = try output([url.path] + arguments)
    #expect(status == 0, "\(script) \(arguments): \(text)")
  }

  private static func output(_ arguments: [String]) throws -> (status: Int32, text: String) {
    let process = Process(), pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [command] + arguments
    (process.standardOutput, process.standardError) = (pipe, pipe)
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }
}

/// Runs `body` with the path of an empty folder that is removed afterwards.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("neural-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}

/// Nil if the elements agree within `bound` times the largest magnitude of b, else a text with the largest difference.
func difference(_ a: Tensor, _ b: Tensor, bound: Double) -> String? {
  guard a.shape == b.shape else { return "shapes \(a.shape) and \(b.shape)" }
  let worst = (a - b).abs().max().scalar, scale = b.abs().max().scalar
  return worst <= bound * scale ? nil : "largest difference \(worst), largest magnitude \(scale)"
}
