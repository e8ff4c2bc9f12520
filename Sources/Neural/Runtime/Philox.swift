import CCore
import Synchronization

/// A counter-based random generator: Philox4x32-10 of Salmon, Moraes, Dror and Shaw (SC11).
///
/// A value is a function of (seed, stream, position) alone, so arrays of random numbers are the same for any number of
/// threads, and the whole state is three integers.
public struct Philox: RandomNumberGenerator, Sendable, Hashable, Codable {
  /// Chooses the sequence.
  public var seed: UInt64
  /// Chooses one of the independent sequences of a seed.
  public var stream: UInt64
  /// How many 32-bit words have been drawn; a multiple of 4 after drawing a tensor.
  public private(set) var position: UInt64 = 0

  /// The beginning of a stream.
  public init(seed: UInt64, stream: UInt64 = 0) {
    self.seed = seed
    self.stream = stream
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    position += position & 1
    var words: (UInt32, UInt32) = (0, 0)
    withUnsafeMutableBytes(of: &words) {
      _ = cc_random_bits(state, 2, $0.baseAddress!.assumingMemoryBound(to: UInt32.self))
    }
    position += 2
    return UInt64(words.1) << 32 | UInt64(words.0)
  }

  private var state: cc_random { cc_random(key: seed, stream: stream, position: position) }

  /// The state for drawing `count` elements of `dtype`, which are then used up.
  ///
  /// CCore counts positions in elements: float64 takes two words each.
  mutating func take(_ count: Int, of dtype: DType) -> cc_random {
    position = (position + 3) & ~3
    var result = state
    let wordsPerElement: UInt64 = dtype == .float64 ? 2 : 1
    result.position /= wordsPerElement
    position += (UInt64(count) * wordsPerElement + 3) & ~3
    return result
  }
}

/// The default generator: what initialisers and dropout draw from when none is given.
public enum Random {
  private static let shared = Mutex(Philox(seed: 0))

  /// Starts the default generator anew, as `torch.manual_seed` does.
  public static func seed(_ seed: UInt64) { shared.withLock { $0 = Philox(seed: seed) } }

  /// The default generator's state, to save and to restore.
  public static var generator: Philox {
    get { shared.withLock { $0 } }
    set { shared.withLock { $0 = newValue } }
  }

  static func take(_ count: Int, of dtype: DType) -> cc_random { shared.withLock { $0.take(count, of: dtype) } }
}
