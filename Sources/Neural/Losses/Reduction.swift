/// How the losses of a batch become one number.
public enum Reduction: String, Sendable, Hashable, CaseIterable {
  /// Their mean: the default, as in PyTorch.
  case mean
  /// Their sum.
  case sum
  /// They stay as they are, one for each example or element.
  case none
}
