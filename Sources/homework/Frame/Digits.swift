import Foundation
import Neural
import NeuralData

/// MNIST where it is found, else generated digits.
struct Digits {
  let train: LabeledImages, test: LabeledImages
  /// Whether they are MNIST, for which the papers' figures hold.
  let isMNIST: Bool

  /// The first ones.
  func prefix(train: Int, test: Int) -> Digits {
    Digits(train: self.train.prefix(train), test: self.test.prefix(test), isMNIST: isMNIST)
  }
}

extension Run {
  /// Loads the digits and says which: all of them, or under `--quick` the first `quick`.
  ///
  /// Looks in `--data`, NEURAL_DATA, ./data and ~/.cache/neural, in this order. A `--data` without MNIST is an error.
  func digits(quick: (train: Int, test: Int) = (6_000, 1_000)) throws -> Digits {
    let count = choose(full: (train: 60_000, test: 10_000), quick: quick)
    let found = try MNIST.locate(explicit: options.data.map { URL(fileURLWithPath: $0, isDirectory: true) })
    func load(_ split: DataSplit, _ count: Int) throws -> LabeledImages {
      guard let found else { return GeneratedDigits.generate(count: count, seed: 0, split: split) }
      return try MNIST.load(from: found, split: split).prefix(count)
    }
    let digits = Digits(
      train: try load(.train, count.train), test: try load(.test, count.test), isMNIST: found != nil)
    let size = "\(digits.train.count.grouped) + \(digits.test.count.grouped) images"
    if let found {
      data("MNIST, \(size), from \(found.relativePath)")
    } else {
      data(
        "generated digits, \(size); MNIST was not found: homework data fetch mnist downloads it")
    }
    return digits
  }
}
