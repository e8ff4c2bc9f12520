import Foundation
import Neural
import NeuralModels
import Testing

// One pixel whose sign or rank in its window changes with the rounding shows in a sum of changes.
@Suite("The course networks train as in PyTorch", .exactConvolution)
struct NetworkPyTorchTests {
  private static let networks:
    [(
      name: String, batch: Int, image: Shape, make: @Sendable () -> any Layer,
      optimizer: @Sendable (Module) -> Optimizer
    )] =
      [
        ("lenet", 100, [1, 28, 28], { LeNet() }, { SGD($0, learningRate: 0.001, momentum: 0.9) }),
        ("lenet5", 100, [1, 28, 28], { LeNet5(.full) }, { SGD($0, learningRate: 0.1) }),
        ("lenet5Table", 100, [1, 28, 28], { LeNet5(.partial) }, { SGD($0, learningRate: 0.1) }),
        ("mnist", 64, [1, 28, 28], { MNISTNet(dropout: (0, 0)) }, { Adadelta($0, learningRate: 0.01) }),
        (
          "simpleNN", 64, [3, 32, 32], { SimpleNN(endsWithReLU: false) },
          { SGD($0, learningRate: 0.01, momentum: 0.9) }
        ),
        ("mlp", 64, [1, 28, 28], { MLP() }, { SGD($0, learningRate: 0.01) }),
        ("softmax", 64, [1, 28, 28], { MLP([784, 10]) }, { SGD($0, learningRate: 0.01, weightDecay: 0.01) }),
      ]

  @Test("ten steps: losses, and what they have added to every parameter", arguments: networks.map(\.name))
  func tenSteps(name: String) throws {
    let fixture = try fixture("networks")
    let network = try #require(NetworkPyTorchTests.networks.first { $0.name == name })
    let model = network.make()
    let parameters = model.namedParameters().sorted { $0.name < $1.name }
    for (number, (_, parameter)) in parameters.enumerated() {
      let bound = 1 / Double(parameter.shape.sizes.dropFirst().reduce(1, *)).squareRoot()
      let values = uniform(seed: 1, number, count: parameter.shape.count).map { Float($0 * bound) }
      parameter.value = Tensor(values, shape: parameter.shape)
    }
    let initial = parameters.map { $0.parameter.value.detached() }
    let optimizer = network.optimizer(model)
    let shape = Shape([network.batch] + network.image.sizes)
    for (step, expected) in try #require(fixture[name + ".losses"]).array(Double.self).enumerated() {
      let pixels = hash(seed: 2, step, count: shape.count).map { Float($0 >> 56) / 255 }
      let labels = hash(seed: 3, step, count: network.batch).map { Int32($0 % 10) }
      optimizer.zeroGrad()
      let loss = crossEntropy(logits: model(Tensor(pixels, shape: shape)), labels: Tensor(labels))
      loss.backward()
      optimizer.step()
      #expect(
        abs(loss.scalar - expected) <= 1e-5 * expected, "loss of step \(step): \(loss.scalar), PyTorch's \(expected)")
    }
    for (number, (parameter, before)) in zip(parameters, initial).enumerated() {
      let expected = try #require(fixture["\(name).change.\(parameter.name)"]).array(Double.self)
      let change = (parameter.parameter.value.detached().cast(to: .float64) - before.cast(to: .float64)).array(
        Double.self)
      let total = change.reduce(0) { $0 + abs($1) }
      let signed = zip(change, uniform(seed: 4, number, count: change.count)).reduce(0) {
        $0 + ($1.1 < 0 ? -$1.0 : $1.0)
      }
      let some = (0..<40).map { change[$0 * change.count / 40] }
      #expect(abs(total - expected[0]) <= 1e-4 * expected[0], "\(parameter.name): Σ|change| \(total), \(expected[0])")
      #expect(abs(signed - expected[1]) <= 1e-4 * expected[0], "\(parameter.name): signed \(signed), \(expected[1])")
      let problem = difference(Tensor(some), Tensor(Array(expected[2...])), relative: 1e-3)
      #expect(problem == nil, "change of \(parameter.name): \(problem ?? "")")
    }
  }

  /// Numbers of SplitMix64, as the fixture's script has them.
  private func hash(seed: UInt64, _ number: Int, count: Int) -> [UInt64] {
    var state = seed << 32 | UInt64(number) << 24
    return (0..<count).map { _ in
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
      return z ^ z >> 31
    }
  }

  private func uniform(seed: UInt64, _ number: Int, count: Int) -> [Double] {
    hash(seed: seed, number, count: count).map { Double($0 >> 11) * 0x1p-52 - 1 }
  }
}
