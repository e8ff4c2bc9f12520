import CCore
import Foundation
import Glibc

/// A small generator of its own: tests must not depend on what they test.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Small integers: sums of their products are exact in float32, so every correct kernel gives the same bits.
  mutating func integers(_ count: Int, _ range: ClosedRange<Int> = -3...3) -> [Float] {
    (0..<count).map { _ in Float(Int.random(in: range, using: &self)) }
  }

  mutating func reals(_ count: Int, _ range: ClosedRange<Float> = -1...1) -> [Float] {
    (0..<count).map { _ in Float.random(in: range, using: &self) }
  }
}

/// How long a test of random shapes goes on, from the environment: FUZZ_SHAPES of them, or FUZZ_SECONDS (3); and FUZZ_SEED
/// to repeat a run.
struct Fuzzing {
  let seed: UInt64
  private let shapes: Int?, end: Date

  init() {
    let environment = ProcessInfo.processInfo.environment
    seed = environment["FUZZ_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...UInt64.max)
    shapes = environment["FUZZ_SHAPES"].flatMap { Int($0) }
    end = Date() + (environment["FUZZ_SECONDS"].flatMap { Double($0) } ?? 3)
  }

  func goesOn(after count: Int) -> Bool { shapes.map { count < $0 } ?? (Date() < end) }
}

/// Memory whose last byte is followed by a page that must not be touched, and whose first byte is preceded by sentinels.
///
/// Starts are aligned to 64 bytes, as CCore asks: up to 63 bytes between the end and the page are sentinels too.
final class GuardedBuffer {
  let pointer: UnsafeMutableRawPointer
  let count: Int
  private let base: UnsafeMutableRawPointer
  private let mapped: Int
  private static let page = Int(sysconf(Int32(_SC_PAGESIZE)))
  private static let sentinel: UInt8 = 0xA5

  /// `count` floats, at first NaN.
  init(_ count: Int) {
    self.count = count
    let bytes = (count * 4 + 63) / 64 * 64
    let pages = (bytes + 64 + GuardedBuffer.page - 1) / GuardedBuffer.page
    mapped = (pages + 1) * GuardedBuffer.page
    base = mmap(nil, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    mprotect(base + pages * GuardedBuffer.page, GuardedBuffer.page, PROT_NONE)
    pointer = base + pages * GuardedBuffer.page - bytes
    memset(base, Int32(GuardedBuffer.sentinel), pages * GuardedBuffer.page)
    for index in 0..<count { floats[index] = .nan }
  }

  convenience init(_ values: [Float]) {
    self.init(values.count)
    for index in values.indices { floats[index] = values[index] }
  }

  deinit { munmap(base, mapped) }

  var floats: UnsafeMutablePointer<Float> { pointer.assumingMemoryBound(to: Float.self) }
  var array: [Float] { Array(UnsafeBufferPointer(start: floats, count: count)) }

  /// Whether nothing was written before the first or after the last element.
  var isIntact: Bool {
    let before = UnsafeRawBufferPointer(start: base, count: pointer - base)
    let end = pointer + count * 4
    let after = UnsafeRawBufferPointer(start: end, count: (64 - count * 4 % 64) % 64)
    return before.allSatisfy { $0 == GuardedBuffer.sentinel } && after.allSatisfy { $0 == GuardedBuffer.sentinel }
  }
}

/// `[batch][features]` to `[⌈batch / 16⌉][features][16]`, as layout.h defines it; `fill` in the lanes past the batch.
func interleaved(_ x: [Float], batch: Int, fill: Float = 0) -> [Float] {
  let features = batch == 0 ? 0 : x.count / batch
  var y = [Float](repeating: fill, count: (batch + 15) / 16 * 16 * features)
  for image in 0..<batch {
    for feature in 0..<features {
      y[(image / 16 * features + feature) * 16 + image % 16] = x[image * features + feature]
    }
  }
  return y
}

func deinterleaved(_ y: [Float], batch: Int, features: Int) -> [Float] {
  (0..<batch * features).map { index in
    let (image, feature) = (index / features, index % features)
    return y[(image / 16 * features + feature) * 16 + image % 16]
  }
}

/// Lanes past the batch, which gradients must leave zero.
func padding(_ y: [Float], batch: Int) -> [Float] {
  y.indices.filter { (y.count == 0 ? 0 : $0 / (y.count / ((batch + 15) / 16)) * 16 + $0 % 16) >= batch }.map { y[$0] }
}

/// The lines of a list under bench/shapes that are not comments: a name and numbers.
func shapeList(_ name: String) throws -> [(name: String, numbers: [Int32])] {
  let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  let text = try String(contentsOf: root.appendingPathComponent("bench/shapes/\(name).txt"), encoding: .utf8)
  return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
    let words = line.split(separator: " ")
    return (String(words[0]), words.dropFirst().compactMap { Int32($0) })
  }
}

/// Runs `body` with each of several thread counts and puts the old one back.
func withThreadCounts(_ counts: [Int32], _ body: (Int32) throws -> Void) rethrows {
  let before = cc_thread_count()
  defer { cc_set_thread_count(before) }
  for count in counts {
    cc_set_thread_count(count)
    try body(count)
  }
}
