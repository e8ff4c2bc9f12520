import ArgumentParser
import Foundation
import Neural
import NeuralData

/// `homework train`
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a network on a data set of your own.",
    discussion: """
      DIR holds IDX files named as MNIST's are, CIFAR-10's batches, or PNG files in a folder per class: DIR/train/CLASS and \
      DIR/test/CLASS, or DIR/CLASS, of which a fifth is then tested on. Images are resized to what the network takes.
      """)

  @Option(help: "One of \(NetworkName.allCases.map(\.rawValue).joined(separator: ", ")).")
  var model: NetworkName
  @Option(help: ArgumentHelp("The data set's folder.", valueName: "dir"))
  var data: String
  @Option(help: "Where the weights go (default: MODEL.safetensors).")
  var out: String?
  @Option(help: ArgumentHelp("Resize images of a folder, such as 28x28.", valueName: "size"))
  var resize: String?
  @Option(parsing: .unconditional, help: "Passes over the training data.")
  var epochs = 5
  @Option(parsing: .unconditional, help: "Images in a batch.")
  var batchSize = 64
  @Option(name: .customLong("lr"), parsing: .unconditional, help: "Learning rate of Adam.")
  var learningRate = 0.001
  @Option(parsing: .unconditional, help: "Seed of all random numbers.")
  var seed: UInt64 = 0
  @Option(parsing: .unconditional, help: "Threads that compute (default: all processors).")
  var threads: Int?

  func validate() throws {
    try require(epochs >= 0, "--epochs \(epochs)", "0 or more")
    try require(batchSize >= 1, "--batch-size \(batchSize)", "1 or more")
    try require(learningRate >= 0 && learningRate.isFinite, "--lr \(learningRate)", "a number, 0 or more")
    if let threads { try require((1...256).contains(threads), "--threads \(threads)", "1 to 256") }
    if let resize { try require(size != nil, "--resize \(resize)", "WIDTHxHEIGHT, each 1 to 4096") }
  }

  private var size: (height: Int, width: Int)? {
    let numbers = resize?.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 } ?? []
    guard numbers.count == 2, numbers.allSatisfy({ (1...4096).contains($0) }) else { return nil }
    return (numbers[1], numbers[0])
  }

  func run() throws {
    if let threads { Runtime.threadCount = threads }
    Random.seed(seed)
    let weights = URL(fileURLWithPath: out ?? "\(model.rawValue).safetensors")
    let folder = weights.deletingLastPathComponent()
    guard FileManager.default.isWritableFile(atPath: folder.path) else {
      throw FolderError(folder: folder.relativePath)
    }

    let set = try OwnData(URL(fileURLWithPath: data, isDirectory: true), size: size, seed: seed)
    print("data: \(set)")
    let network = try NamedNetwork(
      model, channels: set.train.channels, height: set.train.height, width: set.train.width,
      classNames: set.train.classNames)
    let train = DataLoader(
      network.images(of: set.train, areDrawings: set.isFolder), batchSize: batchSize, shuffle: true, seed: seed,
      transform: network.transform)
    let test = DataLoader(
      network.images(of: set.test, areDrawings: set.isFolder), batchSize: 1000, shuffle: false,
      transform: network.transform)
    print(
      "\(model.rawValue), \(network.model.namedParameters().reduce(0) { $0 + $1.parameter.value.count }.grouped) parameters, "
        + "input \(Shape(network.input)); \(epochs) epochs, batch \(batchSize), Adam with learning rate \(learningRate)\n"
    )
    try fit(
      network.model, Adam(network.model, learningRate: learningRate), train: train, epochs: 0..<epochs,
      callbacks: [ProgressBar()])

    let outputs = [.mlp, .linear].contains(model) ? network.classNames.count : 10
    let measured = measure(network.model, on: test, metrics: [MeanLoss(), ConfusionMatrix(classes: outputs)])
    print("\ntest images: labels in rows, predictions in columns\n\(measured[1])")
    print("test: accuracy \((100 * measured[1].value).fixed(2)) %, loss \(measured[0].value.fixed(4))")
    try network.save(weights)
    print("weights: \(weights.relativePath)")
  }
}

/// A data set of the user's.
private struct OwnData: CustomStringConvertible {
  let train: LabeledImages, test: LabeledImages
  /// Whether they are image files, drawn by whomever.
  let isFolder: Bool
  let description: String

  /// Finds out what the folder holds, and reads it.
  init(_ folder: URL, size: (height: Int, width: Int)?, seed: UInt64) throws {
    func has(_ find: (URL) throws -> URL?) -> Bool { (try? find(folder)) != nil }
    let kind: String
    if has({ try MNIST.locate(explicit: $0) }) {
      kind = "IDX files"
      (train, test) = (try MNIST.load(from: folder, split: .train), try MNIST.load(from: folder, split: .test))
    } else if has({ try CIFAR10.locate(explicit: $0) }) {
      kind = "CIFAR-10"
      (train, test) = (try CIFAR10.load(from: folder, split: .train), try CIFAR10.load(from: folder, split: .test))
    } else if FileManager.default.fileExists(atPath: folder.appending(path: "train").path) {
      kind = "image folders"
      train = try ImageFolder.load(folder, split: .train, size: size)
      test = try ImageFolder.load(
        folder, split: .test, size: size ?? (train.height, train.width), channels: train.channels)
      guard test.classNames == train.classNames else {
        throw NetworkError(text: "\(folder.relativePath): the classes of train and test differ")
      }
    } else {
      kind = "image folders, a fifth to test on"
      let all = try ImageFolder.load(folder, size: size)
      let places = Batch(inputs: Tensor.arange(all.count, dtype: .int32), targets: all.tensors.targets)
      let (test, train) = places.split(0.2, seed: seed, stratified: true)
      self.train = all.subset(train.inputs.array(Int32.self).map { Int($0) })
      self.test = all.subset(test.inputs.array(Int32.self).map { Int($0) })
      guard self.test.count > 0 else {
        throw NetworkError(text: "\(folder.relativePath): too few images to test on any: 3 in each class at least")
      }
    }
    isFolder = kind.hasPrefix("image")
    description =
      "\(train.count.grouped) + \(test.count.grouped) images \(train.channels) × \(train.height) × \(train.width), "
      + "\(train.classCount) classes, from \(folder.relativePath) (\(kind))"
  }
}
