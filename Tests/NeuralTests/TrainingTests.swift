import Foundation
import Neural
import NeuralModels
import Synchronization
import Testing

@Suite("Data loader")
struct DataLoaderTests {
  private let data = Batch(inputs: Tensor.arange(23).reshaped([23, 1]), targets: Tensor.arange(23, dtype: .int32))

  private func order(_ batches: some Sequence<Batch>) -> [[Int32]] { batches.map { $0.targets.array() } }

  @Test("an epoch holds every example once, in batches with a smaller last one")
  func complete() {
    let loader = DataLoader(data, batchSize: 5, shuffle: true, seed: 3)
    let batches = order(loader.epoch(0))
    #expect(batches.map(\.count) == [5, 5, 5, 5, 3] && loader.batchesPerEpoch == 5)
    #expect(batches.flatMap { $0 }.sorted() == Array(0..<23))
    #expect(order(DataLoader(data, batchSize: 5, dropLast: true).epoch(0)).map(\.count) == [5, 5, 5, 5])
    #expect(order(DataLoader(data, batchSize: 50).epoch(0)) == [Array(0..<23)])
    for batch in loader.epoch(1) {
      #expect(batch.inputs.flattened().cast(to: .int32).array(Int32.self) == batch.targets.array(Int32.self))
    }
  }

  @Test("the order is a function of seed and epoch, and can be entered in the middle")
  func seeds() {
    let loader = DataLoader(data, batchSize: 5, shuffle: true, seed: 3)
    #expect(order(loader.epoch(4)) == order(DataLoader(data, batchSize: 5, shuffle: true, seed: 3).epoch(4)))
    #expect(order(loader.epoch(4)) != order(loader.epoch(5)))
    #expect(order(loader.epoch(4)) != order(DataLoader(data, batchSize: 5, shuffle: true, seed: 4).epoch(4)))
    #expect(order(loader.epoch(4, startingAt: 2)) == Array(order(loader.epoch(4))[2...]))
    #expect(order(loader.epoch(4, startingAt: 9)).isEmpty)
  }

  @Test("prefetching changes nothing, random transforms included, and its thread ends with the iterator")
  func prefetch() async throws {
    let made = Mutex(0)
    let transform: DataLoader.Transform = { batch, generator in
      made.withLock { $0 += 1 }
      return Batch(inputs: batch.inputs + Tensor.uniform([1], using: &generator), targets: batch.targets)
    }
    func inputs(_ prefetch: Int) -> [[Float]] {
      DataLoader(data, batchSize: 4, shuffle: true, seed: 1, prefetch: prefetch, transform: transform).epoch(2)
        .map { $0.inputs.array() }
    }
    let plain = inputs(0)
    #expect(inputs(1) == plain && inputs(3) == plain)

    // What the thread holds, it gives back when it ends.
    final class Held: Sendable {}
    weak var held: Held?
    made.withLock { $0 = 0 }
    do {
      let new = Held()
      held = new
      let holding: DataLoader.Transform = { batch, generator in
        withExtendedLifetime(new) { transform(batch, &generator) }
      }
      var iterator = DataLoader(data, batchSize: 1, prefetch: 2, transform: holding).epoch(0).makeIterator()
      _ = iterator.next()
    }
    for _ in 0..<3000 where held != nil { try await Task.sleep(for: .milliseconds(10)) }
    #expect(held == nil && made.withLock { $0 } <= 5)
  }
}

