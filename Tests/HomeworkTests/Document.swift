import Foundation
import Testing

/// What `homework <course> <exercise> --json` prints.
struct Document: Decodable, Equatable {
  struct Row: Decodable, Equatable {
    var quantity: String, expected: String, ours: String, ok: String
  }
  struct Machine: Decodable, Equatable {
    var processor: String, instructionSet: String, threads: Int
  }
  struct Content: Decodable, Equatable {
    var text: String?, title: String?, code: String?, header: [String]?, rows: [[String]]?, figure: String?,
      caption: String?
  }

  var course: String, exercise: String, title: String, command: String
  var seed: UInt64, quick: Bool, ok: Bool, seconds: Double
  var machine: Machine
  var data: [String], notes: [String], files: [String]
  var content: [Content]
  var results: [Row]
  var error: String?

  /// What must be the same in every run.
  var figures: Document {
    var copy = self
    (copy.seconds, copy.command, copy.machine) = (0, "", .init(processor: "", instructionSet: "", threads: 0))
    return copy
  }

  /// The row with this name.
  subscript(quantity: String) -> Row? { results.first { $0.quantity == quantity } }

  /// Our value as a number.
  func number(_ quantity: String) -> Double {
    self[quantity].flatMap { Double($0.ours.split(separator: " ").first ?? "") } ?? .nan
  }
}

/// Runs an exercise with `--json` and reads what it prints.
///
/// - Parameter out: where it finds and leaves files; nil for a folder of its own.
func document(_ arguments: [String], out: String? = nil, environment: [String: String] = [:]) throws -> Document {
  let folder = try TemporaryFolder()
  let run = try homework(arguments + ["--json", "--out", out ?? folder.path], environment: environment)
  #expect(run.status == 0, "\(arguments): \(run.errors)")
  return try JSONDecoder().decode(Document.self, from: Data(run.output.utf8))
}
