import Dispatch

/// How long something took: several rounds, each the mean of a run of calls long enough for the clock.
struct Measurement: Codable {
  /// Seconds for one call: the fastest round, and the middle one.
  var minimum: Double, median: Double

  /// - Parameters:
  ///   - rounds: how many figures there are to choose from.
  ///   - seconds: about how long a round takes.
  init(rounds: Int = 7, seconds: Double = 0.1, _ body: () -> Void) {
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

/// One line of the tables.
struct Row: Codable {
  /// `steps`, `inference`, `conv`, …
  var group: String
  /// What was measured.
  var name: String
  var time: Measurement
  /// Floating-point operations of one call by the textbook formula; nil where time is not spent on arithmetic.
  var operations: Double?
}
