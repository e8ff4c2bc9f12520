import ArgumentParser

/// An exercise of a course: one file in the course's folder, and one entry in the course's list.
///
///     struct ECE000Answer: Exercise {
///       static let course = "ece000", name = "answer", title = "What six by nine is."
///       static let data = "none"
///       static let duration = (full: "1 s", quick: "1 s")
///       @OptionGroup var options: RunOptions
///
///       func perform(_ run: Run) throws {
///         run.text("Base ten.")
///         run.check("6 × 9", expected: 54, ours: 6 * 9)
///         run.note("The paper has 42: it counts in base thirteen.")
///       }
///     }
protocol Exercise: ParsableCommand {
  /// The first two words of its command: `homework <course> <name>`.
  static var course: String { get }
  static var name: String { get }
  /// One sentence, shown in lists, help and as the heading of its report.
  static var title: String { get }
  /// What it is made of, for the report and its help: a few sentences on the problem and how it is solved.
  static var discussion: String { get }
  /// The data sets it reads, and about how long it takes on two cores.
  static var data: String { get }
  static var duration: (full: String, quick: String) { get }
  /// The options that every exercise has.
  var options: RunOptions { get set }
  /// Does it: texts, tables, rows, notes and figures go to `run`.
  func perform(_ run: Run) throws
}

extension Exercise {
  static var discussion: String { "" }

  static var configuration: CommandConfiguration {
    CommandConfiguration(commandName: name, abstract: title, discussion: discussion)
  }

  mutating func run() throws {
    try Session(options).run([self], arguments: Array(CommandLine.arguments.dropFirst()))
  }
}
