import Foundation

/// A data set of IDX files, such as MNIST, Fashion-MNIST, KMNIST or EMNIST: a file of grey images of any size, one of their
/// labels, for one part of the set or two.
///
/// ```
/// train-images-idx3-ubyte.gz                   t10k-images-idx3-ubyte.gz
/// train-labels-idx1-ubyte.gz                   t10k-labels-idx1-ubyte.gz
/// emnist-letters-train-images-idx3-ubyte.gz    …
/// ```
///
/// Names are taken apart: what has the words `images` and `idx3` is a file of images, the same name with `labels` and `idx1`
/// has their labels, and the words `train`, and `test` or `t10k`, name the part. Files are plain or gzip.
///
/// The classes are the labels that occur, in rising order, so they may start at 1 and leave gaps. They are called by their
/// numbers; or, where EMNIST's `…-mapping.txt` lies beside the images, by the first character that it gives. Images of
/// EMNIST, whose files hold columns where others hold rows (Cohen, Afshar, Tapson and van Schaik, 2017), are turned upright.
public enum IDXFolder {
  /// Whether a folder has a file of images, or is none.
  public static func hasImages(_ directory: URL) -> Bool { (try? imageFiles(directory).isEmpty) == false }

  /// Reads what lies in the folder itself.
  /// - Parameter directory: the data set's folder.
  /// - Returns: what to train on, and what to test on, with the same classes; nil for that where the folder holds one part
  ///   only, whichever its name says.
  /// - Throws: `missingFolder`, what ``IDXFile/read(_:dimensions:limit:)`` throws, `countMismatch`; `badFolder` if there are
  ///   no images or no labels, or images of more than one data set; `wrongShape` if there are no pixels, or the two parts
  ///   differ in size.
  public static func load(_ directory: URL) throws(DatasetError) -> (train: LabeledImages, test: LabeledImages?) {
    let (train, test) = try parts(imageFiles(directory), of: directory)
    let known = try Part(train), other = try test.map { file throws(DatasetError) in try Part(file) }
    if let other, other.images.dimensions[1...] != known.images.dimensions[1...] {
      throw .wrongShape(
        path: other.file.displayPath,
        expected: "N × \(DatasetError.shape(Array(known.images.dimensions[1...]))), as in \(known.file.displayPath),",
        found: other.images.dimensions)
    }
    let classes = Set(known.labels.bytes + (other?.labels.bytes ?? [])).sorted()
    let characters = try characters(of: train), names = classes.map { characters[Int($0)] ?? "\($0)" }
    let places = Dictionary(uniqueKeysWithValues: zip(classes, classes.indices.map { UInt8($0) }))
    func images(_ part: Part) -> LabeledImages {
      part.images.labeled(part.file.lastPathComponent, part.labels.bytes.compactMap { places[$0] }, classNames: names)
    }
    return (images(known), other.map(images))
  }

  /// The files of images; of a plain one and a packed one with the same name, the plain one.
  private static func imageFiles(_ directory: URL) throws(DatasetError) -> [URL] {
    let files = try directory.entries().filter { !$0.isFolder && $0.url.words.isSuperset(of: ["images", "idx3"]) }
      .map(\.url)
    return files.filter { file in
      file.pathExtension != "gz" || !files.contains { $0.path == file.deletingPathExtension().path }
    }
  }

  /// Which file is to train on, and which to test on.
  private static func parts(_ files: [URL], of directory: URL) throws(DatasetError) -> (train: URL, test: URL?) {
    let test = files.filter { !$0.words.isDisjoint(with: ["test", "t10k"]) }
    let train = files.filter { !test.contains($0) }
    switch (train.count, test.count) {
    case (0, 0): throw .badFolder(path: directory.displayPath, reason: "no files named …images…idx3…")
    case (1, 0...1): return (train[0], test.first)
    case (0, 1): return (test[0], nil)
    default:
      let (part, several) = train.count > 1 ? ("train", train) : ("test", test)
      let names = several.map(\.lastPathComponent).joined(separator: " and ")
      throw .badFolder(
        path: directory.displayPath, reason: "\(names) are both to \(part) on; give each a folder of its own")
    }
  }

  /// The images and labels of a part.
  private struct Part {
    let file: URL, labelFile: URL
    let images: IDXFile, labels: IDXFile

    init(_ file: URL) throws(DatasetError) {
      let name = file.lastPathComponent.replacing("images", with: "labels").replacing("idx3", with: "idx1")
      let stem = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
      let folder = file.deletingLastPathComponent()
      guard
        let labelFile = [stem, stem + ".gz"].map({ folder.appending(path: $0) })
          .first(where: { FileManager.default.fileExists(atPath: $0.path) })
      else { throw .badFolder(path: file.displayPath, reason: "its labels, \(stem)(.gz), are not beside it") }
      images = try IDXFile.read(file, dimensions: 3)
      labels = try IDXFile.read(labelFile, dimensions: 1)
      guard !images.bytes.isEmpty else {
        throw .wrongShape(
          path: file.displayPath, expected: "N × height × width, each positive,", found: images.dimensions)
      }
      guard labels.bytes.count == images.dimensions[0] else {
        throw .countMismatch(
          imagesPath: file.displayPath, images: images.dimensions[0], labelsPath: labelFile.displayPath,
          labels: labels.bytes.count)
      }
      (self.file, self.labelFile) = (file, labelFile)
    }
  }

  /// What EMNIST's mapping says of each label: lines of a label and codes of characters.
  private static func characters(of images: URL) throws(DatasetError) -> [Int: String] {
    let stem = images.lastPathComponent.split(separator: "-").prefix { !["train", "test"].contains($0) }
    let file = images.deletingLastPathComponent().appending(path: (stem + ["mapping.txt"]).joined(separator: "-"))
    guard FileManager.default.fileExists(atPath: file.path) else { return [:] }
    let text = String(decoding: try InputFile(file).read(1 << 16), as: UTF8.self)
    return text.split(whereSeparator: \.isNewline).reduce(into: [:]) { names, line in
      let numbers = line.split(separator: " ").compactMap { UInt32($0) }
      if numbers.count > 1, let character = Unicode.Scalar(numbers[1]) { names[Int(numbers[0])] = "\(character)" }
    }
  }
}

extension URL {
  /// The parts of the file's name between points, hyphens and other signs.
  fileprivate var words: Set<String> {
    Set(lastPathComponent.split { !$0.isLetter && !$0.isNumber }.map(String.init))
  }
}

extension IDXFile {
  /// The images with labels that are known to fit.
  fileprivate func labeled(_ name: String, _ labels: [UInt8], classNames: [String]) -> LabeledImages {
    let (height, width) = (dimensions[1], dimensions[2])
    guard name.hasPrefix("emnist") else {
      return LabeledImages(
        unchecked: name, channels: 1, height: height, width: width, classNames: classNames, pixels: bytes,
        labels: labels)
    }
    var upright: [UInt8] = []
    upright.reserveCapacity(bytes.count)
    for image in stride(from: 0, to: bytes.count, by: height * width) {
      for column in 0..<width { for row in 0..<height { upright.append(bytes[image + row * width + column]) } }
    }
    return LabeledImages(
      unchecked: name, channels: 1, height: width, width: height, classNames: classNames, pixels: upright,
      labels: labels)
  }
}
