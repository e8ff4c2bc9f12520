import CCore

/// What the computation runs on.
public enum Runtime {
  /// Threads that compute, the calling one included; at least 1. Results do not depend on it.
  ///
  /// At first `OMP_NUM_THREADS`, else the processors that this process may use (affinity and cgroup quota).
  public static var threadCount: Int {
    get { Int(cc_thread_count()) }
    set { cc_set_thread_count(Int32(clamping: newValue)) }
  }

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