@Suite("Metrics and progress")
struct MetricTests {
  @Test("means are over examples, not over batches")
  func weighting() {
    var loss = MeanLoss(), accuracy = Accuracy(), matrix = ConfusionMatrix(classes: 2)
    #expect(loss.value.isNaN && accuracy.value.isNaN)
    let outputs = [Tensor([[1, 0], [0, 1], [5, 2]]), Tensor([[0, 1]])]
    let labels = [Tensor([0, 1, 1] as [UInt8]), Tensor([1] as [UInt8])]
    for (batch, value) in zip(outputs.indices, [1.0, 5.0]) {
      loss.update(outputs: outputs[batch], targets: labels[batch], loss: value)
      accuracy.update(outputs: outputs[batch], targets: labels[batch], loss: value)
      matrix.update(outputs: outputs[batch], targets: labels[batch], loss: value)
    }
    #expect(loss.value == 2 && accuracy.value == 0.75 && matrix.counts == [[1, 0], [1, 2]] && matrix.value == 0.75)
    #expect(
      matrix.description == """
        label    0    1   recall
            0    1    .   1.0000
            1    1    2   0.6667
        """)
    loss.reset()
    #expect(loss.value.isNaN)
  }

  @Test("top-k accuracy looks at the k largest outputs")
  func topK() {
    let outputs = Tensor([[4, 3, 2, 1], [1, 2, 3, 4], [1, 1, 1, 1]]), labels = Tensor([2, 3, 1] as [Int32])
    for (top, value) in [(1, 1.0 / 3), (2, 2.0 / 3), (3, 1), (9, 1)] {
      var accuracy = Accuracy(top: top)
      accuracy.update(outputs: outputs, targets: labels, loss: 0)
      #expect(accuracy.value == value && accuracy.name == (top == 1 ? "accuracy" : "top-\(top) accuracy"))
    }
  }

  @Test("precision, recall and F1 by class; a class that never occurs does not count")
  func scores() {
    // scikit-learn's precision_recall_fscore_support of the same eight examples.
    var matrix = ConfusionMatrix(classes: 5)
    let (labels, predictions) = ([0, 0, 0, 1, 1, 2, 2, 2], [0, 0, 1, 1, 2, 2, 4, 0])
    matrix.update(
      outputs: Tensor.oneHot(Tensor(predictions.map(Int32.init)), classes: 5), targets: Tensor(labels.map(UInt8.init)),
      loss: 0)
    func same(_ a: [Double], _ b: [Double]) -> Bool {
      zip(a, b).allSatisfy { $0 == $1 || abs($0 - $1) < 1e-15 || $0.isNaN && $1.isNaN }
    }
    #expect(same(matrix.scores(.precision), [2 / 3.0, 0.5, 0.5, .nan, 0]))
    #expect(same(matrix.scores(.recall), [2 / 3.0, 0.5, 1 / 3.0, .nan, 0]))
    #expect(same(matrix.scores(.f1), [2 / 3.0, 0.5, 0.4, .nan, 0]))
    #expect(abs(matrix.mean(.f1) - (2 / 3.0 + 0.9) / 4) < 1e-15)
    #expect(
      matrix.report == """
        class  precision  recall      F1  examples
            0     0.6667  0.6667  0.6667         3
            1     0.5000  0.5000  0.5000         2
            2     0.5000  0.3333  0.4000         3
            3        nan     nan     nan         0
            4     0.0000  0.0000  0.0000         0
         mean     0.4167  0.3750  0.3917         8
        """)
    var score = ClassScore(.recall, classes: 5)
    #expect(score.value.isNaN && score.name == "recall")
    score.update(
      outputs: Tensor.oneHot(Tensor(predictions.map(Int32.init)), classes: 5), targets: Tensor(labels.map(UInt8.init)),
      loss: 0)
    #expect(abs(score.value - 0.375) < 1e-15)
  }

  /// Runs three batches of an epoch, a second each, past a progress bar; or the last of them, resumed.
  private func drawn(isTerminal: Bool, resumed: Bool = false) throws -> String {
    let text = Mutex(""), time = Mutex(0.0)
    let bar = ProgressBar(
      isTerminal: isTerminal, write: { line in text.withLock { $0 += line } },
      now: {
        time.withLock {
          $0 += 1; return $0
        }
      })
    let data = Batch(inputs: Tensor.zeros([10, 1]), targets: Tensor.zeros([10], dtype: .int32))
    let model = Linear(1, 2, initializer: .zeros), optimizer = SGD(model, learningRate: 0)
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("a"), train = DataLoader(data, batchSize: 4)
      if resumed {
        let stop = OnEvent(.batchEnd) { if $0.state.batch == 2 { $0.shouldStop = true } }
        try fit(model, optimizer, train: train, epochs: 1..<2, callbacks: [stop], checkpoint: file)
      }
      try fit(
        model, optimizer, train: train, epochs: 1..<2, callbacks: [bar],
        resume: resumed ? Checkpoint(contentsOf: file) : nil)
    }
    return text.withLock { $0 }
  }

  @Test("a pipe gets one line for each epoch")
  func pipe() throws {
    #expect(try drawn(isTerminal: false) == "epoch 2/2 3/3  loss 0.6931  accuracy 1.0000  3 images/s  0:03\n")
  }

  @Test("a resumed epoch shows the metrics of all of it, and the speed of what it does")
  func resumedBar() throws {
    #expect(
      try drawn(isTerminal: false, resumed: true) == "epoch 2/2 3/3  loss 0.6931  accuracy 1.0000  2 images/s  0:01\n")
  }

  @Test("a terminal gets one line that is redrawn")
  func terminal() throws {
    #expect(
      try drawn(isTerminal: true)
        == "\repoch 2/2 ━━━━━━────────────── 1/3  loss 0.6931  accuracy 1.0000  4 images/s  0:02 left\u{1B}[K"
        + "\repoch 2/2 ━━━━━━━━━━━━━─────── 2/3  loss 0.6931  accuracy 1.0000  4 images/s  0:01 left\u{1B}[K"
        + "\repoch 2/2 ━━━━━━━━━━━━━━━━━━━━ 3/3  loss 0.6931  accuracy 1.0000  3 images/s  0:03\u{1B}[K\n")
  }
}

