import ArgumentParser
import CProbe
import Foundation
import Neural

/// Measures training steps and inference of the course networks against the peak of this run.
@main
struct Bench: ParsableCommand {
  @Option(help: "Only what contains this text in `group name`.")
  var filter: String?
  @Option(help: "Threads that compute.")
  var threads: Int?
  @Option(help: "Also write the rows to this file.")
  var json: String?

  func run() throws {
    if let threads { Runtime.threadCount = threads }
    let peak = probe_peak_gflops() * Double(Runtime.threadCount)
    print(
      "\(Runtime.threadCount) threads, \(Runtime.instructionSet), fp32 peak \(fixed(peak, 0)) GFLOP/s, memory \(fixed(probe_memory_bandwidth(), 1)) GB/s per core"
    )
    var rows: [Row] = []
    func add(_ group: String, _ name: String, _ measure: () -> Row) {
      if let filter, !"\(group) \(name) ".contains(filter) { return }
      let row = measure()
      rows.append(row)
      var line = "\(row.group)  \(row.name.padding(toLength: 24, withPad: " ", startingAt: 0))"
      line += "  min \(fixed(row.time.minimum * 1e6, 1)) µs  median \(fixed(row.time.median * 1e6, 1)) µs"
      if let operations = row.operations {
        let rate = operations / row.time.minimum / 1e9
        line += "  \(fixed(rate, 1)) GFLOP/s  \(fixed(100 * rate / peak, 0)) %"
      }
      print(line)
    }
    for network in networks { add("step", network.name) { network.trainingStep() } }
    for network in networks {
      for count in [1, 1000] { add("inference", "\(network.name) \(count)") { network.inference(count) } }
    }
    if let json { try JSONEncoder().encode(rows).write(to: URL(fileURLWithPath: json)) }
  }

  private func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
}
