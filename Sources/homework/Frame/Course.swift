import ArgumentParser

/// A course and its exercises; without the name of an exercise its command runs all of them.
protocol Course: ParsableCommand {
  static var name: String { get }
  static var title: String { get }
  /// In the order of the paper.
  static var exercises: [any Exercise.Type] { get }
  /// The options that every exercise has.
  var options: RunOptions { get }
}

extension Course {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: name, abstract: title, usage: "homework \(name) [<exercise>] [<options>]",
      discussion:
        "Runs one exercise, or without its name all of them. `homework \(name) <exercise> --help` shows its options.",
      subcommands: exercises.map { $0 })
  }

  func run() throws { try Session(options).run(try Self.exercises.map { try $0.parse(with: options) }) }
}

extension Exercise {
  /// The exercise with its own options at their defaults.
  static func parse(with options: RunOptions) throws -> Self {
    var exercise = try parse([])
    exercise.options = options
    return exercise
  }
}

/// All courses.
let courses: [any Course.Type] = [ECE281.self, ECE285.self, DLCV.self, MFDNN.self, ECE661.self]
