/// Which part of a data set: the one to learn from, or the one held back to measure on.
public enum DataSplit: String, Sendable, Hashable, CaseIterable {
  /// The part to learn from.
  case train

  /// The part held back to measure on.
  case test
}
