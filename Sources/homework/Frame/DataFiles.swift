import Foundation
import Neural
import NeuralData

/// Photographs: CIFAR-10 where it is found, else generated shapes.
struct Photos {
  let images: LabeledImages
  /// Whether they are CIFAR-10, for which the papers' figures hold.
  let isCIFAR10: Bool

  /// `[count, 3, 32, 32]` in [0, 1].
  var pixels: Tensor { images.tensors.inputs.cast(to: .float32) / 255 }
  /// What each shows.
  var names: [String] { images.labels.map { images.classNames[Int($0)] } }
}

extension Run {
  /// Loads the first photographs to train on, from `--data`, NEURAL_DATA, ./data or ~/.cache/neural, and says which.
  func photos(_ count: Int) throws -> Photos {
    let found = try cifar10()
    let images =
      try found.map { try CIFAR10.load(from: $0, split: .train).prefix(count) }
      ?? GeneratedShapes.generate(count: count, seed: 0, split: .train)
    let size = "\(images.count.grouped) images"
    data(
      found.map { "CIFAR-10, \(size), from \($0.relativePath)" }
        ?? "generated shapes, \(size); CIFAR-10 was not found: homework data fetch cifar10 downloads it")
    return Photos(images: images, isCIFAR10: found != nil)
  }

  /// The folder with CIFAR-10; nil too for a `--data` with other data sets.
  private func cifar10() throws -> URL? {
    do throws(DatasetError) {
      return try CIFAR10.locate(explicit: options.data.map { URL(fileURLWithPath: $0, isDirectory: true) })
    } catch {
      if case .missingDataset = error { return nil }
      throw error
    }
  }

  /// A file of a course, in a data folder or in the course's folder there; nil if there is none.
  func dataFile(_ name: String, of course: String) -> URL? {
    dataFolders.flatMap { [$0.appending(path: name), $0.appending(path: course).appending(path: name)] }
      .first { FileManager.default.fileExists(atPath: $0.path) }
  }

  /// `--data` and nothing else, if it is given; else NEURAL_DATA, ./data and ~/.cache/neural.
  private var dataFolders: [URL] {
    if let folder = options.data { return [URL(fileURLWithPath: folder, isDirectory: true)] }
    let environment = ProcessInfo.processInfo.environment["NEURAL_DATA"]
    return [environment, "data"].compactMap { $0 }.filter { !$0.isEmpty }.map { URL(fileURLWithPath: $0) }
      + [FileManager.default.homeDirectoryForCurrentUser.appending(path: ".cache/neural")]
  }
}
