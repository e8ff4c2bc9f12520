/// A module with one tensor in and one out: what can be called, put into a ``Sequential`` and trained by `fit`.
public protocol Layer: Module {
  /// The computation. Call the layer itself, `layer(x)`, rather than this: that also tells messages and summaries where
  /// in the network the computation is.
  func forward(_ x: Tensor) -> Tensor
}

extension Layer {
  /// Applies the layer.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    adoptChildren()
    return ModuleCall.$current.withValue(ModuleCall(self)) {
      let y = forward(x)
      ModuleCall.recorder?.record(self, input: x.shape, output: y.shape)
      return y
    }
  }
}

/// The module whose `forward` is running, for messages; and who listens to calls.
///
/// Audited `@unchecked Sendable`: only the task that runs `forward` reads it, to build a message.
struct ModuleCall: @unchecked Sendable {
  private unowned(unsafe) let module: Module

  init(_ module: Module) { self.module = module }

  var path: String { module.path }

  @TaskLocal static var current: ModuleCall?
  @TaskLocal static var recorder: ModuleSummary.Recorder?
}
