import Neural
import NeuralModels

/// The course networks, as peers/torch_train.py has them.
struct Network: Sendable {
  let name: String
  let batch: Int
  let imageShape: [Int]
  let make: @Sendable () -> any Layer
  let optimizer: @Sendable (any Layer) -> Optimizer
}

let networks = [
  Network(
    name: "lenet", batch: 100, imageShape: [1, 28, 28], make: { LeNet() },
    optimizer: { SGD($0, learningRate: 0.001, momentum: 0.9) }),
  Network(
    name: "lenet5", batch: 100, imageShape: [1, 28, 28], make: { LeNet5(.full) },
    optimizer: { SGD($0, learningRate: 0.1) }),
  Network(
    name: "mnist_cnn", batch: 64, imageShape: [1, 28, 28], make: { MNISTNet() }, optimizer: { Adadelta($0) }),
  Network(
    name: "simplenn", batch: 64, imageShape: [3, 32, 32], make: { SimpleNN(endsWithReLU: false) },
    optimizer: { SGD($0, learningRate: 0.01, momentum: 0.9) }),
  Network(
    name: "mlp", batch: 64, imageShape: [1, 28, 28], make: { MLP() }, optimizer: { SGD($0, learningRate: 0.01) }),
  Network(
    name: "linear", batch: 64, imageShape: [1, 28, 28], make: { MLP([784, 10]) },
    optimizer: { SGD($0, learningRate: 0.01, weightDecay: 0.01) }),
]

extension Network {
  /// Training steps on 40 batches in turn, as the peer does: zero the gradients, forward, loss, backward, update.
  func trainingStep() -> Row {
    let model = make()
    let optimizer = optimizer(model)
    var generator = Philox(seed: 0)
    let inputs = (0..<40).map { _ in Tensor.uniform(Shape([batch] + imageShape), using: &generator) }
    let labels = (0..<40).map { _ in (Tensor.uniform([batch], using: &generator) * 10).cast(to: .int32) }
    var step = 0
    let time = Measurement(seconds: 0.2) {
      optimizer.zeroGrad()
      crossEntropy(logits: model.callAsFunction(inputs[step % 40]), labels: labels[step % 40]).backward()
      optimizer.step()
      step += 1
    }
    // Forward, gradient of the weights, and gradient of the inputs of all layers but the first.
    let rows = model.summary(inputShape: Shape([batch] + imageShape)).rows.filter { $0.multiplications > 0 }
    let multiplications = 3 * rows.reduce(0) { $0 + $1.multiplications } - (rows.first?.multiplications ?? 0)
    return Row(group: "step", name: "\(name) batch \(batch)", time: time, operations: 2 * Double(multiplications))
  }

  /// Classification of `count` images in one batch.
  func inference(_ count: Int) -> Row {
    let model = make()
    var generator = Philox(seed: 0)
    let inputs = Tensor.uniform(Shape([count] + imageShape), using: &generator)
    let time = model.evaluating { Measurement(seconds: 0.2) { _ = model.callAsFunction(inputs) } }
    let multiplications = model.summary(inputShape: Shape([count] + imageShape)).multiplications
    return Row(group: "inference", name: "\(name) batch \(count)", time: time, operations: 2 * Double(multiplications))
  }
}
