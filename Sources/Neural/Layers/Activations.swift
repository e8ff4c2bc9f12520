/// max(x, 0)
public final class ReLU: Module, Layer {
  /// Element by element.
  public func forward(_ x: Tensor) -> Tensor { x.relu() }
}

/// tanh x
public final class Tanh: Module, Layer {
  /// Element by element.
  public func forward(_ x: Tensor) -> Tensor { x.tanh() }
}

/// 1 / (1 + e⁻ˣ)
public final class Sigmoid: Module, Layer {
  /// Element by element.
  public func forward(_ x: Tensor) -> Tensor { x.sigmoid() }
}
