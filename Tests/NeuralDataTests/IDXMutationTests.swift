import Foundation
import Testing

@testable import NeuralData

@Suite struct IDXMutationTests {
  @Test(arguments: [false, true], [UInt64(1), 2])
  func `a damaged file gives an array that fits its header, or an error`(packed: Bool, seed: UInt64) throws {
    try survives(1500, mutationsOf: packed ? Gzip.compress(smallFile) : smallFile, seed: seed) { url, place in
      let array = try IDXFile.read(url, dimensions: 2)
      #expect(array.dimensions.count == 2 && array.dimensions[0] * array.dimensions[1] == array.bytes.count, place)
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
