import Foundation
import Neural
import NeuralModels
import Testing

/// Each in a process of its own: other tests take memory too.
@Suite("Memory ends where it began")
struct MemoryTests {
  private struct Cancelled: Error {}

  /// Stops the program unless `rounds` of `body`, after three to warm up, end with the memory of tensors and, within a few
  /// megabytes, of the process that they began with. The address sanitizer keeps what was given back: there, tensors only.
  private static func steadily(
    _ rounds: Int, residentGrowth: Int = 12 << 20, requestsNothing: Bool = false, _ body: (_ round: Int) throws -> Void
  ) rethrows {
    for round in 0..<3 { try body(round) }
    settle(at: nil)
    let (before, resident) = (Runtime.memory, residentBytes)
    for round in 0..<rounds { try body(round) }
    settle(at: before.bytesInUse)
    let (after, growth) = (Runtime.memory, residentBytes - resident)
    guard after.bytesInUse == before.bytesInUse else {
      fatalError("in use \(before.bytesInUse), then \(after.bytesInUse)")
    }
    guard FitTests.keepsMemory else { return }
    guard growth <= residentGrowth else { fatalError("the process has grown by \(growth) bytes") }
    if requestsNothing && after.systemRequests != before.systemRequests {
      fatalError("\(after.systemRequests - before.systemRequests) requests to the system")
    }
  }

  /// Waits, at most 5 seconds, until prefetching threads have ended: until that much is in use, or always the same.
  private static func settle(at bytes: Int?) {
    var last = -1
    for _ in 0..<100 {
      let now = Runtime.memory.bytesInUse
      if now == bytes ?? last { return }
      last = now
      Thread.sleep(forTimeInterval: 0.05)
    }
  }

  private static var residentBytes: Int {
    let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
    return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * sysconf(Int32(_SC_PAGESIZE))
  }

  @Test("a loop of training steps takes nothing from the system either")
  func steps() async {
    await #expect(processExitsWith: .success) {
      let model = LeNet(), optimizer = Adam(model)
      let images = Tensor.uniform([32, 1, 28, 28]), labels = Tensor((0..<32).map { Int32($0 % 10) })
      MemoryTests.steadily(30, requestsNothing: true) { _ in
        optimizer.zeroGrad()
        crossEntropy(logits: model(images), labels: labels).backward()
        optimizer.step()
      }
    }
  }

  @Test("graphs that are kept, walked twice, hooked or never walked")
  func graphs() async {
    await #expect(processExitsWith: .success) {
      let model = MLP([50, 40, 10])
      MemoryTests.steadily(40) { round in
        let x = Tensor.uniform([20, 50]).requiringGrad()
        let hidden = model(x)
        hidden.retainGrad()
        let hook = hidden.onGradient { $0 * 2 }
        let loss = (hidden * hidden).sum()
        if round % 2 == 0 {
          loss.backward(retainGraph: true)
          loss.backward()
        } else {
          _ = gradients(of: loss, withRespectTo: [x, hidden], retainGraph: true)
        }
        hook.remove()
        model.zeroGrad()
      }
    }
  }

  @Test("tapes of 100,000 operations, walked or not")
  func longTapes() async {
    await #expect(processExitsWith: .success) {
      MemoryTests.steadily(4) { round in
        let x = Tensor([1]).requiringGrad()
        var y = x
        for _ in 0..<100_000 { y = y + 1 }
        if round % 2 == 0 { y.backward(gradient: Tensor([1])) }
      }
    }
  }

  @Test("epochs that are cancelled: loops that end early, callbacks that throw, with and without prefetching")
  func cancelledEpochs() async {
    await #expect(processExitsWith: .success) {
      let model = MLP([20, 10]), optimizer = SGD(model, learningRate: 0.1, momentum: 0.9)
      let data = Batch(inputs: Tensor.uniform([300, 20]), targets: Tensor((0..<300).map { UInt8($0 % 10) }))
      MemoryTests.steadily(30) { round in
        let loader = DataLoader(data, batchSize: 10, shuffle: true, prefetch: round % 2 * 3)
        for (number, _) in loader.epoch(round).enumerated() where number == 2 { break }
        let thrower = OnEvent(.backwardEnd) { if $0.state.batch == 4 { throw Cancelled() } }
        do {
          try fit(model, optimizer, train: loader, epochs: 0..<2, callbacks: [thrower])
          fatalError("not cancelled")
        } catch is Cancelled {} catch { fatalError("\(error)") }
        optimizer.zeroGrad()
      }
    }
  }

  @Test("files that fail to load: cut short, damaged, of another model")
  func failingLoads() async {
    await #expect(processExitsWith: .success) {
      try withTemporaryFolder { folder in
        let url = folder.appendingPathComponent("x")
        let model = LeNet(), other = MLP([20, 10])
        try model.stateDict().write(safetensors: url)
        let whole = try Data(contentsOf: url)
        try Tensor.uniform([100, 100]).write(npy: url)
        let array = try Data(contentsOf: url)
        try MemoryTests.steadily(60) { round in
          var generator = Philox(seed: UInt64(round))
          try whole.prefix(Int.random(in: 0..<whole.count, using: &generator)).write(to: url)
          _ = try? StateDict(safetensors: url)
          try whole.write(to: url)
          do throws(CheckpointError) {
            try other.load(StateDict(safetensors: url))
            fatalError("loaded")
          } catch {}
          try array.prefix(Int.random(in: 0..<array.count, using: &generator)).write(to: url)
          _ = try? Tensor(npy: url)
        }
      }
    }
  }
}
