/// Examples that are processed together.
public struct Batch: Sendable {
  /// `[batch, …]`
  public var inputs: Tensor
  /// `[batch]` labels, or `[batch, …]` values.
  public var targets: Tensor

  /// Both with the same first axis.
  public init(inputs: Tensor, targets: Tensor) {
    require(
      inputs.rank > 0 && targets.rank > 0 && inputs.shape[0] == targets.shape[0], "Batch",
      "inputs \(inputs.shape) and targets \(targets.shape) differ in number")
    (self.inputs, self.targets) = (inputs, targets)
  }

  /// Number of examples.
  public var count: Int { inputs.shape[0] }
}
