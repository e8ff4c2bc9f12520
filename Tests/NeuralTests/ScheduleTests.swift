import Neural
import Testing

@Suite("Learning-rate schedules")
struct ScheduleTests {
  private static let schedules: [(String, LearningRateSchedule)] = [
    ("step", .step(every: 7, factor: 0.3)), ("multiStep", .multiStep(at: [3, 11, 11, 30], factor: 0.5)),
    ("exponential", .exponential(factor: 0.9)), ("cosine", .cosine(over: 40, minimum: 0.01)),
    ("linear", .linear(from: 0.25, to: 0.9, over: 13)), ("oneCycle", .oneCycle(over: 40)),
    ("oneCycleAll", .oneCycle(over: 40, maximum: 2, rising: 0.45, initialDivisor: 10, finalDivisor: 50)),
    ("warmUp", .exponential(factor: 0.9).warmedUp(over: 5, from: 0.1)),
    ("chained", .step(every: 10, factor: 0.5).combined(with: .exponential(factor: 0.95))),
  ]

  private func difference(_ found: [Double], _ expected: [Double]) -> String? {
    let worst = zip(found, expected).map { abs($0 - $1) / abs($1) }.max() ?? 1
    return found.count == expected.count && worst < 1e-12 ? nil : "\(found) instead of \(expected)"
  }

  @Test("every schedule is PyTorch's", arguments: schedules.indices)
  func fixtures(index: Int) throws {
    let (name, schedule) = ScheduleTests.schedules[index]
    let expected = try #require(try fixture("schedules")[name]).array(Double.self)
    let problem = difference((0..<40).map { schedule.learningRate(at: $0, base: 0.3) }, expected)
    #expect(problem == nil, "\(name): \(problem ?? "")")
  }

  @Test("reduction on a plateau is PyTorch's")
  func plateau() throws {
    let fixture = try fixture("schedules")
    let metrics = try #require(fixture["plateau.metrics"]).array(Double.self)
    let cases = [
      ("plateauLow", ReduceOnPlateau(factor: 0.5, patience: 2, threshold: 0.01, cooldown: 1, minimum: 0.02)),
      ("plateauHigh", ReduceOnPlateau(.maximum, factor: 0.3, patience: 3)),
    ]
    for (name, start) in cases {
      var plateau = start
      let optimizer = SGD(Linear(1, 1), learningRate: 0.3)
      let rates = metrics.map { metric in
        defer { plateau.update(optimizer, metric: metric) }
        return optimizer.learningRate
      }
      let problem = difference(rates, try #require(fixture[name]).array(Double.self))
      #expect(problem == nil, "\(name): \(problem ?? "")")
    }
  }

  @Test("epochs, warm-up over steps, and groups with bases of their own")
  func composition() {
    let schedule = LearningRateSchedule.step(every: 1, factor: 0.5).perEpoch.warmedUp(over: 4)
    let rates = (0..<12).map { schedule.learningRate(at: .init(step: $0, stepsPerEpoch: 3), base: 8) }
    #expect(rates == [0, 2, 4, 6, 8, 8, 8, 4, 4, 4, 2, 2])
    let optimizer = SGD(Linear(1, 1), learningRate: 1, groups: [.init("bias", learningRate: 3)])
    for step in [5, 2, 2] { optimizer.follow(.exponential(factor: 0.5), at: .init(step: step)) }
    #expect(optimizer.groups.map(\.learningRate) == [0.25, 0.75])
  }
}
