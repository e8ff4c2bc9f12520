import Foundation
import Testing

@testable import NeuralData

/// Flips bits, overwrites, removes, inserts, repeats or cuts, one to four times.
func mutated(_ bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
  var bytes = bytes
  for _ in 0...random.next() % 4 {
    // Half of the changes near the start, where headers are.
    let reach = random.next().isMultiple(of: 2) ? bytes.count : min(bytes.count, 64)
    let position = Int(random.next() % UInt64(reach + 1))
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

/// Reads `count` mutations of `valid`, after `repair`: each must pass `read`'s own checks, or throw one line that names the file.
/// - Returns: how many could be read.
@discardableResult
func survives(
  _ count: Int, mutationsOf valid: [UInt8], seed: UInt64, name: String = "file",
  repair: ([UInt8]) -> [UInt8] = { $0 }, read: (URL, Comment) throws -> Void
) throws -> Int {
  var successes = 0
  try withTemporaryFolder { folder in
    let url = folder.appending(path: name)
    for index in 0..<count {
      var random = SplitMix64(seed: seed, stream: 7, index: index)
      try putNew(repair(mutated(valid, &random)), at: url)
      defer { unlink(url.path) }
      do {
        try read(url, "seed \(seed), mutation \(index)")
        successes += 1
      } catch let error as DatasetError {
        let text = error.description
        #expect(
          text.hasPrefix(url.path + ": ") && !text.contains("\n"), "seed \(seed), mutation \(index): \(text)")
      }
    }
  }
  return successes
}

/// Writes a file that is not there yet: to overwrite one can mean to wait for the disk.
private func putNew(_ bytes: [UInt8], at url: URL) throws {
  let descriptor = open(url.path, O_CREAT | O_EXCL | O_WRONLY, 0o600)
  try #require(descriptor >= 0 && write(descriptor, bytes, bytes.count) == bytes.count && close(descriptor) == 0)
}
