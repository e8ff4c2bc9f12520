import ArgumentParser
import Neural
import NeuralData
import NeuralModels
import NeuralPlots

/// `homework ece285 lenet`: LeNet learns MNIST.
struct ECE285LeNet: Exercise {
  static let course = "ece285", name = "lenet", title = "LeNet learns MNIST: SGD with momentum, batch 100."
  static let discussion = """
    Two convolutions with max-pooling and three fully connected layers, on images scaled to [−1, 1]. Shows the layers, \
    the parameters and the size of every feature map, then trains.
    """
  static let data = "MNIST or generated digits"
  static let duration = (full: "3 s for 3 epochs", quick: "1 s")

  @Option(parsing: .unconditional, help: "Passes over the training data; the paper has 3 and 10.")
  var epochs = 3
  @Option(parsing: .unconditional, help: "Images in a batch.")
  var batchSize = 100
  @Option(name: .customLong("lr"), parsing: .unconditional, help: "Learning rate.")
  var learningRate = 0.001
  @Option(parsing: .unconditional, help: "Momentum of SGD.")
  var momentum = 0.9
  @Option(parsing: .unconditional, help: "Batches between lines with the mean loss; 0 for none.")
  var logInterval = 100
  @OptionGroup var resumption: ResumeOptions
  @OptionGroup var options: RunOptions

  func validate() throws {
    try require(epochs >= 0, "--epochs \(epochs)", "0 or more")
    try require(batchSize >= 1, "--batch-size \(batchSize)", "1 or more")
    try require(learningRate >= 0 && learningRate.isFinite, "--lr \(learningRate)", "a number, 0 or more")
    try require(momentum >= 0 && momentum < 1, "--momentum \(momentum)", "from 0 to below 1")
    try require(logInterval >= 0, "--log-interval \(logInterval)", "0 or more")
  }

  func perform(_ run: Run) throws {
    let digits = try run.digits()
    let weights = try run.file("lenet.safetensors")
    let epochs = run.choose(full: epochs, quick: min(epochs, 1))

    try showImages(digits, run)

    let model = LeNet()
    describe(model, run)
    let train = loader(digits.train, shuffle: true), test = loader(digits.test, shuffle: false)
    let untrained = measure(model, on: test, metrics: [Accuracy()])[0].value

    run.text("\(epochs) epochs, batch \(batchSize), SGD with learning rate \(learningRate), momentum \(momentum).")
    let optimizer = SGD(model, learningRate: learningRate, momentum: momentum)
    let history = try run.resumable(resumption) { checkpoint, resume in
      try fit(
        model, optimizer, train: train, epochs: 0..<epochs, callbacks: run.progressBars(lossEvery: logInterval),
        checkpoint: checkpoint, resume: resume)
    }
    let measured = measure(model, on: test, metrics: [MeanLoss(), ConfusionMatrix(classes: 10)])
    run.code("test images: labels in rows, predictions in columns", measured[1])
    try run.figure(
      "loss", "Cross-entropy of each training batch, and its mean over many.",
      lossCurve(history.batchLosses, batchesPerEpoch: train.batchesPerEpoch, meanOf: run.choose(full: 100, quick: 10)))
    try model.stateDict().write(safetensors: weights)

    run.judge("accuracy untrained", in: 0.05...0.20, ours: untrained, as: .percent, paper: "11.92 %", must: false)
    run.show("test loss", ours: measured[0].value.fixed(4))
    judge(digits, epochs, measured[1].value, run)
  }

  /// The two images that the paper looks at.
  private func showImages(_ digits: Digits, _ run: Run) throws {
    let number = 42
    let images = [("training", digits.train, 7), ("test", digits.test, 4)].filter { $0.1.count > number }
    try run.figure(
      "images", "Image \(number) of the training and of the test images, with their labels.",
      ImageGrid(
        "", images.map { $0.1.tensors.inputs[number] },
        titles: images.map { "\($0.0) image \(number): \($0.1.labels[number])" }))
    run.preview(
      images.map { $0.1.tensors.inputs[number] }, captions: images.map { "\($0.0): \($0.1.labels[number])" })
    for (name, images, label) in images where digits.isMNIST {
      run.check("label of \(name) image \(number)", expected: label, ours: Int(images.labels[number]), must: false)
    }
  }

  private func loader(_ images: LabeledImages, shuffle: Bool) -> DataLoader {
    DataLoader(
      images.tensors, batchSize: shuffle ? batchSize : 1000, shuffle: shuffle, seed: options.seed,
      transform: Transforms.scale(to: -1...1))
  }

  /// The tree, the parameters and what each layer makes of an image.
  private func describe(_ model: LeNet, _ run: Run) {
    run.code("the layers", model)
    let parameters = model.namedParameters()
    run.table(
      "the parameters", ["parameter", "shape", "requiresGrad"],
      parameters.map { [$0.name, "\($0.parameter.shape)", "\($0.parameter.requiresGrad)"] })
    let summary = model.summary(inputShape: [1, 1, 28, 28])
    run.code("what each layer makes of an image", summary)

    let maps: [(String, Shape)] = [
      ("conv1", [1, 6, 24, 24]), ("pool1", [1, 6, 12, 12]), ("conv2", [1, 16, 8, 8]), ("pool2", [1, 16, 4, 4]),
    ]
    for (name, shape) in maps {
      let ours = summary.rows.first { $0.name == name }?.output ?? []
      run.check("feature maps of \(name)", expected: shape, ours: ours)
    }
    let shapes: [(String, Shape)] = [
      ("conv1.weight", [6, 1, 5, 5]), ("conv1.bias", [6]), ("conv2.weight", [16, 6, 5, 5]), ("conv2.bias", [16]),
      ("fc1.weight", [120, 256]), ("fc1.bias", [120]), ("fc2.weight", [84, 120]), ("fc2.bias", [84]),
      ("fc3.weight", [10, 84]), ("fc3.bias", [10]),
    ]
    let ours = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.parameter.shape) })
    for (name, shape) in shapes { run.check(name, expected: shape, ours: ours[name] ?? []) }
  }

  /// The paper's accuracies hold for its settings.
  private func judge(_ digits: Digits, _ epochs: Int, _ accuracy: Double, _ run: Run) {
    let isPapers = batchSize == 100 && learningRate == 0.001 && momentum == 0.9
    let ranges: [Int: (mnist: ClosedRange<Double>, generated: ClosedRange<Double>, paper: String)] = [
      3: (0.91...0.96, 0.85...1, "92.70 and 94.41 %"), 10: (0.975...1, 0.95...1, "98.17 %"),
    ]
    if let range = ranges[epochs], isPapers {
      run.judge(
        "accuracy after \(epochs) epochs", in: digits.isMNIST ? range.mnist : range.generated, ours: accuracy,
        as: .percent, paper: range.paper)
    } else {
      run.show("accuracy after \(epochs) epochs", ours: NumberStyle.percent.text(accuracy))
    }
  }
}
