import Foundation
import Neural
import NeuralData

extension Run {
  /// The first training images of CIFAR-10, `[count, 3, 32, 32]` in [0, 1], where it is found; else generated shapes.
  func photos(_ count: Int) throws -> Tensor {
    let found = try dataFolders.lazy.compactMap { try? CIFAR10.locate(explicit: $0) }.first
    let images =
      try found.map { try CIFAR10.load(from: $0, split: .train).prefix(count) }
      ?? GeneratedShapes.generate(count: count, seed: 0, split: .train)
    let size = "\(images.count.grouped) images"
    data(
      found.map { "CIFAR-10, \(size), from \($0.relativePath)" } ?? "generated shapes, \(size); CIFAR-10 was not found")
    return images.tensors.inputs.cast(to: .float32) / 255
  }

  /// A file of a course, in a data folder or in the course's folder there; nil if there is none.
  func dataFile(_ name: String, of course: String) -> URL? {
    dataFolders.flatMap { [$0.appending(path: name), $0.appending(path: course).appending(path: name)] }
      .first { FileManager.default.fileExists(atPath: $0.path) }
  }

  /// `--data` and nothing else, if it is given; else NEURAL_DATA, ./data and ~/.cache/neural.
  private var dataFolders: [URL] {
    if let folder = options.data { return [URL(fileURLWithPath: folder)] }
    let environment = ProcessInfo.processInfo.environment["NEURAL_DATA"].map { [URL(fileURLWithPath: $0)] } ?? []
    return environment + [
      URL(fileURLWithPath: "data"), FileManager.default.homeDirectoryForCurrentUser.appending(path: ".cache/neural"),
    ]
  }
}
