import Foundation

import NeuralData

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
