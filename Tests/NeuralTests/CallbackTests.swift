import Foundation
import Neural
import Synchronization
import Testing

@Suite("Callbacks")
struct CallbackTests {
  /// A model whose only weight a callback moves from outside, so that the metrics are given.
  private final class Scripted: Module, Layer {
    let weight = Parameter(Tensor([0]))
    func forward(_ x: Tensor) -> Tensor { weight.value * x }
  }

  /// Runs as many epochs as there are values; the validation loss of each is its value.
  private func run(_ values: [Double], _ callbacks: [any Callback]) throws -> (Scripted, History) {
    let model = Scripted()
    let data = DataLoader(Batch(inputs: Tensor.ones([2, 1]), targets: Tensor.ones([2, 1])), batchSize: 1)
    let script = OnEvent(.batchEnd) { training in
      model.weight.value = Tensor([Float(values[training.state.epoch])])
    }
    let history = try fit(
      model, SGD(model, learningRate: 0), train: data, validation: data, epochs: 0..<values.count,
      loss: { outputs, _ in outputs.mean() }, metrics: [MeanLoss()], callbacks: [script] + callbacks)
    return (model, history)
  }

  @Test("early stopping ends after `patience` epochs without a better value, with the weights of the best")
  func earlyStopping() throws {
    let stopping = EarlyStopping(patience: 2)
    let (model, history) = try run([5, 3, 4, 2, 2, 9, 1], [stopping])
    #expect(history["validation loss"] == [5, 3, 4, 2, 2, 9])
    #expect(model.weight.value.scalar == 2 && stopping.best == 2 && stopping.bestEpoch == 3)

    let keeping = EarlyStopping(patience: 2, restoresBest: false)
    #expect(try run([5, 3, 4, 2, 2, 9, 1], [keeping]).0.weight.value.scalar == 9)
    // Not stopped, and yet the best.
    #expect(try run([5, 3, 4], [EarlyStopping("validation loss", .minimum)]).0.weight.value.scalar == 3)
    #expect(try run([5, 3, 4], [EarlyStopping("validation loss", .maximum)]).0.weight.value.scalar == 5)
    // 4.8 is less than a tenth better than 5; NaN never is better.
    let (_, coarse) = try run([5, 4.8, .nan, 1], [EarlyStopping(patience: 2, threshold: 0.1)])
    #expect(coarse.epochs.count == 3)
  }

  @Test("a plateau lowers the learning rate")
  func plateau() throws {
    let rates = Mutex<[Double]>([])
    let model = Linear(1, 2)
    let data = DataLoader(Batch(inputs: Tensor.ones([1, 1]), targets: Tensor([0] as [UInt8])), batchSize: 1)
    try fit(
      model, SGD(model, learningRate: 1), train: data, epochs: 0..<4, loss: { outputs, _ in (outputs * 0).sum() },
      callbacks: [
        PlateauReduction(ReduceOnPlateau(factor: 0.5, patience: 0), "loss"),
        OnEvent(.epochEnd) { training in rates.withLock { $0.append(training.optimizer.learningRate) } },
      ])
    #expect(rates.withLock { $0 } == [1, 0.5, 0.25, 0.125])
  }

  @Test("the CSV file has a whole row for each epoch; the best weights are the best epoch's")
  func files() throws {
    try withTemporaryFolder { folder in
      let csv = folder.appendingPathComponent("history.csv"), best = folder.appendingPathComponent("best.safetensors")
      _ = try run([5, 2.5, 4], [CSVLogger(to: csv), BestWeights(to: best)])
      #expect(
        try String(contentsOf: csv, encoding: .utf8)
          == "epoch,loss,validation loss\n1,2.5,5.0\n2,3.75,2.5\n3,3.25,4.0\n")
      let saved = try StateDict(safetensors: best)
      #expect(try #require(saved.tensors["weight"]).scalar == 2.5)
      #expect(saved.metadata == ["epoch": "2", "validation loss": "2.5"])
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 2)

      let nowhere = folder.appendingPathComponent("none/history.csv")
      #expect(
        throws: CheckpointError.file(path: nowhere.relativePath, reason: "cannot be written: no such file or folder")
      ) {
        try run([1], [CSVLogger(to: nowhere)])
      }
    }
  }

  @Test("histograms count every weight and gradient of the batches that were asked for")
  func histograms() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("histograms.csv")
      let (model, data) = FitTests.exclusiveOr()
      let initial = model.parameters[0].value.detached()
      let recorder = HistogramRecorder("*.weight", bins: 4, every: 3, to: file)
      try fit(model, SGD(model, learningRate: 0.1), train: data, epochs: 0..<2, callbacks: [recorder])
      #expect(recorder.records.count == 2 * 3 * 2 * 2)
      #expect(recorder.records.map(\.batch).prefix(12) == [0, 0, 0, 0, 3, 3, 3, 3, 6, 6, 6, 6])
      let first = recorder.records[0]
      #expect(first.kind == .weights && first.parameter == "0.weight" && first.counts.reduce(0, +) == 32)
      let (counts, edges) = initial.histogram(bins: 4)
      #expect(first.counts == counts.array() && first.edges == edges.array())
      #expect(recorder.records[1].kind == .gradients && recorder.records[1].edges != first.edges)
      let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
      #expect(lines.count == 1 + 24 * 4)
      #expect(lines[1] == "0,0,0.weight,weights,\(first.edges[0]),\(first.edges[1]),\(first.counts[0])")
      let once = HistogramRecorder(of: [.gradients])
      try fit(model, SGD(model, learningRate: 0.1), train: data, epochs: 0..<2, callbacks: [once])
      #expect(once.records.count == 2 * 4)
    }
  }

  @Test("another task reads the metrics of a running training, and stops it")
  func monitor() async throws {
    let monitor = TrainingMonitor()
    #expect(monitor.state == nil)
    let training = Task.detached {
      let (model, data) = FitTests.exclusiveOr()
      return try fit(
        model, SGD(model, learningRate: 0.01), train: data, epochs: 0..<1_000_000, callbacks: [monitor]
      ).batchLosses.count
    }
    var seen: [TrainingState] = []
    while seen.count < 20 {
      if let state = monitor.state, state.batch > 0 { seen.append(state) }
      try await Task.sleep(for: .milliseconds(1))
    }
    monitor.stop()
    let steps = try await training.value
    let last = try #require(monitor.state)
    #expect(steps == last.epoch * 7 + last.batch && steps < 7_000_000)
    for state in seen {
      #expect(state.metrics.map(\.name) == ["loss", "accuracy"] || state.metrics.isEmpty)
      #expect(state.examples == min(200, state.batch * 32))
    }
  }
}

extension Mistake {
  static let callbacks: [Mistake] = [
    .init(
      "metric: no \"validation loss\" among loss, accuracy",
      {
        let (model, data) = FitTests.exclusiveOr()
        try? fit(model, SGD(model, learningRate: 0), train: data, epochs: 0..<1, callbacks: [EarlyStopping()])
      }
    ),
    .init("sweep: no \"rat\" among [\"rate\"]", { sweep(over: ["rate": [1]]) { ["x": $0["rat"]] } }),
    .init(
      "split: targets float32 [2]: classes are integers [batch]",
      { _ = Batch(inputs: Tensor.ones([2]), targets: Tensor.ones([2])).split(0.5, seed: 0, stratified: true) }
    ),
  ]
}
