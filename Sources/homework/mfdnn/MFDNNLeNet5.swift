import ArgumentParser
import Neural
import NeuralData
import NeuralModels
import NeuralPlots

/// `homework mfdnn lenet5`: problem 7 of the paper.
struct MFDNNLeNet5: Exercise {
  static let course = "mfdnn", name = "lenet5", title = "LeNet-5 learns MNIST, with LeCun's table in C3 and without."
  static let discussion = """
    Tanh and average pooling throughout, images of 28×28 with two zeros on each side. In the paper of 1998 each of the \
    16 maps of C3 sees some of the 6 maps below it only: fewer weights, and maps that cannot all learn the same. Both \
    kinds are trained with plain SGD.
    """
  static let data = "MNIST or generated digits"
  static let duration = (full: "40 s", quick: "3 s")

  @Option(parsing: .unconditional, help: "Passes over the training data.")
  var epochs = 10
  @Option(parsing: .unconditional, help: "Images in a batch.")
  var batchSize = 100
  @Option(name: .customLong("lr"), parsing: .unconditional, help: "Learning rate.")
  var learningRate = 0.1
  @OptionGroup var options: RunOptions

  func validate() throws {
    try require(epochs >= 0, "--epochs \(epochs)", "0 or more")
    try require(batchSize >= 1, "--batch-size \(batchSize)", "1 or more")
    try require(learningRate >= 0 && learningRate.isFinite, "--lr \(learningRate)", "a number, 0 or more")
  }

  /// One of the two networks, with the paper's accuracy and training time.
  private struct Kind {
    let name: String, connections: LeNet5.Connections
    let parameters: Int, weights: Int, paper: Double, seconds: Int
  }

  func perform(_ run: Run) throws {
    let digits = try run.digits()
    run.table(
      "LeCun's table: maps of C3 and the maps of S2 that they see", ["map"] + (0..<16).map { "\($0)" },
      (0..<6).map { input in ["\(input)"] + TableConv2d.leNet5.map { $0.contains(input) ? "X" : "" } })
    let kinds = [
      Kind(name: "partial C3", connections: .partial, parameters: 60_806, weights: 1_500, paper: 0.9863, seconds: 80),
      Kind(name: "full C3", connections: .full, parameters: 61_706, weights: 2_400, paper: 0.9858, seconds: 38),
    ]
    let trained = try kinds.map { try train($0, digits, run) }
    try run.figure(
      "errors", "Errors on the test images after each epoch, of both kinds; dashed: the paper's after ten.",
      LinePlot(
        "LeNet-5", x: "epoch", y: Axis("test errors, %", scale: .logarithmic),
        zip(kinds, trained).map { kind, trained in
          .init(kind.name, x: trained.errors.indices.map { Double($0 + 1) }, trained.errors, style: .markedLine)
        },
        references: kinds.map {
          let errors = 100 * (1 - $0.paper)
          return .horizontal(errors, "\($0.name), paper: \(errors.fixed(2)) %")
        }))
    let images = Int((Double(digits.test.count) * (trained[0].accuracy - trained[1].accuracy)).rounded())
    run.note(
      "the paper finds the partial table better by 5 images of 10,000; here it is \(images) of \(digits.test.count.grouped): chance"
    )
  }

  /// Trains a network; returns its accuracy on the test images, and their errors after each epoch in percent.
  private func train(_ kind: Kind, _ digits: Digits, _ run: Run) throws -> (accuracy: Double, errors: [Double]) {
    let model = LeNet5(kind.connections)
    let epochs = run.choose(full: epochs, quick: min(epochs, 1))
    run.code("\(kind.name)", model)
    run.text("\(epochs) epochs, batch \(batchSize), SGD with learning rate \(learningRate.short).")
    let test = loader(digits.test, shuffle: false)
    let clock = ContinuousClock(), start = clock.now
    let history = try fit(
      model, SGD(model, learningRate: learningRate), train: loader(digits.train, shuffle: true), validation: test,
      epochs: 0..<epochs, callbacks: run.progressBars())
    let seconds = (clock.now - start) / .seconds(1)
    run.progress("\(kind.name): trained and tested in \(seconds.fixed(1)) s; the paper trained in \(kind.seconds) s")
    let measured = evaluate(model, on: test)

    run.check("\(kind.name): parameters", expected: kind.parameters, ours: model.parameterCount)
    let weights = model.namedParameters().first { $0.name == "c3.weight" }?.parameter.shape.count ?? 0
    run.check("\(kind.name): weights of C3", expected: kind.weights, ours: weights)
    let isPapers = self.epochs == 10 && batchSize == 100 && learningRate == 0.1
    run.judge(
      "\(kind.name): accuracy after \(epochs) epochs", in: digits.isMNIST ? 0.982...1 : 0.95...1,
      ours: measured[1].value, as: .percent, paper: NumberStyle.percent.text(kind.paper),
      unjudged: isPapers ? nil : "other settings")
    run.show("\(kind.name): test loss", ours: measured[0].value.fixed(4))
    return (measured[1].value, history["validation accuracy"].map { 100 * (1 - $0) })
  }

  private func loader(_ images: LabeledImages, shuffle: Bool) -> DataLoader {
    DataLoader(
      images.tensors, batchSize: shuffle ? batchSize : 1000, shuffle: shuffle, seed: options.seed,
      transform: Transforms.scale())
  }
}
