/// A height and a width; a number literal is both: `kernelSize: 5`, `stride: Size2D(2, 1)`.
public struct Size2D: Sendable, Hashable, ExpressibleByIntegerLiteral, CustomStringConvertible {
  /// Along the third and the fourth axis of `[batch, channels, height, width]`.
  public var height: Int, width: Int

  /// Height, then width.
  public init(_ height: Int, _ width: Int) {
    self.height = height
    self.width = width
  }

  /// Both equal.
  public init(integerLiteral both: Int) { self.init(both, both) }

  /// `5×5`
  public var description: String { "\(height)×\(width)" }
}
