import Foundation
import Neural

/// All that is known of one run of an exercise: what JSON and the report are made from.
struct Record {
  let course: String, exercise: String, title: String, discussion: String
  /// The command that repeats it.
  let command: String
  let seed: UInt64, isQuick: Bool
  let machine: Machine
  var data: [String] = []
  var blocks: [Block] = []
  var results: [ResultRow] = []
  var notes: [String] = []
  /// What it leaves besides figures, in its folder.
  var files: [String] = []
  var seconds = 0.0
  /// Why it ended early.
  var error: String?

  /// `ece285-lenet`: its folder, and its anchor in the report.
  var id: String { "\(course)-\(exercise)" }
  var failures: [String] { results.filter { $0.verdict == .fails }.map(\.quantity) }
  /// `14 of 15`: rows that hold among those that were judged.
  var holding: String {
    let judged = results.filter { [.holds, .fails, .differs].contains($0.verdict) }
    return "\(judged.filter { $0.verdict == .holds }.count) of \(judged.count)"
  }
  /// Whether it ended, and all that must hold does.
  var isOK: Bool { error == nil && failures.isEmpty }

  /// The first lines of its output.
  var opening: String {
    "\(course) \(exercise): \(title)\nseed \(seed), \(machine)" + (isQuick ? "\n\(Record.quickNote)" : "")
  }
  static let quickNote = "quick: fewer epochs and settings; ranges are not judged"

  /// The last lines of its output.
  var closing: String {
    var parts: [String] = []
    if !results.isEmpty { parts.append("\(Table(header: ResultRow.header, rows: results.map(\.cells)))") }
    if !notes.isEmpty { parts.append(notes.map { "note: \($0)" }.joined(separator: "\n")) }
    parts.append("time \(seconds.fixed(1)) s")
    return "\n" + parts.joined(separator: "\n\n")
  }
}

/// A piece of what an exercise says, in its order.
enum Block: CustomStringConvertible {
  case text(String)
  case code(title: String?, String)
  case table(title: String?, Table)
  /// `name.png` and `name.svg` in the exercise's folder.
  case figure(name: String, caption: String)

  var isFigure: Bool { if case .figure = self { true } else { false } }

  var description: String {
    func titled(_ title: String?, _ body: String) -> String { (title.map { $0 + "\n" } ?? "") + body }
    return switch self {
    case .text(let text): text
    case .code(let title, let lines): titled(title, lines)
    case .table(let title, let table): titled(title, "\(table)")
    case .figure(_, let caption): caption
    }
  }
}

/// What it ran on.
struct Machine: Encodable, CustomStringConvertible {
  let processor: String, instructionSet: String, threads: Int

  static var current: Machine {
    let information = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let name = information.split(separator: "\n").first { $0.hasPrefix("model name") }?.split(separator: ":").last
    return Machine(
      processor: name?.trimmingCharacters(in: .whitespaces) ?? "unknown processor",
      instructionSet: Runtime.instructionSet, threads: Runtime.threadCount)
  }

  var description: String { "\(threads) \(threads == 1 ? "thread" : "threads"), \(instructionSet), \(processor)" }
}
