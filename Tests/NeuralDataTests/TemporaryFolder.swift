import Foundation

@testable import NeuralData

/// Runs `body` with a new empty folder, which is removed afterwards.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "NeuralData-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}

extension URL {
  /// Writes `bytes` here, making the folders above as needed.
  func put(_ bytes: [UInt8]) throws {
    try FileManager.default.createDirectory(
      at: deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: self)
  }

  /// The bytes that the file holds.
  func bytes() throws -> [UInt8] { [UInt8](try Data(contentsOf: self)) }
}

/// 2 × 3 elements, written out byte by byte: magic, dimensions, elements.
let smallFile: [UInt8] = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 10, 20, 30, 40, 50, 60]

/// The array that `smallFile` encodes.
let smallArray = IDXFile(dimensions: [2, 3], bytes: [10, 20, 30, 40, 50, 60])

/// Flips bits, overwrites, removes, inserts, repeats or cuts, one to four times.
func mutated(_ bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
  var bytes = bytes
  for _ in 0...random.next() % 4 {
    let position = Int(random.next() % UInt64(bytes.count + 1))
    let value = UInt8(truncatingIfNeeded: random.next())
    switch random.next() % 6 {
    case 0 where position < bytes.count: bytes[position] ^= 1 << (value & 7)
    case 1 where position < bytes.count: bytes[position] = [0, 0xFF, 0x7F, value][Int(value & 3)]
    case 2 where position < bytes.count: bytes.remove(at: position)
    case 3: bytes.insert(value, at: position)
    case 4: bytes.insert(contentsOf: bytes[position...], at: position)
    default: bytes.removeLast(min(bytes.count, Int(value & 15)))
    }
  }
  return bytes
}
