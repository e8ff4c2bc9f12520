import CCore
import Synchronization

/// What the computation runs on.
public enum Runtime {
  /// Threads that compute, the calling one included; at least 1. Results do not depend on it.
  ///
  /// At first `OMP_NUM_THREADS`, else the processors that this process may use (affinity and cgroup quota).
  public static var threadCount: Int {
    get { Int(cc_thread_count()) }
    set { cc_set_thread_count(Int32(clamping: newValue)) }
  }

  /// Whether float32 convolutions compute every sum as it is written; at first false. For those that begin from now on.
  ///
  /// Otherwise 3 × 3 kernels with stride 1 and many channels use Winograd's algorithm F(4×4, 3×3), which takes a quarter of the
  /// multiplications (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015), and rows of 3 or 5 taps, with
  /// AVX-512, minimal filtering (Winograd, "Arithmetic Complexity of Computations", 1980). Their rounding errors are
  /// relative to the largest of the pixels from which a tile is made: for numbers of similar size below
  /// 2⁻¹⁷ · Σ|w| · max|x| in the result, likewise in the gradient of the input, and below 2⁻¹⁸ · max|dy| · max|x| for each
  /// pixel summed in the weights' gradient. An infinity or NaN spreads over its tile.
  public static var exactConvolution: Bool {
    get { isExact.load(ordering: .relaxed) }
    set { isExact.store(newValue, ordering: .relaxed) }
  }

  private static let isExact = Atomic(false)

  /// The instruction set of the kernels: "avx512", "avx2" or "baseline"; `NEURAL_ISA` in the environment asks for
  /// a lesser one than the processor has.
  public static var instructionSet: String { String(cString: cc_isa_name()) }

  /// Memory of tensors: what is in use, what is kept for reuse, and how often the system was asked for more.
  public static var memory: (bytesInUse: Int, bytesKept: Int, systemRequests: Int) {
    let statistics = cc_buffer_get_statistics()
    return (statistics.bytes_in_use, statistics.bytes_kept, statistics.system_requests)
  }

  /// Returns the memory that is kept for reuse to the system.
  public static func trimMemory() { cc_buffer_trim() }
}
