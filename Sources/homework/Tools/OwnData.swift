import Foundation
import Neural
import NeuralData

/// A data set of the user's: what `homework train` finds in a folder.
struct OwnData: CustomStringConvertible {
  let train: LabeledImages, test: LabeledImages
  /// Whether they are image files, drawn by whomever.
  let isFolder: Bool
  let description: String

  /// Finds out what the folder holds, and reads it.
  ///
  /// - Parameters:
  ///   - size: what the images of a folder are resized to.
  ///   - classNames: what the classes are called, in place of the data set's own names.
  ///   - seed: of the choice of images to test on, where the data set makes none.
  init(_ folder: URL, size: (height: Int, width: Int)?, classNames: [String]?, seed: UInt64) throws {
    let path = folder.relativePath
    var (kind, train, test) = try Self.read(folder, size: size)
    isFolder = kind.hasPrefix("image")
    if let classNames {
      guard classNames.count == train.classCount else {
        throw NetworkError(
          text: "--classes \(classNames.joined(separator: ",")): \(path) has \(train.classCount) classes, "
            + train.classNames.joined(separator: ", "))
      }
      (train, test) = (train.named(classNames), test?.named(classNames))
    }
    if let test {
      (self.train, self.test) = (train, test)
    } else {
      kind += ", a fifth to test on"
      let places = Batch(inputs: Tensor.arange(train.count, dtype: .int32), targets: train.tensors.targets)
      let (fifth, rest) = places.split(0.2, seed: seed, stratified: true)
      func images(_ part: Batch) -> LabeledImages { train.subset(part.inputs.array(Int32.self).map { Int($0) }) }
      (self.train, self.test) = (images(rest), images(fifth))
      guard self.test.count > 0 else {
        throw NetworkError(text: "\(path): too few images to test on any: 3 in each class at least")
      }
    }
    description =
      "\(self.train.count.grouped) + \(self.test.count.grouped) images \(train.channels) × \(train.height) × "
      + "\(train.width), \(train.classCount) classes, from \(path) (\(kind))"
  }

  /// What kind of data set it is, what it has to train on, and what to test on.
  private static func read(
    _ folder: URL, size: (height: Int, width: Int)?
  ) throws -> (String, LabeledImages, LabeledImages?) {
    let path = folder.relativePath
    let idx = [folder, folder.appending(path: "mnist")].first(where: IDXFolder.hasImages)
    let hasCIFAR10 = (try? CIFAR10.locate(explicit: folder)) != nil
    if let idx {
      guard !hasCIFAR10 else {
        throw NetworkError(text: "\(path): IDX files and CIFAR-10's batches; name the folder of one of them")
      }
      let (train, test) = try IDXFolder.load(idx)
      return ("IDX files", train, test)
    }
    if hasCIFAR10 {
      return ("CIFAR-10", try CIFAR10.load(from: folder, split: .train), try CIFAR10.load(from: folder, split: .test))
    }
    let entries = try? FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: [.isDirectoryKey])
    guard entries?.contains(where: \.hasDirectoryPath) != false else {
      throw NetworkError(
        text:
          "\(path): no data set: …images-idx3… with its labels, CIFAR-10's data_batch_1.bin and test_batch.bin, or a "
          + "folder of PNG files for each class expected")
    }
    guard FileManager.default.fileExists(atPath: folder.appending(path: "train").path) else {
      return ("image folders", try ImageFolder.load(folder, size: size), nil)
    }
    let train = try ImageFolder.load(folder, split: .train, size: size)
    let test = try ImageFolder.load(
      folder, split: .test, size: size ?? (train.height, train.width), channels: train.channels)
    guard test.classNames == train.classNames else {
      throw NetworkError(text: "\(path): the classes of train and test differ")
    }
    return ("image folders", train, test)
  }
}
