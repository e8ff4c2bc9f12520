extension Batch {
  /// Two parts drawn at random: so large a fraction of the examples, and the others, each in the order of the data.
  ///
  /// ```swift
  /// let (training, validation) = data.split(0.8, seed: 1)
  /// ```
  ///
  /// With the same seed, a larger fraction holds a smaller one whole (unless stratified).
  /// - Parameters:
  ///   - fraction: from 0 to 1; the number of examples is rounded to the nearest.
  ///   - seed: chooses the examples.
  ///   - stratified: each class is divided by the same fraction, to within one example. The targets must be integers
  ///     `[batch]`.
  public func split(_ fraction: Double, seed: UInt64, stratified: Bool = false) -> (Batch, Batch) {
    require(fraction >= 0 && fraction <= 1, "split", "fraction \(fraction) is not in 0...1")
    var generator = Philox(seed: seed)
    let size = Int((Double(count) * fraction).rounded())
    var first: [Int] = [], others: [Int] = []
    if stratified {
      let classes = indicesByClass()
      for (indices, size) in zip(classes, Batch.shares(classes.map(\.count), fraction, total: size)) {
        let shuffled = indices.shuffled(using: &generator)
        first += shuffled[..<size]
        others += shuffled[size...]
      }
    } else {
      let shuffled = (0..<count).shuffled(using: &generator)
      (first, others) = (Array(shuffled[..<size]), Array(shuffled[size...]))
    }
    return (rows(first.sorted()), rows(others.sorted()))
  }

  /// So large a fraction of the examples: the first part of ``split(_:seed:stratified:)``.
  public func subset(_ fraction: Double, seed: UInt64, stratified: Bool = false) -> Batch {
    split(fraction, seed: seed, stratified: stratified).0
  }

  /// The examples at `indices`, in that order.
  public func rows(_ indices: some Collection<Int>) -> Batch {
    Batch(inputs: inputs.rows(indices), targets: targets.rows(indices))
  }

  private func indicesByClass() -> [[Int]] {
    require(
      targets.rank == 1 && targets.dtype.isInteger, "split",
      "targets \(targets.dtype) \(targets.shape): classes are integers [batch]")
    let labels = targets.cast(to: .int64).array(Int.self)
    return Dictionary(grouping: labels.indices) { labels[$0] }.sorted { $0.key < $1.key }.map(\.value)
  }

  /// `fraction` of each count, rounded down or up so that they add up to `total`: up where the most is cut off.
  private static func shares(_ counts: [Int], _ fraction: Double, total: Int) -> [Int] {
    let exact = counts.map { Double($0) * fraction }
    var shares = exact.map { Int($0) }
    let byRemainder = counts.indices.sorted {
      (exact[$1] - Double(shares[$1]), $0) < (exact[$0] - Double(shares[$0]), $1)
    }
    for index in byRemainder.prefix(total - shares.reduce(0, +)) { shares[index] += 1 }
    return shares
  }
}
