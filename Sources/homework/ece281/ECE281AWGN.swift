import ArgumentParser
import Foundation
import Neural
import NeuralData
import NeuralModels
import NeuralPlots

/// `homework ece281 awgn`: the network of `ece281 mnist` on images with noise.
struct ECE281AWGN: Exercise {
  static let course = "ece281", name = "awgn", title = "The MNIST network under white Gaussian noise."
  static let discussion = """
    Noise of standard deviation σ is added to pixels in [0, 1], which are clipped to [0, 1] again and normalised. Without \
    --weights the network is the one that `ece281 mnist` has left below --out; where there is none that was trained on \
    the same images, it is trained first.
    """
  static let data = "MNIST or generated digits, weights of ece281 mnist"
  static let duration = (full: "15 s, 1 min with training", quick: "4 s")

  @Option(help: "Weights to test (default: those of ece281 mnist in --out).")
  var weights: String?
  @Option(parsing: .unconditional, help: "Images in a test batch.")
  var testBatchSize = 1000
  @OptionGroup var options: RunOptions

  func validate() throws { try require(testBatchSize >= 1, "--test-batch-size \(testBatchSize)", "1 or more") }

  /// σ with the paper's accuracy and loss.
  private static let paper: [(sigma: Double, accuracy: Double, loss: Double)] = [
    (0, 0.9872, 0.0354), (0.3, 0.9566, 0.2217), (0.6, 0.5098, 1.3472), (1, 0.2164, 2.2629),
  ]

  func perform(_ run: Run) throws {
    let digits = try run.digits(quick: MNISTTraining.quick)
    let model = try network(digits, run)
    let training = MNISTTraining(testBatchSize: testBatchSize)
    let plain = training.test(model, digits.test, seed: options.seed)
    run.code("without noise", plain.confusion)

    let results = Self.paper.map { training.test(model, digits.test, noise: $0.sigma, seed: options.seed) }
    for (paper, result) in zip(Self.paper, results).dropFirst() { run.code("σ = \(paper.sigma)", result.confusion) }

    try showNoise(digits, run)
    let between = options.noFigures || run.isQuick ? [] : [0.1, 0.2, 0.4, 0.5, 0.7, 0.8, 0.9]
    let more = between.map { ($0, training.test(model, digits.test, noise: $0, seed: options.seed).accuracy) }
    let ours = (zip(Self.paper.map(\.sigma), results.map(\.accuracy)) + more).sorted { $0.0 < $1.0 }
    try run.figure(
      "accuracy", "Accuracy on the test images against the standard deviation of the noise.",
      LinePlot(
        x: "σ of the noise, white = 1", y: Axis("accuracy, %", range: 0...100),
        [
          .init("ours", x: ours.map(\.0), ours.map { 100 * $0.1 }, style: .markedLine),
          .init("paper", x: Self.paper.map(\.sigma), Self.paper.map { 100 * $0.accuracy }, style: .points),
        ], references: [.horizontal(10, "guessing")]))

    run.check("accuracy at σ = 0 is that without noise", expected: plain.accuracy, ours: results[0].accuracy)
    for (paper, result) in zip(Self.paper, results) {
      let (name, percent) = ("accuracy at σ = \(paper.sigma)", NumberStyle.percent)
      if paper.sigma == 0.3 {
        run.judge(name, in: 0.85...0.98, ours: result.accuracy, as: .percent, paper: percent.text(paper.accuracy))
      } else {
        run.show(name, paper: percent.text(paper.accuracy), ours: percent.text(result.accuracy))
      }
    }
    for (paper, result) in zip(Self.paper, results) {
      run.show("loss at σ = \(paper.sigma)", paper: paper.loss.fixed(4), ours: result.loss.fixed(4))
    }
    let accuracies = results.map(\.accuracy)
    run.judge("accuracy falls with σ", zip(accuracies, accuracies.dropFirst()).allSatisfy { $0 > $1 })
  }

  /// The paper's picture: the first test image under four strengths of noise.
  private func showNoise(_ digits: Digits, _ run: Run) throws {
    let sigmas = [0.001, 0.3, 0.6, 1.0]
    let images = sigmas.map { sigma in
      var generator = Philox(seed: options.seed)
      let noise = Transforms.gaussianNoise(standardDeviation: sigma, in: 0...1)
      return Transforms.chain(Transforms.scale(), noise)(digits.test.prefix(1).tensors, &generator).inputs[0]
    }
    try run.figure(
      "noise", "Test image 0, a \(digits.test.labels[0]), under noise of four standard deviations.",
      ImageGrid("", images, titles: sigmas.map { "σ = \($0)" }))
  }

  /// The weights that are asked for, those that `ece281 mnist` has left, or new ones.
  private func network(_ digits: Digits, _ run: Run) throws -> MNISTNet {
    func loaded(_ state: StateDict) throws -> MNISTNet {
      let model = MNISTNet()
      try model.load(state)
      return model
    }
    if let weights {
      run.text("weights: \(weights)")
      return try loaded(StateDict(safetensors: URL(fileURLWithPath: weights)))
    }
    let file = URL(fileURLWithPath: options.out, isDirectory: true).appendingPathComponent(
      "\(ECE281MNIST.course)-\(ECE281MNIST.name)/\(MNISTTraining.weights)")
    if FileManager.default.fileExists(atPath: file.path) {
      let state = try StateDict(safetensors: file)
      if state.metadata["training images"] == MNISTTraining.name(of: digits) {
        run.text("weights: as `homework ece281 mnist` left them")
        return try loaded(state)
      }
    }
    run.text("no weights of `homework ece281 mnist` for these images below --out: training first")
    return try MNISTTraining(epochs: run.choose(full: 2, quick: 1)).train(on: digits.train, run).model
  }
}
