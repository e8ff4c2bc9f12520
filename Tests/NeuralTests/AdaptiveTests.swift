import Foundation
import Neural
import Testing

@Suite("Adaptive filters")
struct AdaptiveTests {
  private func close(_ a: [Double], _ b: [Double], _ tolerance: Double = 1e-12) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
  }

  @Test("LMS and the normalised rule take NumPy's path")
  func numpy() throws {
    let fixture = try fixture("adaptive")
    let inputs = try #require(fixture["inputs"]), desired = try #require(fixture["desired"])
    for name in ["lms.0", "lms.1", "lms.2", "nlms.0", "nlms.1"] {
      var filter = LMS(
        3, stepSize: try #require(fixture[name + ".size"]).scalar, normalizedWith: fixture[name + ".epsilon"]?.scalar)
      let errors = filter.adapt(to: inputs, desired: desired, epochs: 5)
      #expect(close(errors, try #require(fixture[name + ".errors"]).array()), "\(name)")
      #expect(close(filter.weights, try #require(fixture[name + ".weights"]).array()), "\(name)")
      #expect(filter.divergence == nil && filter.stepCount == 300)
      #expect(filter.meanSquaredError(on: inputs, desired: desired) == errors.last)
    }
  }

  @Test("a sample's step is w += r · e · x; its output is from before")
  func step() {
    var plain = LMS(weights: [1, -2], stepSize: 0.1)
    let found = plain.step([3, 0.5], desired: 4)
    #expect(found.output == 2 && found.error == 2 && close(plain.weights, [1.6, -1.9]))
    var normalised = LMS(weights: [1, -2], stepSize: 0.5, normalizedWith: 0.75)
    normalised.step([3, 0.5], desired: 4)
    #expect(close(normalised.weights, [1.3, -1.95]))
    var silent = LMS(1, stepSize: 1, normalizedWith: 0)
    silent.step([0], desired: 1)
    #expect(silent.weights == [0])
  }

  @Test("the Wiener solution from the data, from their correlations, and where LMS ends are one")
  func wiener() throws {
    let fixture = try fixture("adaptive")
    let inputs = try #require(fixture["inputs"]), desired = try #require(fixture["desired"])
    let expected: [Double] = try #require(fixture["wiener.weights"]).array()
    let error = try #require(fixture["wiener.error"]).scalar
    let direct = try wienerSolution(inputs: inputs, desired: desired)
    #expect(close(direct.weights, expected) && close([direct.meanSquaredError], [error]) && direct.rank == 3)

    var correlations = Correlations(3)
    let (rows, values) = (inputs.array(Double.self), desired.array(Double.self))
    for index in values.indices { correlations.add(Array(rows[index * 3..<index * 3 + 3]), desired: values[index]) }
    let normal = try correlations.wienerSolution()
    #expect(close(normal.weights, expected, 1e-10) && close([normal.meanSquaredError], [error], 1e-10))

    // The textbook's example: R = [[1.1, 0.5], [0.5, 1.1]], p = [0.5272, −0.4458], σ² = 0.9486 (Haykin, section 2.7).
    let known = Correlations(inputs: [[1.1, 0.5], [0.5, 1.1]], desired: [0.5272, -0.4458], power: 0.9486)
    let haykin = try known.wienerSolution()
    #expect(close(haykin.weights, [0.8363, -0.7853], 1e-3) && close([haykin.meanSquaredError], [0.1579], 1e-3))

    var slow = LMS(3, stepSize: 0.002)
    slow.adapt(to: inputs, desired: desired, epochs: 400)
    #expect(close(slow.weights, expected, 2e-3))
  }

  @Test("data that do not determine the weights: the shortest by least squares, an error by correlations")
  func rankDeficient() throws {
    let inputs = Tensor([[1, 1], [2, 2], [3, 3]] as [[Double]])
    let found = try wienerSolution(inputs: inputs, desired: Tensor([2, 4, 6] as [Double]))
    #expect(found.rank == 1 && close(found.weights, [1, 1]) && found.meanSquaredError < 1e-28)
    var correlations = Correlations(2)
    correlations.add([1, 1], desired: 2)
    #expect(throws: LinearAlgebraError.self) { try correlations.wienerSolution() }
    #expect(throws: LinearAlgebraError.self) {
      try wienerSolution(inputs: Tensor([[Double.nan], [1]]), desired: Tensor([1, 2] as [Double]))
    }
  }

  @Test("too large a step is reported, and no weight becomes infinite")
  func divergence() throws {
    let fixture = try fixture("adaptive")
    let inputs = try #require(fixture["inputs"]), desired = try #require(fixture["desired"])
    var filter = LMS(3, stepSize: 1.5)
    let errors = filter.adapt(to: inputs, desired: desired, epochs: 40)
    let divergence = try #require(filter.divergence)
    #expect(divergence.step < 300 && abs(divergence.error) > 1000 && filter.stepCount == 2400)
    #expect(divergence.description.hasPrefix("diverged: at step \(divergence.step) the error is "))
    #expect(filter.weights.allSatisfy(\.isFinite) && errors[39] > 1e100)
    var normalised = LMS(3, stepSize: 1.99, normalizedWith: 0)
    normalised.adapt(to: inputs, desired: desired, epochs: 40)
    #expect(normalised.divergence == nil)
    var spoiled = LMS(1, stepSize: 0.1)
    spoiled.step([1], desired: .nan)
    #expect(spoiled.divergence?.step == 0 && spoiled.weights == [0])
  }

  @Test("a filter of a signal finds the echo's path, and follows when it changes")
  func identification() {
    var generator = Philox(seed: 3)
    var line = DelayLine(4), filter = LMS(4, stepSize: 0.5, normalizedWith: 1e-6)
    for path in [[0.5, -0.3, 0.2, 0.1], [0, 0.8, 0, -0.4]] {
      for _ in 0..<600 {
        line.push(Double.random(in: -1...1, using: &generator))
        filter.step(line.samples, desired: zip(path, line.samples).reduce(0) { $0 + $1.0 * $1.1 })
      }
      #expect(close(filter.weights, path, 1e-9))
    }
    var short = DelayLine(2)
    short.push(1)
    #expect(short.push(2) == [2, 1] && short.push(3) == [3, 2])
  }
}

