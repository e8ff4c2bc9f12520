/// Layers one after another. Names are numbers, as in PyTorch: `0.weight`, `2.weight`.
///
/// ```swift
/// let model = Sequential {
///   Flatten()
///   Linear(784, 100)
///   ReLU()
///   Linear(100, 10)
/// }
/// ```
public final class Sequential: Module, Layer {
  /// In the order of application.
  public let layers: [any Layer]

  /// The layers that the block lists; `if` and `for` work in it.
  public init(@LayerBuilder _ layers: () -> [any Layer]) { self.layers = layers() }

  /// The layers of an array.
  public init(_ layers: [any Layer]) { self.layers = layers }

  /// Applies one layer after another.
  public func forward(_ x: Tensor) -> Tensor { layers.reduce(x) { $1($0) } }

  override func findMembers() -> [(name: String, member: Member)] {
    layers.enumerated().map { ("\($0.offset)", .module($0.element)) }
  }
}

/// Builds the list of a ``Sequential``.
@resultBuilder
public enum LayerBuilder {
  /// One layer.
  public static func buildExpression(_ layer: any Layer) -> [any Layer] { [layer] }
  /// Layers in order.
  public static func buildBlock(_ layers: [any Layer]...) -> [any Layer] { layers.flatMap { $0 } }
  /// `if` without `else`.
  public static func buildOptional(_ layers: [any Layer]?) -> [any Layer] { layers ?? [] }
  /// `if`
  public static func buildEither(first layers: [any Layer]) -> [any Layer] { layers }
  /// `else`
  public static func buildEither(second layers: [any Layer]) -> [any Layer] { layers }
  /// `for`
  public static func buildArray(_ layers: [[any Layer]]) -> [any Layer] { layers.flatMap { $0 } }
}