@Suite("Training", .serialized)
struct FitTests {
  private func problem() -> (Sequential, DataLoader) { Self.exclusiveOr() }

  /// A network, and 200 points whose labels are whether their coordinates have the same sign: 7 batches.
  static func exclusiveOr(hidden: any Layer = Tanh()) -> (Sequential, DataLoader) {
    var generator = Philox(seed: 5)
    let x = Tensor.normal([200, 2], using: &generator)
    let labels = (x.narrowed(axis: 1, 0..<1) * x.narrowed(axis: 1, 1..<2) .> Tensor.zeros([1])).cast(to: .uint8)
    let model = Sequential {
      Linear(2, 16)
      hidden
      Linear(16, 2)
    }
    for parameter in model.parameters {
      parameter.value = Tensor.uniform(parameter.shape, in: -0.7..<0.7, using: &generator)
    }
    return (model, DataLoader(Batch(inputs: x, targets: labels.flattened()), batchSize: 32, shuffle: true, seed: 1))
  }

  @Test("a network learns the exclusive or, and evaluate agrees with the last epoch")
  func learns() throws {
    let (model, data) = problem()
    let history = try fit(
      model, SGD(model, learningRate: 0.3, momentum: 0.9), train: data, validation: data, epochs: 0..<150)
    #expect(history.epochs.count == 150 && history.batchLosses.count == 150 * 7)
    let last = try #require(history.epochs.last)
    #expect(try #require(last["accuracy"]) > 0.95)
    let metrics = evaluate(model, on: data)
    #expect(metrics.map(\.name) == ["loss", "accuracy"])
    #expect(metrics[1].value == last["validation accuracy"] && metrics[0].value == last["validation loss"])
  }

  private final class Recorder: Callback {
    var events: [TrainingEvent] = []
    let stopAfter: Int
    init(stopAfter: Int) { self.stopAfter = stopAfter }
    func on(_ event: TrainingEvent, _ training: Training) {
      events.append(event)
      if events.filter({ $0 == .batchEnd }).count == stopAfter { training.shouldStop = true }
    }
  }

