import Foundation

/// The MNIST handwritten digits: 60,000 images to train on and 10,000 to test on, 28×28 grey, ten classes.
///
/// The four files keep their original names (`train-images-idx3-ubyte`, …), plain or with `.gz`. They lie in
/// the data folder itself or in its `mnist` subfolder.
public enum MNIST {
  /// Reads one part of the data set.
  /// - Parameters:
  ///   - directory: the data folder, or its `mnist` subfolder.
  ///   - split: which part.
  /// - Returns: N×1×28×28 pixels, 0 to 255, and labels 0 to 9; N is what the files hold, at least 1.
  /// - Throws: what `IDXFile.read` throws; `missingFolder` or `missingDataset`; `wrongShape` unless the
  ///   images are 28×28 and there is one at least; `countMismatch`; `labelOutOfRange`.
  public static func load(from directory: URL, split: DataSplit) throws(DatasetError) -> LabeledImages {
    let found = try folders.files([images(split), labels(split)], in: directory)
    let images = try IDXFile.read(found[0], dimensions: 3)
    let labels = try IDXFile.read(found[1], dimensions: 1)

    let count = images.dimensions[0]
    guard count > 0, images.dimensions[1...] == [28, 28] else {
      throw .wrongShape(path: found[0].displayPath, expected: "N × 28 × 28, N ≥ 1,", found: images.dimensions)
    }
    guard labels.bytes.count == count else {
      throw .countMismatch(
        imagesPath: found[0].displayPath, images: count,
        labelsPath: found[1].displayPath, labels: labels.bytes.count)
    }
    try LabeledImages.check(labels.bytes, classCount: 10, path: found[1].displayPath)
    return try LabeledImages(
      name: "MNIST \(split)", height: 28, width: 28, classCount: 10, pixels: images.bytes,
      labels: labels.bytes)
  }

  /// The first folder that holds all four files, itself or in its `mnist` subfolder: `explicit`, then the
  /// environment variable `NEURAL_DATA`, then `data` in the current directory, then `.cache/neural` in the
  /// home directory.
  ///
  /// Only names are looked at; `load` reads the files.
  /// - Parameters:
  ///   - explicit: a folder that the user asked for. Nothing else is searched then.
  ///   - environment: where `NEURAL_DATA` is looked up.
  ///   - currentDirectory: where `data` is looked for.
  ///   - home: where `.cache/neural` is looked for.
  /// - Returns: a folder for `load(from:split:)`, or nil if none holds the files.
  /// - Throws: `missingFolder` or `missingDataset` if `explicit` does not hold all four files.
  public static func locate(
    explicit: URL? = nil,
    environment: [String: String] = ProcessInfo.processInfo.environment,
    currentDirectory: URL = URL(fileURLWithPath: FileManager.default.currentDirectoryPath),
    home: URL = FileManager.default.homeDirectoryForCurrentUser
  ) throws(DatasetError) -> URL? {
    try folders.locate(
      explicit: explicit, environment: environment, currentDirectory: currentDirectory, home: home
    ) { folder throws(DatasetError) in
      _ = try folders.files(DataSplit.allCases.flatMap { [images($0), labels($0)] }, in: folder)
    }
  }

  private static let folders = DatasetFolders(name: "MNIST", subfolders: ["mnist"])

  private static func images(_ split: DataSplit) -> String { prefix(split) + "-images-idx3-ubyte" }

  private static func labels(_ split: DataSplit) -> String { prefix(split) + "-labels-idx1-ubyte" }

  private static func prefix(_ split: DataSplit) -> String {
    switch split {
    case .train: "train"
    case .test: "t10k"
    }
  }
}
