/// The metrics of every epoch of a training.
public struct History: Sendable, Codable {
  /// The number of the first epoch.
  public internal(set) var firstEpoch = 0
  /// The names of the metrics, in their order: `loss`, `accuracy`, `validation loss`, …
  public internal(set) var names: [String] = []
  /// For each epoch the metrics by name.
  public internal(set) var epochs: [[String: Double]] = []
  /// The mean loss of each training batch, in order.
  public internal(set) var batchLosses: [Double] = []

  /// Nothing yet.
  public init(firstEpoch: Int = 0) { self.firstEpoch = firstEpoch }

  /// A metric epoch by epoch, NaN where it was not measured: to plot it.
  public subscript(name: String) -> [Double] { epochs.map { $0[name] ?? .nan } }

  mutating func append(_ metrics: [(name: String, value: Double)]) {
    for metric in metrics where !names.contains(metric.name) { names.append(metric.name) }
    epochs.append(Dictionary(metrics, uniquingKeysWith: { first, _ in first }))
  }

  /// Comma-separated values with a header: `epoch`, from 1, and the metrics, empty where not measured.
  public var csv: String {
    let rows = epochs.enumerated().map { number, metrics in
      ["\(firstEpoch + number + 1)"] + names.map { metrics[$0].map { "\($0)" } ?? "" }
    }
    return commaSeparated([["epoch"] + names] + rows)
  }
}

extension History {
  /// As tensors, in which every number is exact.
  var stateDict: StateDict {
    StateDict(
      [
        "batchLosses": Tensor(batchLosses),
        "epochs": Tensor(epochs.flatMap { row in names.map { row[$0] ?? .nan } }, shape: [epochs.count, names.count]),
      ], metadata: ["names": names.joined(separator: "\n"), "firstEpoch": "\(firstEpoch)"])
  }

  /// nil unless the tensors are those of a history.
  init?(_ state: StateDict) {
    guard let losses = state.tensors["batchLosses"], let table = state.tensors["epochs"], losses.dtype == .float64,
      table.dtype == .float64, losses.rank == 1, table.rank == 2, let text = state.metadata["names"],
      let first = state.metadata["firstEpoch"].flatMap(Int.init), first >= 0
    else { return nil }
    firstEpoch = first
    names = text.isEmpty ? [] : text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard names.count == table.shape[1], Set(names).count == names.count else { return nil }
    let values = table.array(Double.self)
    epochs = (0..<table.shape[0]).map { row in
      Dictionary(uniqueKeysWithValues: zip(names, values[(row * names.count)...]))
    }
    batchLosses = losses.array()
  }
}
