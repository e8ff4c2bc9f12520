/// Layers of Adalines, trained by error correction: Madaline Rule II (Winter and Widrow 1988), and with a fixed last layer,
/// a logic function such as a majority, Rule I (Widrow and Hoff 1962).
///
/// For a sample whose outputs are wrong, the rule disturbs as little as it can. Layer by layer, it tries to invert the
/// outputs of single Adalines, then of pairs and of three, those with s nearest to 0 first. A trial that leaves fewer wrong
/// outputs at the end of the network stays: the Adalines in it are adapted until they give the inverted outputs. Last, the
/// outputs that are still wrong are adapted.
///
/// So that all share the work, |s| counts the more the more often an Adaline was adapted (Winter's "usage", Madaline Rule
/// II: A New Method for Training Networks of Adalines, 1989). There is no gradient and no proof that it ends, which Winter
/// says too: of random starts, 6 of 10 learn XOR with two hidden Adalines, 19 of 20 with four; more epochs do not help.
public struct Madaline: Sendable, Hashable, Codable {
  /// How a training ended.
  public enum Outcome: Sendable, Hashable {
    /// Every sample is right, after so many epochs.
    case learned(epochs: Int)
    /// So many samples are wrong after the last epoch.
    case notLearned(wrong: Int)
  }

  /// From the inputs to the outputs.
  public private(set) var layers: [[Adaline]]
  /// Whether the last layer learns.
  public let adaptsOutputs: Bool
  /// How often each was adapted in a trial.
  private var usage: [[Int]]

  /// Given Adalines, at least one in each layer: each has as many inputs as the layer before has Adalines.
  public init(layers: [[Adaline]], adaptsOutputs: Bool = true) {
    require(!layers.isEmpty && layers.allSatisfy { !$0.isEmpty }, "Madaline", "a layer has no Adalines")
    for (layer, next) in zip(layers, layers.dropFirst()) {
      require(
        next.allSatisfy { $0.weights.count == layer.count }, "Madaline",
        "\(next.map(\.weights.count)) inputs after a layer of \(layer.count)")
    }
    (self.layers, self.adaptsOutputs) = (layers, adaptsOutputs)
    usage = layers.map { $0.map { _ in 0 } }
  }

  /// Random Adalines: `[2, 3, 1]` has two inputs, a layer of three and an output. Two widths at least.
  public init(_ widths: [Int], using generator: inout Philox) {
    require(widths.count >= 2, "Madaline", "widths \(widths)")
    self.init(
      layers: zip(widths, widths.dropFirst()).map { inputs, count in
        (0..<count).map { _ in Adaline(inputs: inputs, using: &generator) }
      })
  }

  /// ±1 from each Adaline of the last layer.
  public func outputs(_ x: [Double]) -> [Double] { outputs(x, from: 0) }

  private func outputs(_ x: [Double], from layer: Int) -> [Double] {
    layers[layer...].reduce(x) { x, layer in layer.map { $0.output(x) } }
  }

  /// Corrects the network for one sample.
  ///
  /// - Parameters:
  ///   - x: the inputs, finite.
  ///   - targets: ±1 for each output.
  ///   - rate: of ``Adaline/adapt(_:target:rate:)``, in (0, 1].
  /// - Returns: how many outputs were wrong before.
  @discardableResult
  public mutating func adapt(_ x: [Double], targets: [Double], rate: Double = 0.5) -> Int {
    require(rate > 0 && rate <= 1, "Madaline", "rate \(rate) is not in (0, 1]")
    require(targets.allSatisfy { abs($0) == 1 }, "Madaline", "targets \(targets) are not ±1")
    require(x.allSatisfy(\.isFinite), "Madaline", "inputs \(x) are not finite")
    let before = Madaline.differences(outputs(x), targets)
    var wrong = before
    var input = x
    for layer in layers.indices.dropLast() where wrong > 0 {
      wrong = correctHidden(layer, input, targets, wrong, rate)
      input = layers[layer].map { $0.output(input) }
    }
    if wrong > 0, adaptsOutputs {
      for (index, target) in targets.enumerated() { adapt(layers.count - 1, index, input, to: target, rate) }
    }
    return before
  }

  /// Trials in one hidden layer; returns how many outputs are wrong after them.
  private mutating func correctHidden(
    _ layer: Int, _ input: [Double], _ targets: [Double], _ wrong: Int, _ rate: Double
  ) -> Int {
    var wrong = wrong
    for size in 1...min(3, layers[layer].count) where wrong > 0 {
      let features = layers[layer].map { $0.feature(input) }
      let signs = features.map { $0 >= 0 ? 1.0 : -1 }
      let trials = combinations(of: size, from: layers[layer].count).map { chosen in
        (chosen, disturbance: chosen.reduce(0) { $0 + abs(features[$1]) * Double(1 + usage[layer][$1]) })
      }
      for (chosen, _) in trials.sorted(by: { $0.disturbance < $1.disturbance }) {
        var trial = signs
        for index in chosen { trial[index] = -signs[index] }
        let left = Madaline.differences(outputs(trial, from: layer + 1), targets)
        guard left < wrong else { continue }
        for index in chosen {
          adapt(layer, index, input, to: -signs[index], rate)
          usage[layer][index] += 1
        }
        wrong = left
        break
      }
    }
    return wrong
  }

  /// Adapts an Adaline until its output is the target. Each step leaves 1 − rate of the way, and half the way is enough.
  private mutating func adapt(_ layer: Int, _ index: Int, _ input: [Double], to target: Double, _ rate: Double) {
    while layers[layer][index].output(input) != target {
      layers[layer][index].adapt(input, target: target, rate: rate)
    }
  }

  /// Corrects the network for all samples, in a new random order each epoch, until all are right.
  ///
  /// - Parameters:
  ///   - inputs: rows of equal length.
  ///   - targets: for each row ±1 for each output.
  ///   - maximumEpochs: gives up after so many.
  ///   - rate: of ``Adaline/adapt(_:target:rate:)``, in (0, 1].
  ///   - generator: chooses the order of the samples.
  public mutating func train(
    _ inputs: [[Double]], targets: [[Double]], maximumEpochs: Int = 100, rate: Double = 0.5,
    using generator: inout Philox
  ) -> Outcome {
    require(inputs.count == targets.count, "Madaline", "\(inputs.count) samples, \(targets.count) targets")
    func wrong() -> Int { inputs.indices.count { outputs(inputs[$0]) != targets[$0] } }
    for epoch in 0..<maximumEpochs {
      if wrong() == 0 { return .learned(epochs: epoch) }
      for index in inputs.indices.shuffled(using: &generator) {
        adapt(inputs[index], targets: targets[index], rate: rate)
      }
    }
    let left = wrong()
    return left == 0 ? .learned(epochs: maximumEpochs) : .notLearned(wrong: left)
  }

  private static func differences(_ a: [Double], _ b: [Double]) -> Int {
    require(a.count == b.count, "Madaline", "\(b.count) targets for \(a.count) outputs")
    return zip(a, b).count { $0 != $1 }
  }
}

/// The sets of `size` of the numbers below `count`.
private func combinations(of size: Int, from count: Int) -> [[Int]] {
  if size == 0 { return [[]] }
  return (0..<count).flatMap { last in combinations(of: size - 1, from: last).map { $0 + [last] } }
}
