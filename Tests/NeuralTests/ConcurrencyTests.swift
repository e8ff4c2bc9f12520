import Foundation
import Neural
import NeuralModels
import Synchronization
import Testing

@Suite("Concurrency", .serialized)
struct ConcurrencyTests {
  private static func images(_ number: Int) -> Tensor {
    var generator = Philox(seed: UInt64(number))
    return Tensor.uniform([number % 3 == 0 ? 1 : 20, 1, 28, 28], using: &generator)
  }

  private static func lenet() -> LeNet {
    let model = LeNet()
    model.fill(seed: 4)
    return model
  }

  @Test("eight tasks that use one network at once get what one alone gets")
  func inference() async {
    let alone = ConcurrencyTests.lenet()
    let expected = alone.evaluating { (0..<8).map { bits(alone(ConcurrencyTests.images($0))) } }
    let predictor = Predictor(ConcurrencyTests.lenet())
    await withTaskGroup(of: Bool.self) { group in
      for number in 0..<8 {
        group.addTask {
          let images = ConcurrencyTests.images(number)
          return (0..<30).allSatisfy { _ in
            let logits = predictor(images)
            return bits(logits) == expected[number] && !logits.requiresGrad
          }
        }
      }
      for await isRight in group { #expect(isRight) }
    }
  }

  @Test("a predictor drops nothing out, and normalises by what it has learned")
  func evaluation() {
    let predictor = Predictor(
      Sequential {
        BatchNorm1d(2)
        Dropout(0.5)
      })
    let x = Tensor([[1, 2], [3, 4]])
    for _ in 0..<5 { #expect(difference(predictor(x), x, relative: 1e-4) == nil) }
  }

  // In a process of its own: threads are the whole process's.
  @Test("eight threads that compute at once share one team")
  func threads() async {
    await #expect(processExitsWith: .success) {
      @Sendable func count() -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count) ?? 0
      }
      Runtime.threadCount = 5
      let predictor = Predictor(ConcurrencyTests.lenet())
      let images = ConcurrencyTests.images(1)
      _ = predictor(images)
      // The caller does not wait for the team to be complete; this does, at most half a minute.
      func members() -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        return names.count {
          (try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8)) == "neural-team\n"
        }
      }
      for _ in 0..<3000 where members() < 4 { Thread.sleep(forTimeInterval: 0.01) }
      guard members() == 4 else { fatalError("\(members()) members beside the caller") }
      let before = count()
      let most = Mutex(0), done = DispatchSemaphore(value: 0)
      for _ in 0..<8 {
        let thread = Thread {
          for _ in 0..<40 {
            _ = predictor(images)
            let now = count()
            most.withLock { $0 = max($0, now) }
          }
          done.signal()
        }
        thread.stackSize = 1 << 20
        thread.start()
      }
      for _ in 0..<8 { done.wait() }
      // The test's own pool may have grown by one, which is less than one more team.
      guard before >= 5, most.withLock({ $0 }) <= before + 8 + 2 else {
        fatalError("\(before) threads before, \(most.withLock { $0 }) at most")
      }
    }
  }

  @Test("another task sees a parameter before or after a step, never in between")
  func readers() {
    final class Constant: Module {
      let weight = Parameter(Tensor.zeros([100_000]))
    }
    let model = Constant(), weight = model.weight
    let isDone = Atomic(false), reads = Atomic(0), isConsistent = Atomic(true), end = DispatchSemaphore(value: 0)
    // A thread, not a task: other tests may keep the pool busy.
    Thread.detachNewThread {
      while !isDone.load(ordering: .relaxed) {
        let values = weight.value.detached().array(Float.self)
        if !values.allSatisfy({ $0 == values[0] }) { isConsistent.store(false, ordering: .relaxed) }
        reads.wrappingAdd(1, ordering: .relaxed)
      }
      end.signal()
    }
    let optimizer = Adam(model, learningRate: 0.01)
    let gradient = Tensor.ones([100_000])
    while reads.load(ordering: .relaxed) < 50 {
      weight.grad = gradient
      optimizer.step()
    }
    isDone.store(true, ordering: .relaxed)
    end.wait()
    #expect(isConsistent.load(ordering: .relaxed) && optimizer.stepCount > 1)
  }

  @Test("what may cross tasks says so")
  func sendable() {
    func mustBe<Value: Sendable>(_: Value.Type) {}
    mustBe(Tensor.self)
    mustBe(Parameter.self)
    mustBe(Buffer.self)
    mustBe(StateDict.self)
    mustBe(Checkpoint.self)
    mustBe(CheckpointError.self)
    mustBe(Batch.self)
    mustBe(DataLoader.self)
    mustBe(History.self)
    mustBe(TrainingState.self)
    mustBe(TrainingMonitor.self)
    mustBe(TrainingInterrupted.self)
    mustBe((any Metric).self)
    mustBe(ConfusionMatrix.self)
    mustBe(Sweep.self)
    mustBe(HistogramRecorder.Record.self)
    mustBe(LearningRateSchedule.self)
    mustBe(ReduceOnPlateau.self)
    mustBe(ModuleSummary.self)
    mustBe(Philox.self)
    mustBe(LMS.self)
    mustBe(Madaline.self)
    mustBe(Correlations.self)
    mustBe(WienerSolution.self)
    mustBe(LinearAlgebraError.self)
    mustBe(Predictor.self)
  }
}
