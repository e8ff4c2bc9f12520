import Foundation

/// Turns a data set into batches, in a new random order each epoch.
///
/// The order is a function of (seed, epoch) alone, so a run can be repeated, and continued in the middle of an epoch.
/// The last batch may be smaller; none is dropped unless asked for.
///
/// ```swift
/// let loader = DataLoader(data, batchSize: 100, shuffle: true, seed: 7) { batch, _ in
///   Batch(inputs: batch.inputs.cast(to: .float32) / 255, targets: batch.targets)
/// }
/// for epoch in 0..<3 { for batch in loader.epoch(epoch) { step(batch) } }
/// ```
public struct DataLoader: Sendable {
  /// Changes a batch before it is used, with random numbers of its own: a stream for each (seed, epoch, batch).
  public typealias Transform = @Sendable (_ batch: Batch, _ generator: inout Philox) -> Batch

  private let data: Batch
  /// Examples in a batch, but for the last.
  public let batchSize: Int
  private var shuffle: Bool
  private let seed: UInt64, dropLast: Bool, prefetch: Int
  private let transform: Transform?

  /// - Parameters:
  ///   - data: all examples, in their smallest form: images stay uint8 here and become float in `transform`.
  ///   - batchSize: at least 1.
  ///   - shuffle: a new order in each epoch; otherwise that of the data.
  ///   - seed: of the orders, and of the transform's random numbers.
  ///   - dropLast: leaves a smaller last batch out.
  ///   - prefetch: batches prepared ahead by another thread; 0 prepares each when it is asked for.
  ///   - transform: changes each batch before it is used.
  public init(
    _ data: Batch, batchSize: Int, shuffle: Bool = false, seed: UInt64 = 0, dropLast: Bool = false, prefetch: Int = 0,
    transform: Transform? = nil
  ) {
    require(batchSize > 0, "DataLoader", "batch size \(batchSize)")
    require(prefetch >= 0, "DataLoader", "prefetch \(prefetch)")
    self.data = Batch(inputs: data.inputs.detached(), targets: data.targets.detached())
    (self.batchSize, self.shuffle, self.seed) = (batchSize, shuffle, seed)
    (self.dropLast, self.prefetch, self.transform) = (dropLast, prefetch, transform)
  }

  /// Number of examples.
  public var count: Int { data.count }

  /// Number of batches in an epoch.
  public var batchesPerEpoch: Int { dropLast ? count / batchSize : (count + batchSize - 1) / batchSize }

  /// The batches of an epoch, from batch `start` on.
  public func epoch(_ epoch: Int, startingAt start: Int = 0) -> Epoch {
    Epoch(loader: self, epoch: epoch, start: start)
  }

  /// The same without shuffling.
  func inOrder() -> DataLoader {
    var loader = self
    loader.shuffle = false
    return loader
  }

  /// What the order of the data depends on, in words: a checkpoint resumes with the same only.
  var identity: String {
    "\(count) examples in batches of \(batchSize)" + (dropLast ? ", the last one dropped" : "")
      + (shuffle ? ", shuffled with seed \(seed)" : "")
  }

  /// The order of the examples in an epoch.
  func order(epoch: Int) -> [Int] {
    var indices = Array(0..<count)
    if shuffle {
      var generator = Philox(seed: seed, stream: UInt64(epoch))
      indices.shuffle(using: &generator)
    }
    return indices
  }

  func batch(_ number: Int, epoch: Int, order: [Int]) -> Batch {
    let indices = order[number * batchSize..<Swift.min((number + 1) * batchSize, count)]
    let batch =
      shuffle
      ? data.rows(indices)
      : Batch(
        inputs: data.inputs[indices.startIndex..<indices.endIndex],
        targets: data.targets[indices.startIndex..<indices.endIndex])
    guard let transform else { return batch }
    // The upper half of the stream number is never an epoch's: transforms and orders do not share numbers.
    var generator = Philox(seed: seed, stream: UInt64(epoch + 1) << 32 | UInt64(number))
    return transform(batch, &generator)
  }

  /// The batches of one epoch, each made as it is reached.
  public struct Epoch: Sequence {
    let loader: DataLoader, epoch: Int, start: Int

    /// Starts at the first batch, and the prefetching thread if there is one.
    public func makeIterator() -> Iterator { Iterator(self) }

    /// Number of batches from the start on.
    public var underestimatedCount: Int { Swift.max(0, loader.batchesPerEpoch - start) }
  }

  /// Walks through an epoch.
  public struct Iterator: IteratorProtocol {
    private let loader: DataLoader, epoch: Int, order: [Int]
    private var position: Int
    private let queue: PrefetchQueue?

    init(_ sequence: Epoch) {
      let (loader, epoch, start) = (sequence.loader, sequence.epoch, sequence.start)
      require(start >= 0 && epoch >= 0, "DataLoader", "epoch \(epoch), batch \(start)")
      let order = loader.order(epoch: epoch)
      (self.loader, self.epoch, self.order, position) = (loader, epoch, order, start)
      queue =
        loader.prefetch == 0
        ? nil
        : PrefetchQueue(capacity: loader.prefetch, numbers: start..<Swift.max(start, loader.batchesPerEpoch)) {
          loader.batch($0, epoch: epoch, order: order)
        }
    }

    /// The next batch; nil at the end of the epoch.
    public mutating func next() -> Batch? {
      if let queue { return queue.next() }
      guard position < loader.batchesPerEpoch else { return nil }
      defer { position += 1 }
      return loader.batch(position, epoch: epoch, order: order)
    }
  }
}
