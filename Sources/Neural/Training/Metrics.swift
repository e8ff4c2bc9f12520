/// Something measured over an epoch, example by example: a short last batch counts for as many examples as it has.
public protocol Metric: Sendable {
  /// Its key in results: `loss`, `accuracy`.
  var name: String { get }
  /// Takes a batch into account.
  ///
  /// - Parameters:
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

/// The fraction of examples whose largest output is at their label.
public struct Accuracy: Metric {
  private var correct = 0, count = 0

  /// Nothing seen yet.
  public init() {}
  /// `accuracy`
  public var name: String { "accuracy" }
  /// From 0 to 1.
  public var value: Double { count == 0 ? .nan : Double(correct) / Double(count) }
  /// Compares `outputs` `[batch, classes]` with integer labels `[batch]`.
  public mutating func update(outputs: Tensor, targets: Tensor, loss: Double) {
    let hits = outputs.detached().argmax(axis: 1) .== targets.cast(to: .int32)
    correct += Int(hits.cast(to: .int32).sum().scalar)
    count += targets.shape[0]
  }
  /// Forgets all batches.
  public mutating func reset() { self = Accuracy() }
}

/// How often each class was taken for each: rows are labels, columns predictions.
public struct ConfusionMatrix: Metric, CustomStringConvertible {
  /// `counts[label][prediction]`
  public private(set) var counts: [[Int]]

  /// Nothing seen yet.
  public init(classes: Int) { counts = [[Int]](repeating: [Int](repeating: 0, count: classes), count: classes) }
  /// `accuracy`, which is what ``value`` is.
  public var name: String { "accuracy" }
  /// The fraction on the diagonal.
  public var value: Double {
    let total = counts.joined().reduce(0, +)
    return total == 0 ? .nan : Double(counts.indices.reduce(0) { $0 + counts[$1][$1] }) / Double(total)
  }
  /// Compares `outputs` `[batch, classes]` with integer labels `[batch]`.
  public mutating func update(outputs: Tensor, targets: Tensor, loss: Double) {
    let predictions = outputs.detached().argmax(axis: 1).array(Int32.self)
    for (label, prediction) in zip(targets.cast(to: .int32).array(Int32.self), predictions) {
      require(
        counts.indices.contains(Int(label)) && counts.indices.contains(Int(prediction)), "ConfusionMatrix",
        "label \(label), prediction \(prediction) of \(counts.count) classes")
      counts[Int(label)][Int(prediction)] += 1
    }
  }
  /// Forgets all batches.
  public mutating func reset() { self = ConfusionMatrix(classes: counts.count) }

  /// A table with the recall of each class at the end of its row.
  public var description: String {
    let width = max(5, (counts.joined().max() ?? 0).grouped.count + 1)
    func cell(_ text: String) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }
    let header = "label" + counts.indices.map { cell("\($0)") }.joined() + "   recall"
    let rows = counts.indices.map { label in
      let total = counts[label].reduce(0, +)
      let recall = total == 0 ? "-" : "\((Double(counts[label][label]) / Double(total)).fixed(4))"
      let name = "\(label)"
      return String(repeating: " ", count: max(0, 5 - name.count)) + name
        + counts[label].map { cell($0 == 0 ? "." : $0.grouped) }.joined() + "   " + recall
    }
    return ([header] + rows).joined(separator: "\n")
  }
}