@Suite("Adalines")
struct AdalineTests {
  private static let pairs: [[Double]] = [[-1, -1], [-1, 1], [1, -1], [1, 1]]

  @Test("least squares over truth tables gives the weights of NAND and of the majority; XOR needs two layers")
  func truthTables() throws {
    func same(_ a: [Double], _ b: [Double]) -> Bool { zip(a, b).allSatisfy { abs($0 - $1) < 1e-12 } }
    let nand = try Adaline(fitting: AdalineTests.pairs, targets: [1, 1, 1, -1])
    #expect(same([nand.bias] + nand.weights, [0.5, -0.5, -0.5]))
    #expect(same(AdalineTests.pairs.map(nand.feature), [1.5, 0.5, 0.5, -0.5]))
    #expect(AdalineTests.pairs.map(nand.output) == [1, 1, 1, -1])

    let triples: [[Double]] = AdalineTests.pairs.map { $0 + [-1] } + AdalineTests.pairs.map { $0 + [1] }
    let majority = triples.map { $0.reduce(0, +) > 0 ? 1.0 : -1 }
    let voter = try Adaline(fitting: triples, targets: majority)
    #expect(same([voter.bias] + voter.weights, [0, 0.5, 0.5, 0.5]) && triples.map(voter.output) == majority)

    let exclusive = [-1.0, 1, 1, -1]
    let single = try Adaline(fitting: AdalineTests.pairs, targets: exclusive)
    #expect(AdalineTests.pairs.map(single.output) != exclusive)
    let first = [Adaline(bias: 0.5, weights: [-1, 1]), Adaline(bias: 0.5, weights: [1, -1])]
    let hidden = AdalineTests.pairs.map { x in first.map { $0.output(x) } }
    let second = try Adaline(fitting: hidden, targets: exclusive)
    #expect(same([second.bias] + second.weights, [1, -1, -1]))
    let network = Madaline(layers: [first, [second]])
    #expect(AdalineTests.pairs.map(network.outputs) == exclusive.map { [$0] })
  }

