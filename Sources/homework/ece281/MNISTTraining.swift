import Foundation
import Neural
import NeuralData
import NeuralModels

/// The paper's training of the network of PyTorch's MNIST example, for `ece281 mnist` and for `ece281 awgn` where it has
/// no weights.
struct MNISTTraining: Equatable {
  var epochs = 2, batchSize = 64, testBatchSize = 1000
  /// Under Adam instead of Adadelta.
  var usesAdam = false
  /// nil for 1 with Adadelta and .001 with Adam.
  var learningRate: Double?
  /// What the learning rate is multiplied by after each epoch.
  var gamma = 0.7
  var logInterval = 0

  /// Images under `--quick`.
  static let quick = (train: 1_280, test: 500)
  /// Pixels as the network gets them.
  static let mean = 0.1307, standardDeviation = 0.3081
  /// Where `ece281 mnist` leaves the weights, below `--out`.
  static let weights = "mnist_cnn.safetensors"

  /// A batch of test images with white Gaussian noise on pixels in [0, 1], clipped to [0, 1]; then normalised. nil for none.
  static func input(noise sigma: Double? = nil) -> DataLoader.Transform {
    let normalize: DataLoader.Transform = { batch, _ in
      Batch(inputs: (batch.inputs - mean) / standardDeviation, targets: batch.targets)
    }
    guard let sigma else { return Transforms.chain(Transforms.scale(), normalize) }
    return Transforms.chain(
      Transforms.scale(), Transforms.gaussianNoise(standardDeviation: sigma, in: 0...1), normalize)
  }

  func test(_ model: MNISTNet, _ images: LabeledImages, noise sigma: Double? = nil, seed: UInt64) -> Measured {
    let loader = DataLoader(images.tensors, batchSize: testBatchSize, seed: seed, transform: Self.input(noise: sigma))
    let metrics = measure(model, on: loader, metrics: [MeanLoss(), ConfusionMatrix(classes: 10)])
    return Measured(loss: metrics[0].value, accuracy: metrics[1].value, confusion: "\(metrics[1])")
  }

  /// Trains a new network, or goes on with one; returns it with the loss of every batch.
  func train(
    on images: LabeledImages, _ run: Run, checkpoint: URL? = nil, resume: Checkpoint? = nil
  ) throws -> (model: MNISTNet, losses: [Double]) {
    let model = MNISTNet()
    let rate = learningRate ?? (usesAdam ? 0.001 : 1)
    let optimizer: Optimizer =
      usesAdam ? Adam(model, learningRate: rate) : Adadelta(model, learningRate: rate)
    let loader = DataLoader(
      images.tensors, batchSize: batchSize, shuffle: true, seed: run.options.seed, transform: Self.input())
    run.text(
      """
      \(epochs) epochs, batch \(batchSize), \(usesAdam ? "Adam" : "Adadelta") with learning rate \(rate.short), \
      times \(gamma.short) after each epoch.
      """)
    let history = try fit(
      model, optimizer, train: loader, epochs: 0..<epochs, schedule: .step(every: 1, factor: gamma).perEpoch,
      callbacks: run.progressBars(lossEvery: logInterval), checkpoint: checkpoint, resume: resume)
    return (model, history.batchLosses)
  }

  /// Writes the weights, with a note of what they were trained on.
  func save(_ model: MNISTNet, trainedOn digits: Digits, to file: URL) throws {
    var state = model.stateDict()
    state.metadata = ["training images": Self.name(of: digits), "epochs": "\(epochs)"]
    try state.write(safetensors: file)
  }

  /// Which images a network was trained on.
  static func name(of digits: Digits) -> String {
    "\(digits.isMNIST ? "MNIST" : "generated digits"), \(digits.train.count)"
  }

  struct Measured {
    let loss: Double, accuracy: Double
    let confusion: String
  }
}
