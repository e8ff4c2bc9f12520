import Dispatch

/// Something to measure, with what a peer must know to do the same.
struct Workload {
  /// `network`, `convolution`, `pooling` or `gemm`.
  var group: String
  /// Operation, shape and batch: unique in its group.
  var name: String
  /// Such as `backward-data`.
  var operation: String
  /// Sizes by name.
  var sizes: [String: Int]
  /// Floating-point operations of one call by the textbook formula, and the bytes that it cannot but read and write.
  var operations = 0.0, bytes = 0.0
  /// Makes the data and returns what is timed.
  var prepare: () -> () -> Void

  func matches(_ filter: String) -> Bool {
    filter.split(separator: " ").allSatisfy { "\(group) \(name)".contains($0) }
  }
}

/// How long something took: several rounds, each the mean of a run of calls long enough for the clock.
struct Measurement: Codable {
  /// Seconds for one call: the fastest round, and the middle one.
  var minimum: Double, median: Double

  init(rounds: Int, seconds: Double, _ body: () -> Void) {
    body()  // the first call allocates and wakes threads
    let once = Measurement.time(1, body)
    let calls = max(1, Int(seconds / max(once, 1e-9)))
    let times = (0..<rounds).map { _ in Measurement.time(calls, body) / Double(calls) }.sorted()
    (minimum, median) = (times[0], times[times.count / 2])
  }

  private static func time(_ calls: Int, _ body: () -> Void) -> Double {
    let start = DispatchTime.now().uptimeNanoseconds
    for _ in 0..<calls { body() }
    return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
  }
}
