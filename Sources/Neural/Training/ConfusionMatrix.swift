/// How often each class was taken for each: rows are labels, columns predictions.
public struct ConfusionMatrix: Metric, CustomStringConvertible {
  /// `counts[label][prediction]`
  public private(set) var counts: [[Int]]

  /// What the classes are called in tables.
  public let classNames: [String]

  /// Nothing seen yet. Classes are called by their numbers.
  public init(classes: Int) { self.init(classNames: (0..<classes).map(String.init)) }
  /// Nothing seen yet.
  public init(classNames: [String]) {
    self.classNames = classNames
    counts = classNames.map { _ in [Int](repeating: 0, count: classNames.count) }
  }
  /// `accuracy`, which is what ``value`` is.
  public var name: String { "accuracy" }
  /// The fraction on the diagonal.
  public var value: Double {
    let total = counts.joined().reduce(0, +)
    return total == 0 ? .nan : Double(counts.indices.reduce(0) { $0 + counts[$1][$1] }) / Double(total)
  }
  /// Compares `outputs` `[batch, classes]` with integer labels `[batch]`; one that is no class traps.
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
  public mutating func reset() { self = ConfusionMatrix(classNames: classNames) }

  /// How well one class is told from the others.
  public enum Score: String, Sendable, Hashable, Codable, CaseIterable {
    /// The fraction of its predictions that are right; 0 if it is never predicted.
    case precision
    /// The fraction of its examples that are found; 0 if it has none.
    case recall
    /// The harmonic mean of both.
    case f1
  }

  /// A score of each class; NaN for a class that is neither a label nor a prediction.
  public func scores(_ score: Score) -> [Double] {
    counts.indices.map { label in
      let hits = Double(counts[label][label]), examples = Double(counts[label].reduce(0, +))
      let predictions = Double(counts.reduce(0) { $0 + $1[label] })
      if examples + predictions == 0 { return .nan }
      switch score {
      case .precision: return predictions == 0 ? 0 : hits / predictions
      case .recall: return examples == 0 ? 0 : hits / examples
      case .f1: return 2 * hits / (examples + predictions)
      }
    }
  }

  /// The mean of a score over the classes that occur, each of the same weight; NaN if none does.
  public func mean(_ score: Score) -> Double {
    let found = scores(score).filter { !$0.isNaN }
    return found.isEmpty ? .nan : found.reduce(0, +) / Double(found.count)
  }

  /// A table of all scores by class, with the number of examples, and the means at its end.
  public var report: String {
    let columns = Score.allCases.map(scores)
    let rows = counts.indices.map { label in
      [classNames[label]] + columns.map { $0[label].fixed(4) } + [counts[label].reduce(0, +).grouped]
    }
    let means = ["mean"] + Score.allCases.map { mean($0).fixed(4) } + [counts.joined().reduce(0, +).grouped]
    return aligned([["class", "precision", "recall", "F1", "examples"]] + rows + [means])
  }

  /// A table with the recall of each class at the end of its row; names above its columns are cut to their width.
  public var description: String {
    let width = max(5, (counts.joined().max() ?? 0).grouped.count + 1)
    func cell(_ text: String) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }
    let margin = max(5, classNames.map(\.count).max() ?? 0)
    func name(_ text: String) -> String { String(repeating: " ", count: margin - text.count) + text }
    let header = name("label") + classNames.map { cell("\($0.prefix(width - 1))") }.joined() + "   recall"
    let rows = counts.indices.map { label in
      let total = counts[label].reduce(0, +)
      let recall = total == 0 ? "-" : "\((Double(counts[label][label]) / Double(total)).fixed(4))"
      return name(classNames[label]) + counts[label].map { cell($0 == 0 ? "." : $0.grouped) }.joined()
        + "   " + recall
    }
    return ([header] + rows).joined(separator: "\n")
  }
}

/// The mean of a class score over the classes, as a metric: see ``ConfusionMatrix/mean(_:)``.
public struct ClassScore: Metric {
  private let score: ConfusionMatrix.Score
  private var matrix: ConfusionMatrix

  /// Nothing seen yet.
  public init(_ score: ConfusionMatrix.Score, classes: Int) {
    (self.score, matrix) = (score, ConfusionMatrix(classes: classes))
  }
  /// `precision`, `recall` or `f1`.
  public var name: String { score.rawValue }
  /// From 0 to 1.
  public var value: Double { matrix.mean(score) }
  /// Compares `outputs` `[batch, classes]` with integer labels `[batch]`.
  public mutating func update(outputs: Tensor, targets: Tensor, loss: Double) {
    matrix.update(outputs: outputs, targets: targets, loss: loss)
  }
  /// Forgets all batches.
  public mutating func reset() { matrix.reset() }
}