  @Test("events come in order, and a callback can stop the training")
  func events() throws {
    let (model, data) = problem()
    let recorder = Recorder(stopAfter: 9)
    try fit(model, SGD(model, learningRate: 0.1), train: data, epochs: 0..<5, callbacks: [recorder])
    func batches(_ count: Int) -> [TrainingEvent] { (0..<count).flatMap { _ in [.backwardEnd, .batchEnd] } }
    #expect(
      recorder.events
        == [.fitStart, .epochStart] + batches(7) + [.epochEnd, .epochStart] + batches(2) + [.epochEnd, .fitEnd])
  }

  private final class Stopper: Callback {
    var events: [TrainingEvent] = []
    let event: TrainingEvent
    init(at event: TrainingEvent) { self.event = event }
    func on(_ event: TrainingEvent, _ training: Training) {
      events.append(event)
      if event == self.event { training.shouldStop = true }
    }
  }

  @Test("a training stopped before its first batch trains nothing")
  func stoppedEarly() throws {
    for (event, expected) in [
      (TrainingEvent.fitStart, [TrainingEvent.fitStart, .fitEnd]),
      (.epochStart, [.fitStart, .epochStart, .epochEnd, .fitEnd]),
    ] {
      let (model, data) = problem()
      let stopper = Stopper(at: event), optimizer = SGD(model, learningRate: 0.1)
      let history = try fit(model, optimizer, train: data, validation: data, epochs: 0..<3, callbacks: [stopper])
      #expect(stopper.events == expected && history.batchLosses.isEmpty && optimizer.stepCount == 0)
    }
  }

  private struct Refusal: Error {}

  @Test("an error of a callback comes out of fit")
  func refused() throws {
    let (model, data) = problem()
    let optimizer = SGD(model, learningRate: 0.1)
    let refuser = OnEvent(.epochEnd) { _ in throw Refusal() }
    #expect(throws: Refusal.self) { try fit(model, optimizer, train: data, epochs: 0..<3, callbacks: [refuser]) }
    #expect(optimizer.stepCount == 7)
  }

  @Test("the schedule sets the rate of every step, by the step's place in all epochs")
  func schedule() throws {
    let (model, data) = problem()
    let optimizer = SGD(model, learningRate: 1)
    var rates: [Double] = []
    for epochs in [0..<1, 1..<3] {
      try fit(
        model, optimizer, train: data, epochs: epochs, schedule: .multiStep(at: [9, 16], factor: 0.5),
        callbacks: [OnEvent(.backwardEnd) { rates.append($0.optimizer.learningRate) }])
    }
    #expect(rates == (0..<21).map { $0 < 9 ? 1 : $0 < 16 ? 0.5 : 0.25 })
  }

  @Test("a penalty changes the gradients as weight decay does, and not the losses that are shown")
  func penalty() throws {
    var found: [[Tensor]] = []
    for decays in [true, false] {
      let (model, data) = problem()
      let optimizer = SGD(model, learningRate: 0.1, weightDecay: decays ? 0.2 : 0)
      let history = try fit(
        model, optimizer, train: data, epochs: 0..<2, penalty: decays ? nil : { 0.1 * l2Penalty($0) })
      let (untrained, _) = problem()
      let first = try #require(data.epoch(0).first { _ in true })
      #expect(history.batchLosses[0] == crossEntropy(logits: untrained(first.inputs), labels: first.targets).scalar)
      found.append(model.parameters.map { $0.value.detached() })
    }
    for (a, b) in zip(found[0], found[1]) { #expect(difference(a, b, relative: 1e-5) == nil) }
    let (model, data) = problem()
    try fit(model, SGD(model, learningRate: 0.1), train: data, epochs: 0..<2)
    #expect(difference(model.parameters[0].value, found[0][0], relative: 1e-3) != nil)
  }

  @Test("predictions are in the order of the data, in evaluation mode, whatever the loader does")
  func predictions() {
    let (model, _) = FitTests.exclusiveOr(hidden: Dropout(0.9))
    let data = Batch(inputs: Tensor.arange(46).reshaped([23, 2]) / 46, targets: Tensor.zeros([23]))
    let outputs = predict(model, on: DataLoader(data, batchSize: 5, shuffle: true, seed: 1, dropLast: false))
    #expect(outputs.shape == [23, 2] && model.isTraining && !outputs.requiresGrad)
    let problem = model.evaluating { difference(outputs, model(data.inputs), relative: 1e-6) }
    #expect(problem == nil, "\(problem ?? "")")
  }

  @Test("epochs 0..<4 are epochs 0..<2 and then 2..<4, bitwise")
  func continued() throws {
    var found: [[[UInt32]]] = []
    for parts in [[0..<4], [0..<2, 2..<4]] {
      let (model, data) = problem()
      let optimizer = SGD(model, learningRate: 0.1, momentum: 0.9)
      for epochs in parts { try fit(model, optimizer, train: data, epochs: epochs) }
      found.append(model.parameters.map { bits($0.value) })
    }
    #expect(found[0] == found[1])
  }

  /// Weights of LeNet after a few steps on random images.
  @discardableResult
  private static func trained(steps: Int, threads: Int, each: (Int) -> Void = { _ in }) -> [[UInt32]] {
    let before = Runtime.threadCount
    defer { Runtime.threadCount = before }
    Runtime.threadCount = threads
    let model = LeNet()
    model.fill(seed: 1)
    let optimizer = SGD(model, learningRate: 0.01, momentum: 0.9)
    var generator = Philox(seed: 2)
    let images = Tensor.uniform([100, 1, 28, 28], using: &generator)
    let labels = Tensor((0..<100).map { UInt8($0 % 10) })
    for step in 0..<steps {
      optimizer.zeroGrad()
      crossEntropy(logits: model(images), labels: labels).backward()
      optimizer.step()
      each(step)
    }
    return model.parameters.map { bits($0.value) }
  }

  @Test("1, 2, 3 and 5 threads give bitwise the same weights")
  func threads() {
    let one = FitTests.trained(steps: 4, threads: 1)
    for count in [2, 3, 5] { #expect(FitTests.trained(steps: 4, threads: count) == one, "\(count) threads") }
  }

  @Test("networks that several tasks train at once get the weights that they get alone")
  func concurrent() async {
    let alone = FitTests.trained(steps: 2, threads: Runtime.threadCount)
    let found = await withTaskGroup(of: [[UInt32]].self) { group in
      for _ in 0..<4 { group.addTask { FitTests.trained(steps: 2, threads: Runtime.threadCount) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(found.allSatisfy { $0 == alone })
  }

  // In processes of their own: the counts are the whole process's.

  /// False under the address sanitizer, which gets every block back at once.
  static var keepsMemory: Bool {
    _ = Tensor.zeros([1000])
    return Runtime.memory.bytesKept > 0
  }

  @Test("after the first two steps a training takes no more memory from the system", .enabled(if: keepsMemory))
  func steadyMemory() async {
    await #expect(processExitsWith: .success) {
      var requests: [Int] = []
      FitTests.trained(steps: 20, threads: 2) { _ in requests.append(Runtime.memory.systemRequests) }
      guard requests[1] == requests[19] else { fatalError("\(requests)") }
    }
  }

  @Test("tapes, walked or not, and models give all their memory back")
  func leaks() async {
    await #expect(processExitsWith: .success) {
      for walked in [true, false, true] {
        do {
          let x = Tensor([1]).requiringGrad()
          var y = x
          for _ in 0..<100_000 { y = y * 1.0001 }
          if walked { y.sum().backward() }
        }
        FitTests.trained(steps: 2, threads: 1)
        guard Runtime.memory.bytesInUse == 0 else { fatalError("\(Runtime.memory)") }
      }
    }
  }
}
