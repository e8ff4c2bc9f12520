import Foundation
import Neural
import NeuralData

/// MNIST where it is found, else generated digits.
struct Digits {
  let train: LabeledImages, test: LabeledImages
  /// Whether they are MNIST, for which the papers' figures hold.
  let isMNIST: Bool
  /// One line on what they are.
  let description: String

  /// Looks in `folder`, NEURAL_DATA, ./data and ~/.cache/neural, in this order. A `folder` without MNIST is an error.
  static func load(folder: String?) throws -> Digits {
    let found = try MNIST.locate(
      explicit: folder.map { URL(fileURLWithPath: $0, isDirectory: true) },
      environment: ProcessInfo.processInfo.environment,
      currentDirectory: URL(fileURLWithPath: FileManager.default.currentDirectoryPath, isDirectory: true),
      home: FileManager.default.homeDirectoryForCurrentUser)
    if let found {
      let (train, test) = (try MNIST.load(from: found, split: .train), try MNIST.load(from: found, split: .test))
      return Digits(
        train: train, test: test, isMNIST: true,
        description: "data: MNIST, \(train.count.grouped) + \(test.count.grouped) images, from \(found.relativePath)")
    }
    return Digits(
      train: GeneratedDigits.generate(count: 60_000, seed: 0, split: .train),
      test: GeneratedDigits.generate(count: 10_000, seed: 0, split: .test), isMNIST: false,
      description: """
        data: generated digits, 60,000 + 10,000 images; MNIST was not found. \
        To get it, put its four files from https://ossci-datasets.s3.amazonaws.com/mnist/ into ./data/mnist
        """)
  }
}
