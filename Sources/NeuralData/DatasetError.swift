/// What can be wrong with a data set: its files, their bytes, or how they fit together.
///
/// Every description is one line that starts with the path, then says what was expected and what was found:
///
/// ```
/// train-images-idx3-ubyte.gz: 47,040,016 bytes expected from its header (60000 × 28 × 28), found 31,200
/// ```
public enum DatasetError: Error, Sendable, Hashable {
  /// No file at `path`.
  case missingFile(path: String)

  /// No folder at `path`.
  case missingFolder(path: String)

  /// The folder `path` lacks some `files` of the data set `name`; they were looked for in each of `lookedIn`.
  case missingDataset(path: String, name: String, files: [String], lookedIn: [String])

  /// The file exists and cannot be read; `reason` is the system's.
  case unreadable(path: String, reason: String)

  /// The file cannot be written; `reason` is the system's.
  case unwritable(path: String, reason: String)

  /// An IDX file begins with another magic number: it holds another element type or number of dimensions, or
  /// it is no IDX file at all.
  case badMagic(path: String, expected: UInt32, found: UInt32)

  /// The content has `found` bytes instead of `expected`; `basis` says what the expectation rests on, such as
  /// `from its header (60000 × 28 × 28)`.
  case wrongByteCount(path: String, expected: Int, basis: String, found: Int)

  /// The content goes on after the `expected` bytes. How far is not known: nothing more was read.
  case trailingBytes(path: String, expected: Int, basis: String)

  /// The content is larger than `limit` bytes, or its header says so.
  case oversized(path: String, limit: Int)

  /// The gzip data are damaged, cut short, or followed by something that is not gzip.
  case corruptGzip(path: String, reason: String)

  /// A MATLAB file is damaged, cut short, of a version that is not read, or none at all.
  case badMATLABFile(path: String, reason: String)

  /// A file of named arrays has no `name`; `found` are the names that it has.
  case missingArray(path: String, name: String, found: [String])

  /// An image file is damaged, or no PNG.
  case badPNG(path: String, reason: String)

  /// A folder holds no data set of the kind that was looked for, or its files do not fit together.
  case badFolder(path: String, reason: String)

  /// The dimensions are not the `expected` ones.
  case wrongShape(path: String, expected: String, found: [Int])

  /// Not one label per image.
  case countMismatch(imagesPath: String, images: Int, labelsPath: String, labels: Int)

  /// The label at `index` (counted from 0) is not in `0 ..< classes`.
  case labelOutOfRange(path: String, index: Int, label: Int, classes: Int)
}

extension DatasetError: CustomStringConvertible {
  /// One line, without a full stop.
  public var description: String {
    switch self {
    case .missingFile(let path):
      "\(path): no such file"
    case .missingFolder(let path):
      "\(path): no such folder"
    case .missingDataset(let path, let name, let files, let lookedIn):
      "\(path): \(name) lacks \(files.joined(separator: ", ")) (looked in \(lookedIn.joined(separator: ", ")))"
    case .unreadable(let path, let reason):
      "\(path): cannot be read: \(reason)"
    case .unwritable(let path, let reason):
      "\(path): cannot be written: \(reason)"
    case .badMagic(let path, let expected, let found):
      "\(path): IDX magic number \(Self.magic(expected)) expected, found \(Self.magic(found))"
    case .wrongByteCount(let path, let expected, let basis, let found):
      "\(path): \(Self.grouped(expected)) bytes expected \(basis), found \(Self.grouped(found))"
    case .trailingBytes(let path, let expected, let basis):
      "\(path): \(Self.grouped(expected)) bytes expected \(basis), found more"
    case .oversized(let path, let limit):
      "\(path): at most \(Self.grouped(limit)) bytes expected, found more"
    case .corruptGzip(let path, let reason):
      "\(path): corrupt gzip data: \(reason)"
    case .badMATLABFile(let path, let reason):
      "\(path): cannot be read as a MATLAB file: \(reason)"
    case .missingArray(let path, let name, let found):
      "\(path): no numeric array \(name), found \(found.isEmpty ? "none" : found.joined(separator: ", "))"
    case .badPNG(let path, let reason):
      "\(path): not a readable PNG image: \(reason)"
    case .badFolder(let path, let reason):
      "\(path): \(reason)"
    case .wrongShape(let path, let expected, let found):
      "\(path): shape \(expected) expected, found \(Self.shape(found))"
    case .countMismatch(let imagesPath, let images, let labelsPath, let labels):
      "\(imagesPath): \(Self.grouped(images)) images, but \(Self.grouped(labels)) labels in \(labelsPath)"
    case .labelOutOfRange(let path, let index, let label, let classes):
      "\(path): label \(label) at index \(Self.grouped(index)), expected 0 to \(classes - 1)"
    }
  }

  /// `[60000, 28, 28]` as `60000 × 28 × 28`.
  static func shape(_ dimensions: [Int]) -> String {
    dimensions.map(String.init).joined(separator: " × ")
  }

  /// 47040016 as `47,040,016`, whatever the locale.
  private static func grouped(_ number: Int) -> String {
    let digits = Array(String(number.magnitude))
    var result = number < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { result.append(",") }
      result.append(digit)
    }
    return result
  }

  /// `0x00000803 (3 dimensions of unsigned bytes)`: the meaning too, where it has one that this module reads.
  private static func magic(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    let number = "0x" + String(repeating: "0", count: 8 - digits.count) + digits
    guard value & 0xFFFF_FF00 == 0x800 else { return number }
    let dimensions = value & 0xFF
    return "\(number) (\(dimensions) dimension\(dimensions == 1 ? "" : "s") of unsigned bytes)"
  }
}
