import Foundation
import Testing

@testable import NeuralData

@Suite struct IDXMutationTests {
  /// Flips bits, overwrites, removes, inserts, repeats or cuts, one to four times.
  private func mutate(_ bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
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

  @Test(arguments: [false, true], [UInt64(1), 2])
  func `a damaged file gives an array that fits its header, or an error`(packed: Bool, seed: UInt64) throws {
    let valid = packed ? Gzip.compress(smallFile) : smallFile
    try withTemporaryFolder { folder in
      for index in 0..<1500 {
        // A new file each time: to overwrite one can mean to wait for the disk.
        let url = folder.appending(path: "\(index)")
        var random = SplitMix64(seed: seed, stream: packed ? 1 : 0, index: index)
        try url.put(mutate(valid, &random))
        do throws(DatasetError) {
          let array = try IDXFile.read(url, dimensions: 2)
          #expect(
            array.dimensions.count == 2 && array.dimensions[0] * array.dimensions[1] == array.bytes.count,
            "seed \(seed), mutation \(index)")
        } catch {
          let text = error.description
          #expect(
            text.hasPrefix(url.path + ": ") && !text.contains("\n"),
            "seed \(seed), mutation \(index): \(text)")
        }
      }
    }
  }

  @Test func `random bytes give an error`() throws {
    try withTemporaryFolder { folder in
      for index in 0..<500 {
        let url = folder.appending(path: "\(index)")
        var random = SplitMix64(seed: 3, stream: 0, index: index)
        let count = Int(random.next() % 200)
        let start: [UInt8] = index.isMultiple(of: 2) ? [] : [0x1F, 0x8B, 8]
        try url.put(start + (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) })
        #expect(throws: DatasetError.self, "index \(index)") { try IDXFile.read(url, dimensions: 2) }
      }
    }
  }
}
