import ArgumentParser

/// `homework list`
struct List: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Show the exercises.")

  func run() {
    let rows = courses.flatMap { $0.exercises }.map {
      ["\($0.course) \($0.name)", $0.title, $0.data, $0.duration.full, $0.duration.quick]
    }
    print(Table(header: ["exercise", "what it does", "data", "time", "--quick"], rows: rows))
  }
}
