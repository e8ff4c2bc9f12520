import ArgumentParser
import CProbe
import Foundation
import Neural

/// What `--json` writes and `compare` reads.
struct Report: Codable {
  var machine: Machine
  var rows: [Row]

  init(machine: Machine, rows: [Row]) { (self.machine, self.rows) = (machine, rows) }

  init(path: String) throws {
    do {
      self = try JSONDecoder().decode(Report.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    } catch is DecodingError {
      throw ValidationError("\(path): not a report of bench --json")
    } catch { throw ValidationError("\(path): cannot be read") }
  }

  /// Throws one line that names the file; nothing is half-written.
  func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    do {
      try encoder.encode(self).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch { throw ValidationError("\(path): cannot be written") }
  }
}

/// Where and when it was measured, and what was possible there.
struct Machine: Codable, CustomStringConvertible {
  var date: String, processor: String, instructionSet: String
  var threads: Int
  /// Operations and bytes per second of these threads together, probed at the start of the run.
  var peak: Double, bandwidth: Double

  /// Settles threads and instruction set for the process, and probes.
  init(threads wish: Int?, isa: String?) throws {
    if let isa { setenv("NEURAL_ISA", isa, 1) }
    if let wish { Runtime.threadCount = wish }
    (threads, instructionSet) = (Runtime.threadCount, Runtime.instructionSet)
    if let isa, isa != instructionSet { throw ValidationError("--isa \(isa): this processor has \(instructionSet)") }
    date = Date().ISO8601Format()
    processor =
      (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n")
      .first { $0.hasPrefix("model name") }?.split(separator: ": ").last.map(String.init) ?? "unknown processor"
    peak = 1e9 * probe_peak_gflops(Int32(threads))
    bandwidth = 1e9 * probe_memory_bandwidth(Int32(threads))
  }

  var description: String {
    "\(processor), \(threads) threads, \(instructionSet): fp32 peak \((peak / 1e9).text(0)) GFLOP/s, memory \((bandwidth / 1e9).text(1)) GB/s"
  }
}

/// One line of the tables: a workload and its time.
struct Row: Codable {
  var group: String, name: String, operation: String
  var sizes: [String: Int]
  var operations: Double, bytes: Double
  /// Seconds.
  var minimum: Double, median: Double

  init(_ workload: Workload, _ time: Measurement) {
    (group, name, operation, sizes) = (workload.group, workload.name, workload.operation, workload.sizes)
    (operations, bytes) = (workload.operations, workload.bytes)
    (minimum, median) = (time.minimum, time.median)
  }

  var id: String { "\(group) \(name)" }

  static func header(_ group: String) -> String {
    line([group, "min µs", "median µs", "GFLOP/s", "% of peak", "GB/s"])
  }

  func line(on machine: Machine) -> String {
    let rate = operations / minimum
    return Row.line([
      name, (minimum * 1e6).text(1), (median * 1e6).text(1), operations > 0 ? (rate / 1e9).text(1) : "",
      operations > 0 ? (100 * rate / machine.peak).text(0) : "", bytes > 0 ? (bytes / minimum / 1e9).text(1) : "",
    ])
  }

  private static func line(_ cells: [String]) -> String {
    cells.enumerated().map { column, cell in
      let gap = String(repeating: " ", count: max(0, (column == 0 ? 46 : 11) - cell.count))
      return column == 0 ? cell + gap : gap + cell
    }.joined()
  }
}

extension Double {
  /// With so many digits after the point.
  func text(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }
}
