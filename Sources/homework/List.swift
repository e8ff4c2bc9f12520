import ArgumentParser

/// An exercise of the catalogue.
protocol Exercise: ParsableCommand {
  /// The course it belongs to.
  static var course: String { get }
  /// What it needs, and about how long it takes on two cores.
  static var data: String { get }
  static var duration: String { get }
}

/// All exercises, in the order of the courses.
let exercises: [any Exercise.Type] = [ECE285LeNet.self]

/// `homework list`
struct List: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Show the exercises.")

  func run() {
    let rows = exercises.map {
      ["\($0.course) \($0.configuration.commandName ?? "")", $0.configuration.abstract, $0.data, $0.duration]
    }
    print(Table(header: ["exercise", "what it does", "data", "time"], rows: rows))
  }
}
