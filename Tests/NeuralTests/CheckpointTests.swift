import Foundation
import Neural
import Testing

@Suite("Checkpoints", .serialized)
struct CheckpointTests {
  private static let optimizers: [(name: String, make: @Sendable (Module) -> Optimizer)] = [
    ("SGD", { SGD($0, learningRate: 0.1) }),
    (
      "momentum",
      { SGD($0, learningRate: 0.1, momentum: 0.9, dampening: 0.1, groups: [.init("*.bias", learningRate: 0.2)]) }
    ),
    ("Adam", { Adam($0, learningRate: 0.01, amsgrad: true) }), ("AdamW", { AdamW($0, learningRate: 0.01) }),
    ("Adadelta", { Adadelta($0) }),
    ("RMSprop", { RMSprop($0, learningRate: 0.01, momentum: 0.5, centered: true) }),
  ]

  /// All that a finished training leaves: weights, what the optimizer and the callbacks remember, the history.
  private struct Outcome: Equatable {
    var weights: [[UInt32]], optimizer: [String: [UInt64]], losses: [UInt64], epochs: [[String: Double]], best: Double?

    init(_ model: Module, _ optimizer: Optimizer, _ history: History, _ stopping: EarlyStopping) {
      weights = model.parameters.map { bits($0.value) }
      self.optimizer = optimizer.stateDict().tensors.mapValues {
        $0.cast(to: .float64).array(Double.self).map(\.bitPattern)
      }
      losses = history.batchLosses.map(\.bitPattern)
      epochs = history.epochs
      best = stopping.best
    }
  }

  /// A training of three epochs of seven batches; stopped after `steps` of them it is saved, and goes on in new objects.
  private static func outcome(
    stoppedAfter steps: Int?, hidden: @Sendable () -> any Layer = { Tanh() }, in folder: URL,
    _ optimizer: @Sendable (Module) -> Optimizer
  ) throws -> Outcome {
    let file = folder.appendingPathComponent("training.checkpoint")
    Random.seed(9)
    func run(_ resume: Checkpoint?, _ others: [any Callback]) throws -> Outcome {
      let (model, data) = FitTests.exclusiveOr(hidden: hidden())
      if resume != nil { for parameter in model.parameters { parameter.value = parameter.value * 0 } }
      let optimizer = optimizer(model), stopping = EarlyStopping(patience: 5, restoresBest: false)
      let history = try fit(
        model, optimizer, train: data, validation: data, epochs: 0..<3, schedule: .exponential(factor: 0.99),
        callbacks: [stopping] + others, checkpoint: file, resume: resume)
      return Outcome(model, optimizer, history, stopping)
    }
    guard let steps else { return try run(nil, []) }
    let stop = OnEvent(.batchEnd) { if $0.optimizer.stepCount == steps { $0.shouldStop = true } }
    _ = try run(nil, [stop])
    Random.seed(1)
    return try run(Checkpoint(contentsOf: file), [])
  }

  @Test("N steps are k steps, a file, and N − k steps, bitwise, for every optimizer and every place in an epoch")
  func resumed() throws {
    try withTemporaryFolder { folder in
      for (name, make) in CheckpointTests.optimizers {
        let whole = try CheckpointTests.outcome(stoppedAfter: nil, in: folder, make)
        #expect(whole.losses.count == 21 && whole.epochs.count == 3)
        for steps in [1, 7, 10, 14, 20] {
          let parts = try CheckpointTests.outcome(stoppedAfter: steps, in: folder, make)
          #expect(parts == whole, "\(name), \(steps) steps")
        }
      }
    }
  }

