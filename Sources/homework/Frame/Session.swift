import ArgumentParser
import Foundation
import Neural

/// Runs exercises one after the other, then prints the JSON document and writes the report.
struct Session {
  let options: RunOptions
  private let console: Console

  init(_ options: RunOptions) {
    self.options = options
    console = Console(isSilent: options.json)
  }

  /// - Parameter arguments: the command line of a single exercise, to be shown as the way to repeat it.
  /// - Throws: an error if one of them did: the one itself if it is the only one.
  func run(_ exercises: [any Exercise], arguments: [String]? = nil) throws {
    if let threads = options.threads { Runtime.threadCount = threads }
    let folders = try OutputFolders(options)
    defer { folders.removeIfEmpty() }

    var records: [Record] = [], errors: [any Error] = []
    for (index, exercise) in exercises.enumerated() {
      if index > 0 { console("\n\n") }
      let (record, error) = perform(exercise, arguments)
      records.append(record)
      if let error { errors.append(error) }
      if error is Interrupted { break }
    }
    if exercises.count > 1 { console("\n\n\(overview(records))") }
    if let folder = options.report {
      try Report(records: records, date: Date()).write(to: URL(fileURLWithPath: folder, isDirectory: true))
      console("\nreport: \(folder)/index.html")
    }
    if options.json { print(try json(records, isList: arguments == nil)) }
    if let error = errors.last, records.count == 1 || error is Interrupted { throw error }
    let failed = records.filter { !$0.isOK }.map { "\($0.course) \($0.exercise)" }
    if !failed.isEmpty { throw ResultError(failures: failed) }
  }

  private func perform(_ exercise: some Exercise, _ arguments: [String]?) -> (Record, (any Error)?) {
    let type = type(of: exercise)
    let words = arguments ?? [type.course, type.name] + options.arguments
    let run = Run(
      Record(
        course: type.course, exercise: type.name, title: type.title, discussion: type.discussion,
        command: (["homework"] + words.map(\.shellQuoted)).joined(separator: " "), seed: options.seed,
        isQuick: options.quick, machine: .current),
      options: options, console: console)
    console(run.record.opening)
    Random.seed(options.seed)
    let clock = ContinuousClock(), start = clock.now
    var error: (any Error)?
    do { try exercise.perform(run) } catch let caught { error = caught }
    let seconds = (clock.now - start) / .seconds(1)
    run.finish(seconds: seconds, error: error.map { ($0 as? any PlainError)?.description ?? "\($0)" })
    if error == nil, !run.record.failures.isEmpty { error = ResultError(failures: run.record.failures) }
    return (run.record, error)
  }

  /// The last table of several exercises.
  private func overview(_ records: [Record]) -> Table {
    Table(
      header: ["exercise", "rows that hold", "time", "ok"],
      rows: records.map { record in
        let ok = record.isOK ? "yes" : "NO: " + (record.error ?? record.failures.joined(separator: ", "))
        return [
          "\(record.course) \(record.exercise)", record.holding, "\(record.seconds.fixed(1)) s", ok,
        ]
      })
  }

  private func json(_ records: [Record], isList: Bool) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let document = isList ? try encoder.encode(["exercises": records]) : try encoder.encode(records[0])
    return String(decoding: document, as: UTF8.self)
  }
}

/// Rows that must hold and do not, or exercises that failed.
struct ResultError: PlainError {
  let failures: [String]
  var description: String { "not as expected: \(failures.joined(separator: ", "))" }
}

/// The folders of a session: tried before hours are spent, removed if nothing came of them.
private struct OutputFolders {
  private var made: [URL] = []

  init(_ options: RunOptions) throws {
    for path in [options.out] + (options.report.map { [$0] } ?? []) {
      let folder = URL(fileURLWithPath: path, isDirectory: true)
      let isNew = !FileManager.default.fileExists(atPath: folder.path)
      do {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let probe = folder.appendingPathComponent(".write-\(ProcessInfo.processInfo.processIdentifier)")
        try Data().write(to: probe)
        try FileManager.default.removeItem(at: probe)
      } catch {
        removeIfEmpty()
        throw FolderError(folder: path)
      }
      if isNew { made.append(folder) }
    }
  }

  func removeIfEmpty() {
    for folder in made { rmdir(folder.path) }  // fails for a folder with files, which is what is wanted
  }
}

extension String {
  /// As a shell wants it.
  var shellQuoted: String {
    let plain = allSatisfy { $0.isLetter || $0.isNumber || "-_./=:,+@%".contains($0) }
    return plain && !isEmpty ? self : "'" + replacingOccurrences(of: "'", with: "'\\''") + "'"
  }
}
