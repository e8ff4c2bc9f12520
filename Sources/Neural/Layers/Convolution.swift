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
    let method = Runtime.exactConvolution ? CC_CONV_EXACT : CC_CONV_FASTEST
    check(cc_conv_plan_create(&shape, dtype.c, layout.c, method, &plan), "conv2d", description())
    self.plan = plan
    (outHeight, outWidth) = (Int(height), Int(width))
  }

  deinit { cc_conv_plan_destroy(plan) }

  /// Runs one of CCore's functions with a workspace from the pool.
  func run(_ body: (_ plan: OpaquePointer?, _ workspace: UnsafeMutableRawPointer) -> cc_status) {
    let workspace = Storage(byteCount: cc_conv_workspace_bytes(plan))
    check(body(plan, workspace.pointer), "conv2d")
  }

  func fuses(_ epilogue: cc_conv_epilogue) -> Bool {
    withUnsafePointer(to: epilogue) { cc_conv_forward_fuses(plan, $0) }
  }

  /// The gradients that are wanted; `gradient` may wait behind the activation, the pool and the activation that followed.
  func backward(
    _ gradient: Tensor, input: Tensor, weight: Tensor, dx: Tensor?, dw: Tensor?, dbias: Tensor?
  ) {
    var c = cc_conv_gradient()
    var (last, activated) = (gradient, nil as Tensor?)
    var (pooled, winners) = (nil as Tensor?, nil as Storage?)
    if case .activationGradient(let activation, let y, let dy)? = last.storage.deferred {
      c.epilogue.activation = activation.c
      (last, activated) = (dy, y)
    }
    if case .unpooled(let pool)? = last.storage.deferred {
      (c.epilogue.pooling, c.epilogue.pool) = (pool.pooling, pool.shape)
      (last, winners) = (pool.dy, pool.winners)
      if case .activationGradient(let activation, let y, let dy)? = last.storage.deferred {
        c.epilogue.pooled_activation = activation.c
        (last, pooled) = (dy, y)
      }
    }
    if !withUnsafePointer(to: c.epilogue, { cc_conv_backward_fuses(plan, $0) }) {
      c = cc_conv_gradient()
      (last, activated, winners, pooled) = (gradient, nil, nil, nil)
    }
    c.dy = UnsafeRawPointer(last.pointer)
    c.activated = activated.map { UnsafeRawPointer($0.pointer) }
    c.pooled = pooled.map { UnsafeRawPointer($0.pointer) }
    c.winner = (winners?.pointer).map { UnsafePointer($0.assumingMemoryBound(to: UInt16.self)) }
    run {
      cc_conv_backward(
        $0, &c, input.pointer, weight.pointer, dx?.pointer, dw?.pointer, dbias?.pointer, $1)
    }
    withExtendedLifetime((gradient, last, activated, winners, pooled)) {}
  }
}

extension cc_conv_epilogue {
  /// An activation alone.
  static func of(_ activation: Activation) -> cc_conv_epilogue {
    var epilogue = cc_conv_epilogue()
    epilogue.activation = activation.c
    return epilogue
  }
}

/// A forward convolution with everything that it needs, to be run now or later.
final class Convolution: Sendable {
  let plan: ConvolutionPlan
  /// Constants.
  let input: Tensor, weight: Tensor, bias: Tensor?
  private let advice: FusionAdvice?
  private let wasFused = Atomic(false)

  init(plan: ConvolutionPlan, input: Tensor, weight: Tensor, bias: Tensor?, advice: FusionAdvice?) {
    (self.plan, self.input, self.weight, self.bias, self.advice) = (plan, input, weight, bias, advice)
  }

  /// Writes the result to memory.
  func compute(into y: UnsafeMutableRawPointer) {
    if wasFused.load(ordering: .relaxed) { advice?.isComputedTwice() }
    plan.run { cc_conv_forward($0, input.pointer, weight.pointer, bias?.pointer, y, $1) }
  }

  /// Writes what the epilogue makes of the result to memory, without the result itself.
  func compute(
    _ epilogue: cc_conv_epilogue, activated: UnsafeMutableRawPointer?, into y: UnsafeMutableRawPointer,
    winners: UnsafeMutablePointer<UInt16>?
  ) {
    if wasFused.exchange(true, ordering: .relaxed) { advice?.isComputedTwice() }
    withUnsafePointer(to: epilogue) { epilogue in
      plan.run {
        cc_conv_forward_fused(
          $0, epilogue, input.pointer, weight.pointer, bias?.pointer, activated, y, winners, $1)
      }
    }
  }
}

/// Whether a layer's result should wait for what follows it.
///
/// A network that uses the result besides (a skip connection) would compute it twice: once that has happened, the layer
/// computes it at once from then on.
final class FusionAdvice: Sendable {
  private let fuses = Atomic(true)
  var mayFuse: Bool { fuses.load(ordering: .relaxed) }
  func isComputedTwice() { fuses.store(false, ordering: .relaxed) }
}
