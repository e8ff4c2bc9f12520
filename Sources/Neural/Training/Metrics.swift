/// Something measured over an epoch, example by example: a short last batch counts for as many examples as it has.
///
/// It is `Codable` so that a checkpoint taken in the middle of an epoch can hold it.
public protocol Metric: Sendable, Codable {
  /// Its key in results: `loss`, `accuracy`.
  var name: String { get }
  /// Takes a batch into account.
  ///
  /// - Parameters:
  ///   - outputs: what the network computed, `[batch, …]`.
  ///   - targets: what it should have, `[batch, …]`.
  ///   - loss: the mean loss of the batch.
  mutating func update(outputs: Tensor, targets: Tensor, loss: Double)
  /// The value so far; NaN before the first batch.
  var value: Double { get }
  /// Forgets all batches.
  mutating func reset()
}

/// The mean loss of the examples.
public struct MeanLoss: Metric {
  private var sum = 0.0, count = 0

  /// Nothing seen yet.
  public init() {}
  /// `loss`
  public var name: String { "loss" }
  /// The mean over all examples.
  public var value: Double { count == 0 ? .nan : sum / Double(count) }
  /// Adds a batch's loss, weighted by its examples.
  public mutating func update(outputs: Tensor, targets: Tensor, loss: Double) {
    sum += loss * Double(targets.shape[0])
    count += targets.shape[0]
  }
  /// Forgets all batches.
  public mutating func reset() { self = MeanLoss() }
}

/// The fraction of examples whose label is among the `top` largest outputs.
public struct Accuracy: Metric {
  private let top: Int
  private var correct = 0, count = 0

  /// Nothing seen yet.
  ///
  /// - Parameter top: how many of the largest outputs may be the label's; at least 1.
  public init(top: Int = 1) {
    require(top >= 1, "Accuracy", "top \(top)")
    self.top = top
  }
  /// `accuracy`, or `top-5 accuracy`.
  public var name: String { top == 1 ? "accuracy" : "top-\(top) accuracy" }
  /// From 0 to 1.
  public var value: Double { count == 0 ? .nan : Double(correct) / Double(count) }
  /// Compares `outputs` `[batch, classes]` with integer labels `[batch]`. Of equal outputs the first counts as larger.
  public mutating func update(outputs: Tensor, targets: Tensor, loss: Double) {
    let outputs = outputs.detached(), labels = targets.cast(to: .int32)
    let hits =
      top == 1
      ? outputs.argmax(axis: 1) .== labels
      : outputs.topK(Swift.min(top, outputs.shape[1]), axis: 1).indices .== labels.reshaped([-1, 1])
    correct += Int(hits.cast(to: .int32).sum().scalar)
    count += targets.shape[0]
  }
  /// Forgets all batches.
  public mutating func reset() { self = Accuracy(top: top) }
}
