import ArgumentParser
import Foundation
import Neural
import NeuralData

/// `homework train`
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a network on a data set of your own.",
    discussion: """
      DIR holds IDX files (…train…images-idx3…, …test… or …t10k…, and their labels), CIFAR-10's batches, or PNG files in a \
      folder per class: DIR/train/CLASS and DIR/test/CLASS. Where nothing is set apart to test on, a fifth is. Images are \
      stretched to the size that the network takes, and made grey or coloured.
      """)

  @Option(help: "The network.")
  var model: NetworkName
  @Option(help: ArgumentHelp("The data set's folder.", valueName: "dir"))
  var data: String
  @Option(help: "Where the weights go (default: MODEL.safetensors).")
  var out: String?
  @Option(help: ArgumentHelp("Resize images of a folder, such as 28x28.", valueName: "size"))
  var resize: String?
  @Option(help: ArgumentHelp("Names of the classes, in the order of their labels: shirt,shoe,bag", valueName: "names"))
  var classes: String?
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
    if let classNames {
      let areNames = Set(classNames).count == classNames.count && classNames.allSatisfy { !$0.isEmpty }
      try require(areNames, "--classes \(classes ?? "")", "names, each another, with commas between them")
    }
    if let resize { try require(size != nil, "--resize \(resize)", "WIDTHxHEIGHT, each 1 to 4096") }
  }

  private var classNames: [String]? {
    classes?.split(separator: ",", omittingEmptySubsequences: false).map {
      $0.trimmingCharacters(in: .whitespacesAndNewlines)
    }
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

    let set = try OwnData(URL(fileURLWithPath: data, isDirectory: true), size: size, classNames: classNames, seed: seed)
    print("data: \(set)")
    let network = NamedNetwork(
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

    let classes = ConfusionMatrix(classNames: network.classNames)
    let measured = measure(network.model, on: test, metrics: [MeanLoss(), classes])
    if let classes = measured[1] as? ConfusionMatrix {
      // A matrix of more columns fits no screen.
      let isWide = network.classNames.count > 30
      print("\ntest images: \(isWide ? classes.report : "labels in rows, predictions in columns\n\(classes)")")
    }
    print("test: accuracy \((100 * measured[1].value).fixed(2)) %, loss \(measured[0].value.fixed(4))")
    try network.save(weights)
    print("weights: \(weights.relativePath)")
  }
}
