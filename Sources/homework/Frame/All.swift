import ArgumentParser

/// `homework all`
struct All: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run every exercise.",
    discussion: "One that fails does not stop the others; the exit status is 0 if all rows that must hold do.")

  @Option(parsing: .upToNextOption, help: "Only these courses.")
  var courses: [String] = []
  @OptionGroup var options: RunOptions

  func validate() throws {
    let names = homework.courses.map { $0.name }
    for course in courses { try require(names.contains(course), "--courses \(course)", names.joined(separator: ", ")) }
  }

  func run() throws {
    let chosen = homework.courses.filter { courses.isEmpty || courses.contains($0.name) }
    try Session(options).run(try chosen.flatMap { $0.exercises }.map { try $0.parse(with: options) })
  }
}
