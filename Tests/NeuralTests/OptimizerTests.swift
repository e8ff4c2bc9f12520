import Foundation
import Neural
import Testing

private final class Pair: Module {
  let first: Parameter, second: Parameter
  init(_ first: Tensor, _ second: Tensor = Tensor([0])) {
    (self.first, self.second) = (Parameter(first), Parameter(second))
  }
  init(sharing first: Parameter) { (self.first, second) = (first, Parameter(Tensor([0]))) }
}

@Suite("Optimizers")
struct OptimizerTests {
  private static let cases: [(name: String, make: @Sendable (Module) -> Optimizer)] = [
    ("sgd", { SGD($0, learningRate: 0.1) }),
    ("sgd-decay", { SGD($0, learningRate: 0.1, weightDecay: 0.05) }),
    ("sgd-momentum", { SGD($0, learningRate: 0.1, momentum: 0.9) }),
    ("sgd-dampened", { SGD($0, learningRate: 0.1, momentum: 0.9, dampening: 0.3, weightDecay: 0.01) }),
    ("sgd-nesterov", { SGD($0, learningRate: 0.1, momentum: 0.8, weightDecay: 0.02, nesterov: true) }),
    ("adadelta", { Adadelta($0) }),
    ("adadelta-decay", { Adadelta($0, learningRate: 0.5, rho: 0.8, epsilon: 1e-4, weightDecay: 0.1) }),
    ("adam", { Adam($0) }),
    ("adam-decay", { Adam($0, learningRate: 0.1, betas: (0.8, 0.9), epsilon: 1e-3, weightDecay: 0.1) }),
    ("adam-amsgrad", { Adam($0, learningRate: 0.1, betas: (0.5, 0.6), amsgrad: true) }),
    ("adamw", { AdamW($0) }),
    ("adamw-decay", { AdamW($0, learningRate: 0.1, betas: (0.8, 0.9), weightDecay: 0.2, amsgrad: true) }),
    ("rmsprop", { RMSprop($0) }),
    ("rmsprop-momentum", { RMSprop($0, learningRate: 0.05, alpha: 0.9, momentum: 0.7, weightDecay: 0.1) }),
    ("rmsprop-centered", { RMSprop($0, learningRate: 0.05, alpha: 0.8, epsilon: 1e-4, centered: true) }),
    (
      "rmsprop-all",
      { RMSprop($0, learningRate: 0.05, alpha: 0.8, momentum: 0.7, centered: true, weightDecay: 0.1) }
    ),
  ]

  @Test("every rule takes PyTorch's path", arguments: [DType.float32, .float64])
  func trajectories(dtype: DType) throws {
    let fixture = try fixture("optimizers")
    #expect(Set(fixture.keys.map { $0.split(separator: ".")[0] }).count == OptimizerTests.cases.count)
    for (name, make) in OptimizerTests.cases {
      let values = try #require(fixture["\(name).values"]).cast(to: dtype)
      let gradients = try #require(fixture["\(name).gradients"]).cast(to: dtype)
      let module = Pair(values[0])
      let optimizer = make(module)
      for step in 0..<gradients.shape[0] {
        if step == 3 { optimizer.learningRate *= 0.1 }
        module.first.grad = gradients[step]
        optimizer.step()
        let problem = difference(
          module.first.value.detached() - values[step], values[step + 1] - values[step],
          relative: dtype == .float64 ? 1e-12 : 1e-5, absolute: dtype == .float64 ? 1e-14 : 5e-7)
        #expect(problem == nil, "\(name), step \(step): \(problem ?? "")")
      }
    }
  }

  /// Parameters whose sizes end before, at and after a vector and a task.
  private final class Sizes: Module {
    let list = [1, 15, 16, 17, 16383, 16385, 40_000, 0].map { Parameter(Tensor.zeros([$0])) }
  }

  /// Bits of all parameters after three steps, each parameter with its own optimizer or all with one.
  private func bitsAfterSteps(_ make: (Module) -> Optimizer, together: Bool, threads: Int) -> [[UInt32]] {
    let before = Runtime.threadCount
    defer { Runtime.threadCount = before }
    Runtime.threadCount = threads
    let model = Sizes()
    var generator = Philox(seed: 11)
    for parameter in model.list { parameter.value = Tensor.uniform(parameter.shape, in: -1..<1, using: &generator) }
    let optimizers = together ? [make(model)] : model.list.map { make(Pair(sharing: $0)) }
    for _ in 0..<3 {
      for parameter in model.list { parameter.grad = Tensor.uniform(parameter.shape, in: -1..<1, using: &generator) }
      for optimizer in optimizers { optimizer.step() }
    }
    return model.list.map { bits($0.value) }
  }

  @Test("parameters are updated alike together and alone, by 1, 2 and 5 threads")
  func together() {
    for (name, make) in OptimizerTests.cases {
      let expected = bitsAfterSteps(make, together: false, threads: 1)
      for threads in [1, 2, 5] {
        #expect(bitsAfterSteps(make, together: true, threads: threads) == expected, "\(name), \(threads) threads")
      }
    }
  }

