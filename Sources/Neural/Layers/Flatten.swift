/// All axes but the batch become one: `[64, 16, 4, 4]` to `[64, 256]`.
public final class Flatten: Module, Layer {
  /// Shares memory with x.
  public func forward(_ x: Tensor) -> Tensor { x.flattened(from: 1) }
}
