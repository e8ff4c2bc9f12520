import ArgumentParser
import Foundation
import Neural
import NeuralData
import NeuralModels

/// `homework ece285 lenet`: LeNet learns MNIST.
struct ECE285LeNet: Exercise {
  static let configuration = CommandConfiguration(
    commandName: "lenet", abstract: "LeNet learns MNIST: SGD with momentum, batch 100.")
  static let course = "ece285"
  static let data = "MNIST or generated digits"
  static let duration = "3 s for 3 epochs"

  @OptionGroup var options: TrainingOptions

  func run() throws {
    options.apply()
    let folder = options.dryRun ? nil : try options.outputFolder()
    let digits = try Digits.load(folder: options.data)
    print(digits.description)

    let model = LeNet()
    let summary = describe(model)
    let train = loader(options.dryRun ? digits.train.prefix(options.batchSize) : digits.train, shuffle: true)
    let test = loader(options.dryRun ? digits.test.prefix(options.batchSize) : digits.test, shuffle: false)
    let untrained = accuracy(evaluate(model, on: test))

    print(
      "\ntraining: \(options.dryRun ? 1 : options.epochs) epochs, batch \(options.batchSize), SGD learning rate \(options.learningRate), momentum \(options.momentum), seed \(options.seed), \(Runtime.threadCount) threads, \(Runtime.instructionSet)"
    )
    let optimizer = SGD(model, learningRate: options.learningRate, momentum: options.momentum)
    let log = options.logInterval > 0 ? [LossLog(every: options.logInterval)] : []
    try fit(
      model, optimizer, train: train, epochs: 0..<(options.dryRun ? 1 : options.epochs),
      callbacks: log + [ProgressBar()])

    let measured = measure(model, on: test, metrics: [MeanLoss(), ConfusionMatrix(classes: 10)])
    let trained = accuracy(measured.map { ($0.name, $0.value) })
    print("\ntest: accuracy \((100 * trained).fixed(2)) %, loss \(measured[0].value.fixed(4))\n")
    print(measured[1], terminator: "\n\n")

    if let folder {
      let file = folder.appendingPathComponent("lenet.safetensors")
      try model.stateDict().write(safetensors: file)
      print("weights: \(file.relativePath)\n")
    }
    try judge(digits, model, summary, untrained: untrained, trained: trained)
  }

  private func loader(_ images: LabeledImages, shuffle: Bool) -> DataLoader {
    DataLoader(
      images.tensors, batchSize: shuffle ? options.batchSize : 1000, shuffle: shuffle, seed: options.seed,
      transform: Transforms.scale(to: -1...1))
  }

  private func accuracy(_ metrics: [(name: String, value: Double)]) -> Double {
    metrics.first { $0.name == "accuracy" }?.value ?? .nan
  }

  /// Prints the tree, the parameters and what each layer makes of an image.
  private func describe(_ model: LeNet) -> ModuleSummary {
    print("\n\(model)\n")
    let parameters = model.namedParameters().map {
      [$0.name, "\($0.parameter.shape)", "\($0.parameter.requiresGrad)"]
    }
    print(Table(header: ["parameter", "shape", "requiresGrad"], rows: parameters))
    let summary = model.summary(inputShape: [1, 1, 28, 28])
    print("\n\(summary)")
    return summary
  }

  private func judge(
    _ digits: Digits, _ model: LeNet, _ summary: ModuleSummary, untrained: Double, trained: Double
  ) throws {
    var results = Results()
    let maps: [(String, Shape)] = [
      ("conv1", [1, 6, 24, 24]), ("pool1", [1, 6, 12, 12]), ("conv2", [1, 16, 8, 8]), ("pool2", [1, 16, 4, 4]),
    ]
    for (name, shape) in maps {
      let ours = summary.rows.first { $0.name == name }?.output ?? []
      results.add("feature maps of \(name)", expected: shape, ours: ours)
    }
    let shapes: [(String, Shape)] = [
      ("conv1.weight", [6, 1, 5, 5]), ("conv1.bias", [6]), ("conv2.weight", [16, 6, 5, 5]), ("conv2.bias", [16]),
      ("fc1.weight", [120, 256]), ("fc1.bias", [120]), ("fc2.weight", [84, 120]), ("fc2.bias", [84]),
      ("fc3.weight", [10, 84]), ("fc3.bias", [10]),
    ]
    let ours = Dictionary(uniqueKeysWithValues: model.namedParameters().map { ($0.name, $0.parameter.shape) })
    for (name, shape) in shapes { results.add(name, expected: shape, ours: ours[name] ?? []) }
    if options.dryRun {
      results.note("accuracy", expected: "not judged in a dry run", ours: "\((100 * trained).fixed(2)) %")
    } else {
      results.add("accuracy untrained", percent: 0.05...0.20, ours: untrained, must: false)
      judgeAccuracy(digits, trained, &results)
    }
    try results.finish()
  }

  /// The paper's accuracies hold for its settings; others are shown without judgement.
  private func judgeAccuracy(_ digits: Digits, _ trained: Double, _ results: inout Results) {
    let isPapers = options.batchSize == 100 && options.learningRate == 0.001 && options.momentum == 0.9
    switch (options.epochs, isPapers, digits.isMNIST) {
    case (3, true, true):
      results.add("accuracy after 3 epochs (paper: 92.70 and 94.41 %)", percent: 0.91...0.96, ours: trained)
    case (10, true, true): results.add("accuracy after 10 epochs (paper: 98.17 %)", percent: 0.975...1, ours: trained)
    case (3, true, false): results.add("accuracy after 3 epochs on generated digits", percent: 0.85...1, ours: trained)
    case (10, true, false):
      results.add("accuracy after 10 epochs on generated digits", percent: 0.95...1, ours: trained)
    default:
      results.note(
        "accuracy", expected: "judged after 3 or 10 epochs with the paper's settings",
        ours: "\((100 * trained).fixed(2)) %")
    }
  }
}
