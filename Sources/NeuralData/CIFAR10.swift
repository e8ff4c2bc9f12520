import Foundation

/// The CIFAR-10 photographs: 50,000 images to train on and 10,000 to test on, 32×32 in colour, ten classes.
///
/// The files are those of the binary version: `data_batch_1.bin` to `data_batch_5.bin` and `test_batch.bin`, each a row
/// of records of one label byte and 3,072 pixels: the planes red, green, blue, row by row. Whichever training batches
/// are there are read. They lie in the data folder itself or in its subfolder `cifar10` or `cifar-10-batches-bin`.
/// Source: Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
public enum CIFAR10 {
  /// The names of the classes, in the order of their labels.
  public static let classNames = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
  ]

  /// Reads one part of the data set.
  /// - Parameters:
  ///   - directory: the data folder, or a subfolder with the files.
  ///   - split: which part.
  /// - Returns: N×3×32×32 pixels, 0 to 255, and labels 0 to 9; N is what the files hold, at least 1.
  /// - Throws: `missingFolder` or `missingDataset`; `unreadable`, `corruptGzip`; `wrongByteCount` for a file that is no
  ///   whole number of records, or has none; `labelOutOfRange`; each with the file's path.
  public static func load(from directory: URL, split: DataSplit) throws(DatasetError) -> LabeledImages {
    var pixels: [UInt8] = [], labels: [UInt8] = []
    for file in try files(split, in: directory) { try read(file, into: &pixels, &labels) }
    return LabeledImages(
      unchecked: "CIFAR-10 \(split)", channels: 3, height: 32, width: 32, classNames: classNames, pixels: pixels,
      labels: labels)
  }

  /// The first folder that holds the test batch and a training batch at least, searched for as
  /// ``MNIST/locate(explicit:environment:currentDirectory:home:)`` does.
  ///
  /// Only names are looked at; `load` reads the files.
  /// - Parameters:
  ///   - explicit: a folder that the user asked for. Nothing else is searched then.
  ///   - environment: where `NEURAL_DATA` is looked up.
  ///   - currentDirectory: where `data` is looked for.
  ///   - home: where `.cache/neural` is looked for.
  /// - Returns: a folder for `load(from:split:)`, or nil if none holds the files.
  /// - Throws: `missingFolder` or `missingDataset` if `explicit` does not hold them.
  public static func locate(
    explicit: URL? = nil,
    environment: [String: String] = ProcessInfo.processInfo.environment,
    currentDirectory: URL = URL(fileURLWithPath: FileManager.default.currentDirectoryPath),
    home: URL = FileManager.default.homeDirectoryForCurrentUser
  ) throws(DatasetError) -> URL? {
    try folders.locate(
      explicit: explicit, environment: environment, currentDirectory: currentDirectory, home: home
    ) { folder throws(DatasetError) in
      for split in DataSplit.allCases { _ = try files(split, in: folder) }
    }
  }

  private static let folders = DatasetFolders(
    name: "CIFAR-10", subfolders: ["cifar10", "cifar-10-batches-bin", "cifar10/cifar-10-batches-bin"])

  /// The batches that are there, in order; at least one.
  private static func files(_ split: DataSplit, in directory: URL) throws(DatasetError) -> [URL] {
    let names = split == .test ? ["test_batch.bin"] : (1...5).map { "data_batch_\($0).bin" }
    let found = try folders.anyFiles(names, in: directory)
    guard !found.isEmpty else { throw folders.lacking(Array(names.prefix(1)), in: directory) }
    return names.compactMap { found[$0] }
  }

  /// Appends the records of a file, plain or gzip. Memory grows with what has been read.
  private static func read(_ url: URL, into pixels: inout [UInt8], _ labels: inout [UInt8]) throws(DatasetError) {
    let pixelCount = 3 * 32 * 32, recordSize = 1 + pixelCount
    let source = try InputFile(url).unpacked(), path = url.displayPath
    let first = labels.count
    while true {
      let piece = try source.read(1000 * recordSize)
      if piece.isEmpty { break }
      let (records, rest) = piece.count.quotientAndRemainder(dividingBy: recordSize)
      for start in stride(from: 0, to: records * recordSize, by: recordSize) {
        labels.append(piece[start])
        pixels += piece[start + 1..<start + recordSize]
      }
      guard rest == 0 else {
        try source.checkEnd()
        let whole = labels.count - first
        throw .wrongByteCount(
          path: path, expected: (whole + 1) * recordSize,
          basis: "for \(whole + 1) record\(whole == 0 ? "" : "s") of 1 + 3 × 32 × 32",
          found: whole * recordSize + rest)
      }
    }
    try source.checkEnd()
    guard labels.count > first else {
      throw .wrongByteCount(path: path, expected: recordSize, basis: "for 1 record of 1 + 3 × 32 × 32", found: 0)
    }
    try LabeledImages.check(Array(labels[first...]), classCount: 10, path: path)
  }
}
