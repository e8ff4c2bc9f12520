import ArgumentParser
import Foundation

struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Names what became slower from one report to another, after measuring that again here.")

  @Argument(help: "A report of --json.")
  var old: String
  @Argument(help: "A later one, of the program as it is now.")
  var new: String
  @Option(help: "Slower by more than so many percent.")
  var threshold = 10.0
  @Option(help: "Figures to choose the minimum from when measuring again.")
  var rounds = 15

  func run() throws {
    let (before, after) = (try Report(path: old), try Report(path: new))
    print("old: \(before.machine.date), \(before.machine)\nnew: \(after.machine.date), \(after.machine)")
    let limits = Dictionary(
      before.rows.map { ($0.id, $0.minimum * (1 + threshold / 100)) }, uniquingKeysWith: { first, _ in first })
    func isSlower(_ row: Row) -> Bool { limits[row.id].map { row.minimum > $0 } ?? false }

    let suspects = after.rows.filter(isSlower)
    print("\(after.rows.filter { limits[$0.id] != nil }.count) workloads in both, \(suspects.count) slower")
    if suspects.isEmpty { return }
    let names = Set(suspects.map(\.id))
    var settings = Settings()
    (settings.threads, settings.isa) = (after.machine.threads, after.machine.instructionSet)
    (settings.rounds, settings.seconds) = (rounds, 0.05)
    let again = try settings.measure(workloads().filter { names.contains("\($0.group) \($0.name)") }).rows
    let slower = again.filter(isSlower)
    if slower.isEmpty { return print("\nnone is slower when measured again") }
    print("\nslower by more than \(threshold.text(0)) %:")
    let oldTimes = Dictionary(before.rows.map { ($0.id, $0.minimum) }, uniquingKeysWith: { first, _ in first })
    for row in slower {
      let time = oldTimes[row.id] ?? .nan
      print("  \(row.id): \((time * 1e6).text(1)) µs, now \((row.minimum * 1e6).text(1)) µs")
    }
    throw ExitCode(1)
  }
}
