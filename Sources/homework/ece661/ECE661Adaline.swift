import ArgumentParser
import Neural

/// `homework ece661 adaline`: problems 2.2 to 2.4 of the paper, and 1.2.
struct ECE661Adaline: Exercise {
  static let course = "ece661", name = "adaline", title = "Logic functions of Adalines, and XOR of a Madaline."
  static let discussion = """
    An Adaline is y = sgn s, s = w₀ + w·x. Least squares over a truth table of ±1 gives weights for NAND and for the \
    majority of three. XOR needs two layers. Their second layer can be fitted in the same way; the whole network can also \
    learn from random weights, by Madaline Rule II (Winter and Widrow 1988), which flips the Adalines that are least sure.
    """
  static let data = "none"
  static let duration = (full: "1 s", quick: "1 s")

  @Option(parsing: .unconditional, help: "Random starts of the Madaline.")
  var starts = 100
  @Option(parsing: .unconditional, help: "Adalines in its first layer.")
  var hidden = 2
  @Option(parsing: .unconditional, help: "Passes over the truth table after which a start has failed.")
  var epochs = 100
  @OptionGroup var options: RunOptions

  func validate() throws {
    try require((1...10_000).contains(starts), "--starts \(starts)", "1 to 10000")
    try require((1...10).contains(hidden), "--hidden \(hidden)", "1 to 10")
    try require((1...100_000).contains(epochs), "--epochs \(epochs)", "1 to 100000")
  }

  func perform(_ run: Run) throws {
    let pairs = truthTable(2), triples = truthTable(3)
    let nand = try fit("NAND", pairs, pairs.map { $0 == [1, 1] ? -1 : 1 }, run)
    check("NAND", nand, bias: 0.5, weights: [-0.5, -0.5], run)
    run.check(
      "NAND: features s", expected: Tensor([1.5, 0.5, 0.5, -0.5]), ours: Tensor(pairs.map(nand.feature)), digits: 4)
    let majority = try fit("majority of three", triples, triples.map { $0.reduce(0, +) > 0 ? 1 : -1 }, run)
    check("majority", majority, bias: 0, weights: [0.5, 0.5, 0.5], run)

    let xor = pairs.map { $0[0] == $0[1] ? -1.0 : 1 }
    let first = [Adaline(bias: 0.5, weights: [-1, 1]), Adaline(bias: 0.5, weights: [1, -1])]
    let second = try fit(
      "XOR, second layer over the outputs of the first", pairs.map { x in first.map { $0.output(x) } }, xor, run)
    check("XOR, second layer", second, bias: 1, weights: [-1, -1], run)
    let madaline = Madaline(layers: [first, [second]])
    run.check("XOR of both layers", expected: xor, ours: pairs.flatMap(madaline.outputs))
    learn(pairs, xor, run)
  }

  /// XOR from random weights.
  private func learn(_ inputs: [[Double]], _ targets: [Double], _ run: Run) {
    var needed: [Int] = []
    for start in 0..<starts {
      var generator = Philox(seed: options.seed, stream: UInt64(start))
      var madaline = Madaline([2, hidden, 1], using: &generator)
      let outcome = madaline.train(inputs, targets: targets.map { [$0] }, maximumEpochs: epochs, using: &generator)
      if case .learned(let epochs) = outcome { needed.append(epochs) }
    }
    run.show("XOR by error correction: starts of \(starts) that learn it", ours: "\(needed.count)")
    let sorted = needed.sorted()
    if let most = sorted.last {
      run.show("epochs that they need: median, most", ours: "\(sorted[sorted.count / 2]), \(most)")
    }
    run.note("statement 1.2 of the paper: other starts end with other weights, and some with none that work")
  }

  /// The Adaline that least squares finds; shows its truth table.
  private func fit(_ name: String, _ inputs: [[Double]], _ targets: [Double], _ run: Run) throws -> Adaline {
    let adaline = try Adaline(fitting: inputs, targets: targets)
    func sign(_ value: Double) -> String { value > 0 ? "+1" : "−1" }
    run.table(
      name, inputs[0].indices.map { "x\($0 + 1)" } + ["target", "s", "y"],
      zip(inputs, targets).map { x, target in
        x.map(sign) + [sign(target), adaline.feature(x).fixed(2), sign(adaline.output(x))]
      })
    run.check("\(name): outputs", expected: targets, ours: inputs.map(adaline.output))
    return adaline
  }

  private func check(_ name: String, _ adaline: Adaline, bias: Double, weights: [Double], _ run: Run) {
    run.check(
      "\(name): (w₀, w)", expected: Tensor([bias] + weights), ours: Tensor([adaline.bias] + adaline.weights), digits: 4)
  }

  /// All rows of ±1, −1 first.
  private func truthTable(_ inputs: Int) -> [[Double]] {
    (0..<1 << inputs).map { row in (0..<inputs).map { row >> (inputs - 1 - $0) & 1 == 1 ? 1 : -1 } }
  }
}
