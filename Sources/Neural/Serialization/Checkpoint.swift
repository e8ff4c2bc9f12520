import Foundation

/// A training between two batches, with all that it needs to go on bitwise as if it had never stopped: the model, the
/// optimizer, the place in the data, the random generator, and what metrics and callbacks remember.
///
/// `fit(…, checkpoint: file)` writes one and `fit(…, resume: checkpoint)` goes on from it. A loop of your own saves
///
/// ```swift
/// try Checkpoint(model, optimizer, epoch: epoch, batch: batch).write(to: file)
/// ```
///
/// and continues with
///
/// ```swift
/// let checkpoint = try Checkpoint(contentsOf: file)
/// try checkpoint.restore(model, optimizer)
/// for batch in loader.epoch(checkpoint.epoch, startingAt: checkpoint.batch) { step(batch) }
/// ```
///
/// The file is a safetensors file: the weights are in it as `model.conv1.weight`.
public struct Checkpoint: Sendable {
  /// The weights and buffers; and what the optimizer remembers.
  public var model: StateDict, optimizer: StateDict
  /// Where the training goes on: epochs that are done, and batches that are done in the next.
  public var epoch: Int, batch: Int
  /// The default generator, which dropout draws from.
  public var generator: Philox
  /// What has been measured.
  public var history = History()

  /// ``DataLoader/identity``; nil if it does not matter.
  var data: String?
  /// Of the epoch that was interrupted: its metrics as JSON, and how many examples they have seen.
  var metrics: [String] = [], examples = 0
  /// By the callbacks' names.
  var callbacks: [String: StateDict] = [:]

  /// The state of a training after `batch` batches of an epoch.
  public init(_ model: Module, _ optimizer: Optimizer, epoch: Int, batch: Int = 0, generator: Philox = Random.generator)
  {
    (self.model, self.optimizer) = (model.stateDict(), optimizer.stateDict())
    (self.epoch, self.batch, self.generator) = (epoch, batch, generator)
  }

  /// Sets the model, the optimizer and the default generator to what they were. Nothing is changed if an error is thrown.
  public func restore(_ model: Module, _ optimizer: Optimizer) throws(CheckpointError) {
    let before = model.stateDict()
    try model.load(self.model)
    do {
      try optimizer.load(self.optimizer)
    } catch {
      try model.load(before)
      throw error
    }
    Random.generator = generator
  }
}

// MARK: - Files

extension Checkpoint {
  private static let format = "neural checkpoint 1"

  /// Writes the file as a whole: what was there before stays until the new one is complete.
  public func write(to url: URL) throws(CheckpointError) {
    var all = StateDict(metadata: ["format": Checkpoint.format])
    func text<Value: Encodable>(_ value: Value) throws(CheckpointError) -> String {
      do { return try Checkpoint.text(of: value) } catch {
        throw .file(path: url.relativePath, reason: "cannot be written: \(error)")
      }
    }
    all.metadata["epoch"] = "\(epoch)"
    all.metadata["batch"] = "\(batch)"
    all.metadata["examples"] = "\(examples)"
    all.metadata["generator"] = try text(generator)
    all.metadata["metrics"] = try text(metrics)
    all.metadata["callbacks"] = try text(callbacks.keys.sorted())
    all.metadata["data"] = data
    all.insert(model, under: "model.")
    all.insert(optimizer, under: "optimizer.")
    all.insert(history.stateDict, under: "history.")
    for (name, state) in callbacks { all.insert(state, under: "callback.\(name).") }
    try all.write(safetensors: url)
  }

  /// Reads what ``write(to:)`` has written.
  ///
  /// - Throws: ``CheckpointError/file(path:reason:)`` or ``CheckpointError/malformed(path:reason:)``.
  public init(contentsOf url: URL) throws(CheckpointError) {
    let all = try StateDict(safetensors: url)
    func malformed(_ reason: String) -> CheckpointError { .malformed(path: url.relativePath, reason: reason) }
    guard all.metadata["format"] == Checkpoint.format else {
      throw malformed("not a checkpoint of a training")
    }
    func count(_ name: String) throws(CheckpointError) -> Int {
      guard let count = all.metadata[name].flatMap(Int.init), count >= 0 else {
        throw malformed("no number of \(name)")
      }
      return count
    }
    func value<Value: Decodable>(_ name: String, _ type: Value.Type) throws(CheckpointError) -> Value {
      do { return try Checkpoint.value(type, all.metadata[name] ?? "") } catch { throw malformed("no \(name)") }
    }
    (epoch, batch, examples) = (try count("epoch"), try count("batch"), try count("examples"))
    generator = try value("generator", Philox.self)
    metrics = try value("metrics", [String].self)
    data = all.metadata["data"]
    (model, optimizer) = (all.extracted("model."), all.extracted("optimizer."))
    guard let history = History(all.extracted("history.")) else { throw malformed("no history") }
    self.history = history
    let names = try value("callbacks", [String].self)
    callbacks = Dictionary(
      names.map { ($0, all.extracted("callback.\($0).")) }, uniquingKeysWith: { first, _ in first })
  }

  // JSON in which infinities and NaN, too, come back as they were.
  static func text(of value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  static func value<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try decoder.decode(type, from: Data(text.utf8))
  }

  /// A value of the same type as another.
  static func value<Value: Decodable>(like other: Value, _ text: String) throws(CheckpointError) -> Value {
    do { return try value(Value.self, text) } catch {
      throw .incompatible(reason: "its metrics are others than \(Value.self)")
    }
  }
}

extension StateDict {
  mutating func insert(_ other: StateDict, under prefix: String) {
    for (name, tensor) in other.tensors { tensors[prefix + name] = tensor }
    for (name, text) in other.metadata { metadata[prefix + name] = text }
  }

  func extracted(_ prefix: String) -> StateDict {
    func part<Value>(_ all: [String: Value]) -> [String: Value] {
      let entries = all.filter { $0.key.hasPrefix(prefix) }
      return Dictionary(uniqueKeysWithValues: entries.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
    }
    return StateDict(part(tensors), metadata: part(metadata))
  }
}
