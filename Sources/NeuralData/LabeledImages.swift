/// Images of one size with a class label each, as bytes.
public struct LabeledImages: Sendable, Hashable {
  /// What the data are, for messages and titles, such as `MNIST train`.
  public let name: String

  /// How many images, and labels.
  public var count: Int { labels.count }

  /// Colour planes per image: 1 for grey.
  public let channels: Int

  /// Rows per image.
  public let height: Int

  /// Pixels per row.
  public let width: Int

  /// How many classes there are; labels lie in `0 ..< classCount`.
  public var classCount: Int { classNames.count }

  /// What the classes are called, in the order of their labels: `0`, `1`, … where they have no names.
  public let classNames: [String]

  /// `count × channels × height × width` intensities, row-major, 0 (background) to 255.
  public let pixels: [UInt8]

  /// One class per image, in the order of the images.
  public let labels: [UInt8]

  /// Checks that the parts fit together. There may be no images at all.
  /// - Parameters:
  ///   - name: what the data are.
  ///   - channels: colour planes per image.
  ///   - height: rows per image.
  ///   - width: pixels per row.
  ///   - classCount: labels lie below it.
  ///   - classNames: one per class, or the program stops; by default their numbers.
  ///   - pixels: `labels.count × channels × height × width` bytes.
  ///   - labels: one per image.
  /// - Throws: `wrongShape` unless channels, height and width are positive, `wrongByteCount` unless `pixels`
  ///   has `labels.count × channels × height × width` bytes, `labelOutOfRange` for a label of `classCount` or
  ///   more. The path in the error is `name`.
  public init(
    name: String, channels: Int = 1, height: Int, width: Int, classCount: Int, classNames: [String]? = nil,
    pixels: [UInt8], labels: [UInt8]
  ) throws(DatasetError) {
    let names = classNames ?? (0..<classCount).map(String.init)
    guard names.count == classCount else {
      fatalError("LabeledImages: \(names.count) names for \(classCount) classes")
    }
    guard channels > 0, height > 0, width > 0 else {
      throw .wrongShape(
        path: name, expected: "channels × height × width, each positive,", found: [channels, height, width])
    }
    let shape = [labels.count, channels, height, width]
    let byteCount = product(of: shape) ?? .max
    guard pixels.count == byteCount else {
      throw .wrongByteCount(
        path: name, expected: byteCount, basis: "for \(DatasetError.shape(shape)) pixels",
        found: pixels.count)
    }
    try Self.check(labels, classCount: classCount, path: name)
    self.init(
      unchecked: name, channels: channels, height: height, width: width, classNames: names, pixels: pixels,
      labels: labels)
  }

  /// For parts that are known to fit.
  init(
    unchecked name: String, channels: Int, height: Int, width: Int, classNames: [String], pixels: [UInt8],
    labels: [UInt8]
  ) {
    self.name = name
    self.channels = channels
    self.height = height
    self.width = width
    self.classNames = classNames
    self.pixels = pixels
    self.labels = labels
  }

  /// The first `maximum` images, or all if there are fewer.
  public func prefix(_ maximum: Int) -> LabeledImages {
    subset(0..<min(maximum, count))
  }

  /// The images at `indices`, in that order; an index may occur again.
  public func subset(_ indices: some Collection<Int>) -> LabeledImages {
    let size = channels * height * width
    var pixels: [UInt8] = []
    pixels.reserveCapacity(indices.count * size)
    for index in indices { pixels += self.pixels[index * size..<(index + 1) * size] }
    return LabeledImages(
      unchecked: name, channels: channels, height: height, width: width, classNames: classNames,
      pixels: pixels, labels: indices.map { labels[$0] })
  }

  /// The image at `index`, counted from 0; there must be 1 or 3 channels.
  public func picture(_ index: Int) -> Picture {
    let size = channels * height * width
    return Picture(
      channels: channels, height: height, width: width, pixels: Array(pixels[index * size..<(index + 1) * size]))
  }

  /// The same with other names for the classes, one for each or the program stops.
  public func named(_ classNames: [String]) -> LabeledImages {
    guard classNames.count == classCount else {
      fatalError("LabeledImages: \(classNames.count) names for \(classCount) classes")
    }
    return LabeledImages(
      unchecked: name, channels: channels, height: height, width: width, classNames: classNames, pixels: pixels,
      labels: labels)
  }

  /// Throws `labelOutOfRange`, naming `path`, for the first label of `classCount` or more.
  static func check(_ labels: [UInt8], classCount: Int, path: String) throws(DatasetError) {
    guard let index = labels.firstIndex(where: { $0 >= classCount }) else { return }
    throw .labelOutOfRange(path: path, index: index, label: Int(labels[index]), classes: classCount)
  }
}
