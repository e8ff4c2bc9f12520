import Foundation

/// Counts how weights and gradients are distributed, while the network learns.
public final class HistogramRecorder: Callback {
  /// What is counted.
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// A parameter's values, before the step of the batch.
    case weights
    /// Its gradient.
    case gradients
  }

  /// The distribution of one parameter at one moment.
  public struct Record: Sendable, Hashable, Codable {
    /// The moment: the batch of the epoch, both from 0.
    public let epoch: Int, batch: Int
    /// Which parameter, and what of it.
    public let parameter: String, kind: Kind
    /// How many values lie between each two of the `bins` + 1 edges, which go from the smallest to the largest.
    public let counts: [Int], edges: [Double]
  }

  /// What has been counted, in order.
  public private(set) var records: [Record] = []
  private let kinds: [Kind], pattern: NamePattern, bins: Int, interval: Int?, file: URL?

  /// - Parameters:
  ///   - kinds: weights, gradients or both.
  ///   - pattern: of which parameters.
  ///   - bins: how many intervals, at least 1.
  ///   - interval: counts at every so manieth batch of an epoch, beginning with the first; nil at the first only.
  ///   - file: also written there after each epoch, as ``csv``.
  public init(
    of kinds: [Kind] = Kind.allCases, _ pattern: NamePattern = "*", bins: Int = 50, every interval: Int? = nil,
    to file: URL? = nil
  ) {
    require(bins >= 1 && interval ?? 1 >= 1, "HistogramRecorder", "\(bins) bins, every \(interval ?? 1) batches")
    (self.kinds, self.pattern, self.bins, self.interval, self.file) = (kinds, pattern, bins, interval, file)
  }

  /// Counts when the gradients are there. Throws ``CheckpointError/file(path:reason:)`` if the file cannot be written.
  public func on(_ event: TrainingEvent, _ training: Training) throws {
    let state = training.state
    if event == .backwardEnd, interval.map({ state.batch % $0 == 0 }) ?? (state.batch == 0) {
      for (name, parameter) in training.model.namedParameters() where pattern.matches(name) {
        for kind in kinds {
          guard let values = kind == .weights ? parameter.value : parameter.grad else { continue }
          let (counts, edges) = values.histogram(bins: bins)
          records.append(
            Record(
              epoch: state.epoch, batch: state.batch, parameter: name, kind: kind, counts: counts.array(),
              edges: edges.array()))
        }
      }
    } else if event == .epochEnd, let file {
      try Data(csv.utf8).write(complete: file)
    }
  }

  /// Comma-separated values with a header: a row for each interval of each record.
  public var csv: String {
    let rows = records.flatMap { record in
      record.counts.indices.map { bin in
        [
          "\(record.epoch)", "\(record.batch)", record.parameter, record.kind.rawValue, "\(record.edges[bin])",
          "\(record.edges[bin + 1])", "\(record.counts[bin])",
        ]
      }
    }
    return commaSeparated([["epoch", "batch", "parameter", "kind", "lower", "upper", "count"]] + rows)
  }

  /// The records.
  public func saved() -> StateDict {
    StateDict(metadata: (try? Checkpoint.text(of: records)).map { ["records": $0] } ?? [:])
  }
  /// The records.
  public func restore(_ saved: StateDict) throws {
    if let text = saved.metadata["records"] { records = try Checkpoint.value(like: records, text) }
  }
}
