import CCore
import Synchronization

/// A CCore plan, freed with its last user.
///
/// Audited `@unchecked Sendable`: a plan is immutable once made.
final class ConvolutionPlan: @unchecked Sendable {
  private let plan: OpaquePointer?
  let outHeight: Int, outWidth: Int

  init(_ shape: cc_conv_shape, _ dtype: DType, _ layout: Tensor.Layout, _ description: () -> String) {
    var (shape, height, width) = (shape, Int32(0), Int32(0))
    var plan: OpaquePointer?
    if cc_conv_output_size(&shape, &height, &width) != CC_OK {
      trap("conv2d", "\(description()): the kernel does not fit into the padded input")
    }
    check(cc_conv_plan_create(&shape, dtype.c, layout.c, &plan), "conv2d", description())
    self.plan = plan
    (outHeight, outWidth) = (Int(height), Int(width))
  }

  deinit { cc_conv_plan_destroy(plan) }

  /// Runs one of CCore's functions with a workspace from the pool.
  func run(_ body: (_ plan: OpaquePointer?, _ workspace: UnsafeMutableRawPointer) -> cc_status) {
    let workspace = Storage(byteCount: cc_conv_workspace_bytes(plan))
    check(body(plan, workspace.pointer), "conv2d")
  }

  func fuses(_ pool: cc_pool_shape) -> Bool { withUnsafePointer(to: pool) { cc_conv_max_pool_fuses(plan, $0) } }
}

/// A forward convolution with everything that it needs, to be run now or later.
final class Convolution: Sendable {
  let plan: ConvolutionPlan
  /// Constants.
  let input: Tensor, weight: Tensor, bias: Tensor?
  private let advice: FusionAdvice?
  private let wasPooled = Atomic(false)

  init(plan: ConvolutionPlan, input: Tensor, weight: Tensor, bias: Tensor?, advice: FusionAdvice?) {
    (self.plan, self.input, self.weight, self.bias, self.advice) = (plan, input, weight, bias, advice)
  }

  /// Writes the result to memory.
  func compute(into y: UnsafeMutableRawPointer) {
    if wasPooled.load(ordering: .relaxed) { advice?.isComputedTwice() }
    plan.run { cc_conv_forward($0, input.pointer, weight.pointer, bias?.pointer, y, $1) }
  }

  /// Writes the max-pooled result to memory, without the result itself.
  func computePooled(_ pool: cc_pool_shape, into y: UnsafeMutableRawPointer, winners: UnsafeMutablePointer<UInt16>?) {
    wasPooled.store(true, ordering: .relaxed)
    withUnsafePointer(to: pool) { pool in
      plan.run {
        cc_conv_max_pool_forward($0, pool, input.pointer, weight.pointer, bias?.pointer, y, winners, $1)
      }
    }
  }
}

/// Whether a layer's result should wait for a pool.
///
/// A network that uses the result besides pooling it (a skip connection) would compute it twice: once that has happened, the
/// layer computes it at once from then on.
final class FusionAdvice: Sendable {
  private let fuses = Atomic(true)
  var mayFuse: Bool { fuses.load(ordering: .relaxed) }
  func isComputedTwice() { fuses.store(false, ordering: .relaxed) }
}