  @Test("groups have their own settings; the first pattern that fits wins; schedules' bases stay")
  func groups() {
    let module = Sequential {
      Linear(1, 1)
      Linear(1, 1)
    }
    let optimizer = SGD(
      module, learningRate: 1, weightDecay: 0.5,
      groups: [.init("1.*", learningRate: 0.25), .init("*.bias", learningRate: 2, weightDecay: 0)])
    #expect(optimizer.groups.map { $0.parameters.map(\.name) } == [["0.weight"], ["1.weight", "1.bias"], ["0.bias"]])
    #expect(
      optimizer.groups.map(\.learningRate) == [1, 0.25, 2] && optimizer.groups.map(\.weightDecay) == [0.5, 0.5, 0])
    for parameter in module.parameters {
      parameter.value = Tensor.ones(parameter.shape)
      parameter.grad = Tensor.ones(parameter.shape)
    }
    optimizer.step()
    #expect(module.parameters.map { $0.value.scalar } == [-0.5, -1, 0.625, 0.625])
    optimizer.learningRate = 3
    #expect(optimizer.groups.map(\.learningRate) == [3, 3, 3])
    #expect(optimizer.groups.map(\.baseLearningRate) == [1, 0.25, 2])
  }

  @Test("a parameter without a gradient, or frozen, stays and does not count the step")
  func skipped() {
    let module = Pair(Tensor([1]), Tensor([1]))
    let optimizer = Adam(module, learningRate: 0.1)
    module.second.grad = Tensor([1])
    optimizer.step()
    module.first.grad = Tensor([1])
    module.second.requiresGrad = false
    optimizer.step()
    // Adam's first step is the learning rate, whenever it comes.
    #expect(abs(module.first.value.scalar - 0.9) < 1e-6 && abs(module.second.value.scalar - 0.9) < 1e-6)
    #expect(optimizer.stepCount == 2)
    optimizer.zeroGrad()
    #expect(module.first.grad == nil && module.second.grad == nil)
  }

  @Test("a value read before a step does not change")
  func snapshots() {
    let module = Pair(Tensor([1]))
    let before = module.first.value
    module.first.grad = Tensor([1])
    SGD(module, learningRate: 1).step()
    #expect(before.scalar == 1 && module.first.value.scalar == 0)
  }

  private final class Ratchet: Optimizer {
    init(_ model: Module) { super.init(model, learningRate: 0.5, stateNames: ["count"]) }
    override func update(
      _ value: inout Tensor, gradient: Tensor, state: inout [Tensor], step: Int, group: ParameterGroup
    ) {
      state[0] += gradient.sign()
      value -= group.learningRate * state[0] * Double(step)
    }
  }

  @Test("an optimizer of one's own has state, steps and groups")
  func custom() {
    let module = Pair(Tensor([0, 0]))
    let optimizer = Ratchet(module)
    for _ in 0..<2 {
      module.first.grad = Tensor([3, -0.1])
      optimizer.step()
    }
    #expect(module.first.value.array(Float.self) == [-2.5, 2.5])
  }
}

extension Mistake {
  static let optimizers: [Mistake] = [
    .init(
      "SGD: no parameter is left for the group \"*.bais\"",
      { _ = SGD(Linear(1, 1), learningRate: 1, groups: [.init("*.bais", learningRate: 0)]) }
    ),
    .init("SGD: Nesterov's momentum needs a momentum", { _ = SGD(Linear(1, 1), learningRate: 1, nesterov: true) }),
    .init("AdamW: β₂ 1.0 is not in [0, 1)", { _ = AdamW(Linear(1, 1), betas: (0, 1)) }),
    .init("Adadelta: learning rate -1.0 is negative", { _ = Adadelta(Linear(1, 1), learningRate: -1) }),
    .init("freeze: no parameter's name fits \"cnov*\"", { Linear(1, 1).freeze("cnov*") }),
  ]
}

@Suite("Name patterns")
struct NamePatternTests {
  @Test(
    "stars and question marks",
    arguments: [
      ("conv1.weight", "*", true), ("conv1.weight", "conv*", true), ("conv1.weight", "conv?.weight", true),
      ("conv1.weight", "*.weight", true), ("conv1.weight", "*w*t", true), ("conv1.weight", "conv1", false),
      ("conv1.weight", "conv", false), ("conv1.weight", "?", false), ("conv1.weight", "*1*1*", false), ("", "*", true),
      ("", "", true), ("", "?", false), ("aab", "*ab", true), ("aXbXc", "a*X*Xc", true), ("abc", "a*d", false),
    ])
  func patterns(name: String, pattern: String, fits: Bool) {
    #expect(NamePattern(pattern).matches(name) == fits)
  }
}
