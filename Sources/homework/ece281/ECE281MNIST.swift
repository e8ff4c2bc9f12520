import ArgumentParser
import Neural
import NeuralData
import NeuralModels

/// `homework ece281 mnist`: the network of PyTorch's MNIST example, with the flags of the paper.
struct ECE281MNIST: Exercise {
  static let course = "ece281", name = "mnist",
    title = "A convolutional network with dropout learns MNIST in two epochs."
  static let discussion = """
    Two 3×3 convolutions of 32 and 64 channels, max-pooling, dropout, two fully connected layers: 1,199,882 parameters, \
    trained with Adadelta or Adam whose learning rate falls after each epoch. The weights are what `ece281 awgn` tests.
    """
  static let data = "MNIST or generated digits"
  static let duration = (full: "40 s", quick: "3 s")

  enum Method: String, ExpressibleByArgument, CaseIterable { case adadelta, adam }

  @Option(parsing: .unconditional, help: "Images in a training batch.")
  var batchSize = 64
  @Option(parsing: .unconditional, help: "Images in a test batch.")
  var testBatchSize = 1000
  @Option(parsing: .unconditional, help: "Passes over the training data.")
  var epochs = 2
  @Option(help: "What updates the weights.")
  var optimizer = Method.adadelta
  @Option(
    name: .customLong("lr"), parsing: .unconditional, help: "Learning rate (default: 1 for adadelta, 0.001 for adam).")
  var learningRate: Double?
  @Option(parsing: .unconditional, help: "Factor of the learning rate after each epoch.")
  var gamma = 0.7
  @Flag(help: "One batch of training and one of testing; nothing is saved.")
  var dryRun = false
  @Option(parsing: .unconditional, help: "Batches between lines with the mean loss; 0 for none.")
  var logInterval = 100
  @Flag(inversion: .prefixedNo, help: "Save the weights.")
  var saveModel = true
  @OptionGroup var resumption: ResumeOptions
  @OptionGroup var options: RunOptions

  func validate() throws {
    try require(batchSize >= 1, "--batch-size \(batchSize)", "1 or more")
    try require(testBatchSize >= 1, "--test-batch-size \(testBatchSize)", "1 or more")
    try require(epochs >= 0, "--epochs \(epochs)", "0 or more")
    if let learningRate {
      try require(learningRate >= 0 && learningRate.isFinite, "--lr \(learningRate)", "a number, 0 or more")
    }
    try require(gamma >= 0 && gamma.isFinite, "--gamma \(gamma)", "a number, 0 or more")
    try require(logInterval >= 0, "--log-interval \(logInterval)", "0 or more")
  }

  func perform(_ run: Run) throws {
    var digits = try run.digits(quick: MNISTTraining.quick)
    if dryRun { digits = digits.prefix(train: batchSize, test: testBatchSize) }
    let file = saveModel && !dryRun ? try run.file(MNISTTraining.weights) : nil
    let training = MNISTTraining(
      epochs: dryRun ? 1 : run.choose(full: epochs, quick: min(epochs, 1)), batchSize: batchSize,
      testBatchSize: testBatchSize, usesAdam: optimizer == .adam, learningRate: learningRate, gamma: gamma,
      logInterval: logInterval)

    let (model, losses) = try run.resumable(resumption) { checkpoint, resume in
      try training.train(on: digits.train, run, checkpoint: checkpoint, resume: resume)
    }
    let tested = training.test(model, digits.test, seed: options.seed)
    run.code("test images: labels in rows, predictions in columns", tested.confusion)
    try run.figure(
      "loss", "Cross-entropy of each training batch with dropout, and its mean over many.",
      lossCurve(
        losses, batchesPerEpoch: (digits.train.count + batchSize - 1) / batchSize,
        meanOf: run.choose(full: 50, quick: 5), scale: .logarithmic))
    if let file { try training.save(model, trainedOn: digits, to: file) }

    run.check("parameters", expected: 1_199_882, ours: model.parameterCount)
    let isPapers = training == MNISTTraining(logInterval: logInterval)
    run.judge(
      "accuracy after \(training.epochs) epochs", in: digits.isMNIST ? 0.987...1 : 0.97...1, ours: tested.accuracy,
      as: .percent, paper: "98.72 %", unjudged: isPapers ? nil : "other settings")
    run.show("test loss", paper: "0.0354", ours: tested.loss.fixed(4))
    run.show("training loss of the last 100 batches", ours: mean(losses.suffix(100)).fixed(4))
  }

  private func mean(_ values: some Collection<Double>) -> Double { values.reduce(0, +) / Double(values.count) }
}
