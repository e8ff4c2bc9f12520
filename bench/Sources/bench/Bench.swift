import ArgumentParser
import Foundation

/// The root command, and where all errors end: one line on standard error, and a status that is not 0.
@main
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures Neural: networks and kernels against the peak of this run.",
    subcommands: [Run.self, Compare.self, FirstStep.self, Epoch.self, Scaling.self], defaultSubcommand: Run.self)

  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      if exitCode(for: error) == .success { exit(withError: error) }
      let line = message(for: error).split(separator: "\n").joined(separator: " ")
      if !line.isEmpty { FileHandle.standardError.write(Data("error: \(line)\n".utf8)) }
      Foundation.exit(1)
    }
  }
}

/// All workloads, in the order of the tables.
func workloads() throws -> [Workload] {
  try networkWorkloads() + convolutionWorkloads() + poolingWorkloads() + gemmWorkloads()
}

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Prints a table per group.")

  @Option(help: "Only workloads whose `group name` contains every word of this text, or of another if given again.")
  var filter: [String] = []
  @OptionGroup var settings: Settings
  @Option(help: "Also write machine and rows to this file.")
  var json: String?
  @Flag(help: "Measure nothing, print the names.")
  var list = false

  func run() throws {
    let workloads = try workloads().filter { filter.isEmpty || filter.contains(where: $0.matches) }
    if list { return print(workloads.map { "\($0.group) \($0.name)\n" }.joined(), terminator: "") }
    let report = try settings.measure(workloads)
    try json.map { try report.write(to: $0) }
  }
}

/// How to measure.
struct Settings: ParsableArguments {
  @Option(help: "Threads that compute.")
  var threads: Int?
  @Option(help: "Instruction set: avx512, avx2 or baseline.")
  var isa: String?
  @Option(help: "Figures to choose the minimum and the median from.")
  var rounds = 7
  @Option(help: "Seconds that one of them takes at least.")
  var seconds = 0.03

  func validate() throws {
    if let threads, !(1...256).contains(threads) { throw ValidationError("--threads \(threads) is not in 1...256") }
    if rounds < 1 { throw ValidationError("--rounds \(rounds) is not positive") }
  }

  /// Prints what is measured as it comes.
  func measure(_ workloads: [Workload]) throws -> Report {
    if workloads.isEmpty { throw ValidationError("no workload matches") }
    var report = Report(machine: try Machine(threads: threads, isa: isa), rows: [])
    print(report.machine)
    for workload in workloads {
      if workload.group != report.rows.last?.group { print("\n" + Row.header(workload.group)) }
      let row = Row(workload, Measurement(rounds: rounds, seconds: seconds, workload.prepare()))
      report.rows.append(row)
      print(row.line(on: report.machine))
      fflush(nil)
    }
    return report
  }
}
