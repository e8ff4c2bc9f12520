import Foundation
import Testing

@testable import NeuralData

@Suite struct IDXMutationTests {
  @Test(arguments: [false, true], [UInt64(1), 2])
  func `a damaged file gives an array that fits its header, or an error`(packed: Bool, seed: UInt64) throws {
    let valid = packed ? Gzip.compress(smallFile) : smallFile
    try withTemporaryFolder { folder in
      for index in 0..<1500 {
        // A new file each time: to overwrite one can mean to wait for the disk.
        let url = folder.appending(path: "\(index)")
        var random = SplitMix64(seed: seed, stream: packed ? 1 : 0, index: index)
        try url.put(mutated(valid, &random))
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