  @Test("the α-LMS rule goes a fraction of the way")
  func alphaLMS() {
    var element = Adaline(bias: 0.2, weights: [1, -0.5])
    #expect(abs(element.adapt([1, 2], target: -1, rate: 0.5) - -1.2) < 1e-15)
    #expect(abs(element.feature([1, 2]) - -0.4) < 1e-15)
    element.adapt([1, 2], target: -1, rate: 1)
    #expect(abs(element.feature([1, 2]) - -1) < 1e-15)
  }

  @Test("Madalines learn XOR from some random starts, wide ones from most, and a start repeats")
  func exclusiveOr() {
    func outcomes(_ widths: [Int], _ starts: Range<UInt64>) -> [Madaline.Outcome] {
      starts.map { seed in
        var generator = Philox(seed: seed)
        var network = Madaline(widths, using: &generator)
        let targets = [-1.0, 1, 1, -1].map { [$0] }
        let outcome = network.train(AdalineTests.pairs, targets: targets, using: &generator)
        if case .learned = outcome { #expect(AdalineTests.pairs.map(network.outputs) == targets) }
        return outcome
      }
    }
    func learned(_ outcomes: [Madaline.Outcome]) -> Int {
      outcomes.count { if case .learned = $0 { true } else { false } }
    }
    let small = outcomes([2, 2, 1], 0..<100), wide = outcomes([2, 4, 1], 0..<100)
    // There is no guarantee: two hidden Adalines are stuck about four times of ten.
    #expect(
      (50...70).contains(learned(small)) && (92...99).contains(learned(wide)), "\(learned(small)), \(learned(wide))")
    #expect(outcomes([2, 2, 1], 0..<100) == small)
    let single = outcomes([2, 1], 0..<5)
    #expect(learned(single) == 0)
  }

  @Test("with a fixed OR at the end, the first layer alone learns (Rule I)")
  func fixedOutput() {
    let either = Adaline(bias: 1, weights: [1, 1])
    let learned = (0..<50 as Range<UInt64>).count { seed in
      var generator = Philox(seed: seed)
      let first = (0..<2).map { _ in Adaline(inputs: 2, using: &generator) }
      var network = Madaline(layers: [first, [either]], adaptsOutputs: false)
      let targets = [-1.0, 1, 1, -1].map { [$0] }
      let outcome = network.train(AdalineTests.pairs, targets: targets, using: &generator)
      #expect(network.layers[1] == [either])
      return outcome != .notLearned(wrong: 1) && AdalineTests.pairs.map(network.outputs) == targets
    }
    #expect(learned >= 45)
  }
}

extension Mistake {
  static let adaptive: [Mistake] = [
    .init("LMS: 2 inputs, 3 weights", { _ = LMS(3, stepSize: 0.1).output([1, 2]) }),
    .init("LMS: step size 0.0", { _ = LMS(3, stepSize: 0) }),
    .init(
      "LMS: inputs [2, 3] and desired values [3]",
      {
        var filter = LMS(3, stepSize: 1)
        filter.adapt(to: Tensor.ones([2, 3]), desired: Tensor.ones([3]))
      }
    ),
    .init(
      "Madaline: targets [0.5] are not ±1",
      {
        var network = Madaline(layers: [[Adaline(bias: 0, weights: [1])]])
        network.adapt([1], targets: [0.5])
      }
    ),
  ]
}