  // In a process of its own: the default generator is everybody's.
  @Test("dropout, too, goes on with the numbers that it would have drawn")
  func dropout() async {
    await #expect(processExitsWith: .success) {
      try withTemporaryFolder { folder in
        let make: @Sendable (Module) -> Optimizer = { SGD($0, learningRate: 0.1, momentum: 0.9) }
        func outcome(_ steps: Int?) throws -> Outcome {
          try CheckpointTests.outcome(stoppedAfter: steps, hidden: { Dropout(0.4) }, in: folder, make)
        }
        let whole = try outcome(nil)
        for steps in [3, 14] where try outcome(steps) != whole { fatalError("\(steps)") }
        guard try CheckpointTests.outcome(stoppedAfter: nil, in: folder, make) != whole else {
          fatalError("no dropout")
        }
      }
    }
  }

  @Test("a checkpoint after each epoch resumes there; a finished training has nothing left to do")
  func lastEpoch() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("a.checkpoint")
      let (model, data) = FitTests.exclusiveOr()
      let optimizer = Adam(model)
      let history = try fit(model, optimizer, train: data, epochs: 0..<2, checkpoint: file)
      let checkpoint = try Checkpoint(contentsOf: file)
      #expect(checkpoint.epoch == 2 && checkpoint.batch == 0 && checkpoint.history.batchLosses == history.batchLosses)
      let weights = model.parameters.map { bits($0.value) }
      let again = try fit(model, optimizer, train: data, epochs: 0..<2, resume: checkpoint)
      #expect(again.batchLosses == history.batchLosses && model.parameters.map { bits($0.value) } == weights)
      #expect(try fit(model, optimizer, train: data, epochs: 0..<3, resume: checkpoint).epochs.count == 3)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.checkpoint"])
    }
  }

  @Test("a checkpoint of another training is refused, and nothing changes")
  func refused() throws {
    let (model, data) = FitTests.exclusiveOr()
    let optimizer = SGD(model, learningRate: 0.1, momentum: 0.9)
    try fit(model, optimizer, train: data, epochs: 0..<1)
    let good = Checkpoint(model, optimizer, epoch: 1)
    func refusal(_ checkpoint: Checkpoint, _ train: DataLoader? = nil, epochs: Range<Int> = 0..<3) throws -> String {
      let before = model.parameters.map { bits($0.value) }, generator = Random.generator.seed
      let error = #expect(throws: CheckpointError.self) {
        try fit(model, optimizer, train: train ?? data, epochs: epochs, resume: checkpoint)
      }
      #expect(model.parameters.map { bits($0.value) } == before && optimizer.stepCount == 7)
      #expect(Random.generator.seed == generator)
      return error?.description ?? ""
    }
    var other = good
    other.optimizer = Adam(model).stateDict()
    other.generator = Philox(seed: 77)
    other.model.tensors = other.model.tensors.mapValues { $0 * 0 }
    #expect(try refusal(other) == "the checkpoint is of another training: its optimizer is Adam, this one is SGD")
    other = good
    other.optimizer.tensors["0.weight.velocity"] = nil
    other.optimizer.tensors["9.weight.velocity"] = Tensor([1])
    #expect(try refusal(other).contains("missing 0.weight.velocity; unexpected 9.weight.velocity"))
    other = good
    other.model.tensors["0.weight"] = Tensor([1])
    #expect(try refusal(other).contains("0.weight is [1], the model has [16, 2]"))
    #expect(try refusal(good, epochs: 2..<3).contains("it was taken in epoch 1, before the epochs 2..<3"))

    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("a")
      let (model, data) = FitTests.exclusiveOr()
      try fit(
        model, SGD(model, learningRate: 0.1, momentum: 0.9), train: data, epochs: 0..<1,
        callbacks: [OnEvent(.batchEnd) { if $0.state.batch == 2 { $0.shouldStop = true } }], checkpoint: file)
      let cut = try Checkpoint(contentsOf: file)
      let numbers = Batch(inputs: Tensor.zeros([200, 2]), targets: Tensor.zeros([200], dtype: .uint8))
      #expect(
        try refusal(cut, DataLoader(numbers, batchSize: 32, shuffle: true, seed: 2)).hasSuffix(
          "its training had 200 examples in batches of 32, shuffled with seed 1, "
            + "this one has 200 examples in batches of 32, shuffled with seed 2"))
      let error = #expect(throws: CheckpointError.self) {
        try fit(
          model, SGD(model, learningRate: 0.1, momentum: 0.9), train: data, epochs: 0..<1, metrics: [MeanLoss()],
          resume: cut)
      }
      #expect(error?.description.contains("it has 2 metrics, this training 1") == true)
    }
  }

  @Test("files that are not checkpoints are refused: cut off, other tensors, spoiled numbers")
  func malformed() throws {
    try withTemporaryFolder { folder in
      let (model, _) = FitTests.exclusiveOr()
      let file = folder.appendingPathComponent("a.checkpoint")
      func reason() -> String {
        do {
          _ = try Checkpoint(contentsOf: file)
          return "none"
        } catch { return "\(error)" }
      }
      #expect(reason() == "\(file.relativePath): cannot be read: no such file or folder")
      try model.stateDict().write(safetensors: file)
      #expect(reason() == "\(file.relativePath): not a checkpoint of a training")
      try Checkpoint(
        model, SGD(model, learningRate: 1), epoch: 3, batch: 4, generator: Philox(seed: .max, stream: .max - 1)
      )
      .write(to: file)
      let back = try Checkpoint(contentsOf: file)
      #expect(back.epoch == 3 && back.batch == 4 && back.generator == Philox(seed: .max, stream: .max - 1))
      let whole = try StateDict(safetensors: file)
      for (key, value) in [("epoch", "-1"), ("batch", "x"), ("generator", "{}"), ("metrics", ""), ("callbacks", "[1]")]
      {
        var spoiled = whole
        spoiled.metadata[key] = value
        try spoiled.write(safetensors: file)
        #expect(reason().hasPrefix("\(file.relativePath): no "), "\(key): \(reason())")
      }
      for name in ["history.epochs", "history.batchLosses"] {
        for tensor in [nil, Tensor([1]), Tensor.zeros([2, 2], dtype: .float64)] {
          var spoiled = whole
          spoiled.tensors[name] = tensor
          try spoiled.write(safetensors: file)
          #expect(reason() == "\(file.relativePath): no history")
        }
      }
      try whole.write(safetensors: file)
      let bytes = try Data(contentsOf: file)
      for count in stride(from: 0, to: bytes.count, by: 97) {
        try bytes.prefix(count).write(to: file)
        #expect(reason().hasPrefix(file.relativePath))
      }
    }
  }

  /// A test runner in the background ignores SIGINT, and the thread that a test runs in blocks it.
  private static func allowInterrupts() {
    signal(SIGINT, SIG_DFL)
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  @Test("a damaged file is refused, or holds a checkpoint that can be restored or refused")
  func damaged() throws {
    try withTemporaryFolder { folder in
      let (model, data) = FitTests.exclusiveOr()
      let file = folder.appendingPathComponent("a.checkpoint")
      let stop = OnEvent(.batchEnd) { if $0.optimizer.stepCount == 3 { $0.shouldStop = true } }
      try fit(
        model, Adam(model), train: data, epochs: 0..<1, callbacks: [stop, HistogramRecorder(bins: 2)], checkpoint: file)
      let whole = [UInt8](try Data(contentsOf: file))
      var generator = Philox(seed: 12), read = 0
      for mutation in 0..<1500 {
        var bytes = whole
        // Most of them in the header, which is about a third of the file.
        for _ in 0...Int.random(in: 0...2, using: &generator) {
          let place = Int.random(
            in: 0..<(Bool.random(using: &generator) ? bytes.count : bytes.count / 3), using: &generator)
          switch Int.random(in: 0...3, using: &generator) {
          case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
          case 1: bytes[place] = UInt8.random(in: 48...57, using: &generator)
          case 2: bytes.remove(at: place)
          default: bytes.insert(bytes[place], at: place)
          }
        }
        let damaged = folder.appendingPathComponent("\(mutation)")
        try Data(bytes).write(to: damaged)
        do {
          let checkpoint = try Checkpoint(contentsOf: damaged)
          read += 1
          try checkpoint.restore(model, Adam(model))
        } catch let error as CheckpointError {
          #expect(!error.description.contains("\n"))
        }
      }
      #expect(read > 50)
    }
  }

  // In a process of its own: SIGINT is the whole process's.
  @Test("Ctrl-C ends a training after its batch with a checkpoint, from which it goes on bitwise; a second one kills")
  func interrupted() async {
    await #expect(processExitsWith: .success) {
      CheckpointTests.allowInterrupts()
      try withTemporaryFolder { folder in
        let file = folder.appendingPathComponent("a.checkpoint")
        func train(_ callbacks: [any Callback], _ resume: Checkpoint? = nil) throws -> [[UInt32]] {
          let (model, data) = FitTests.exclusiveOr()
          try fit(
            model, SGD(model, learningRate: 0.1, momentum: 0.9), train: data, epochs: 0..<3, callbacks: callbacks,
            checkpoint: file, resume: resume)
          return model.parameters.map { bits($0.value) }
        }
        let whole = try train([])
        for batch in [2, 7] {
          let interrupt = OnEvent(.backwardEnd) { training in
            if training.state.epoch == 1, training.state.batch == batch - 1 { raise(SIGINT) }
          }
          do {
            _ = try train([interrupt])
            fatalError("not interrupted")
          } catch let error as TrainingInterrupted {
            guard error.state.epoch == 1, error.state.batch == batch, error.checkpoint == file else {
              fatalError("\(error)")
            }
            let place = "interrupted in epoch 2 after \(batch) of 7 batches; saved in \(file.relativePath)"
            guard error.description.hasPrefix(place) else { fatalError("\(error)") }
          }
          guard try train([], Checkpoint(contentsOf: file)) == whole else { fatalError("another end after \(batch)") }
        }
      }
    }
    await #expect(processExitsWith: .signal(SIGINT)) {
      CheckpointTests.allowInterrupts()
      try withTemporaryFolder { folder in
        let (model, data) = FitTests.exclusiveOr()
        try fit(
          model, SGD(model, learningRate: 0.1), train: data, epochs: 0..<1,
          callbacks: [
            OnEvent(.backwardEnd) { _ in
              raise(SIGINT)
              raise(SIGINT)
            }
          ], checkpoint: folder.appendingPathComponent("a"))
      }
    }
    // Without a checkpoint, or after the training, Ctrl-C is what it was.
    await #expect(processExitsWith: .signal(SIGINT)) {
      CheckpointTests.allowInterrupts()
      try withTemporaryFolder { folder in
        let (model, data) = FitTests.exclusiveOr()
        try fit(
          model, SGD(model, learningRate: 0.1), train: data, epochs: 0..<1,
          checkpoint: folder.appendingPathComponent("a"))
      }
      raise(SIGINT)
    }
  }
}
