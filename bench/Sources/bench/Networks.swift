import Neural
import NeuralModels

/// The course networks, as peers/torch_peer.py has them.
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
    name: "mnist-cnn", batch: 64, imageShape: [1, 28, 28], make: { MNISTNet() }, optimizer: { Adadelta($0) }),
  Network(
    name: "simplenn", batch: 64, imageShape: [3, 32, 32], make: { SimpleNN(endsWithReLU: false) },
    optimizer: { SGD($0, learningRate: 0.01, momentum: 0.9) }),
  Network(
    name: "mlp", batch: 64, imageShape: [1, 28, 28], make: { MLP() }, optimizer: { SGD($0, learningRate: 0.01) }),
  Network(
    name: "softmax", batch: 64, imageShape: [1, 28, 28], make: { MLP([784, 10]) },
    optimizer: { SGD($0, learningRate: 0.01, weightDecay: 0.01) }),
]

func networkWorkloads() -> [Workload] {
  networks.map(\.trainingStep) + [1000, 1].flatMap { count in networks.map { $0.inference(of: count) } }
}

extension Network {
  /// Training steps on 40 batches in turn, as the peer does.
  var trainingStep: Workload {
    // Forward, gradient of the weights, and gradient of the inputs of all layers but the first.
    let layers = multiplications.filter { $0 > 0 }
    let operations = 2 * batch * (3 * layers.reduce(0, +) - layers[0])
    return Workload(
      group: "network", name: "step \(name) batch \(batch)", operation: "step", sizes: ["batch": batch],
      operations: Double(operations)
    ) {
      let model = make()
      let optimizer = optimizer(model)
      var generator = Philox(seed: 0)
      let batches = (0..<40).map { _ in
        Batch(
          inputs: Tensor.uniform(Shape([batch] + imageShape), using: &generator),
          targets: (Tensor.uniform([batch], using: &generator) * 10).cast(to: .int32))
      }
      var step = 0
      return {
        train(model, optimizer, on: batches[step % 40])
        step += 1
      }
    }
  }

  /// Classification of `count` images in one batch.
  func inference(of count: Int) -> Workload {
    Workload(
      group: "network", name: "inference \(name) batch \(count)", operation: "inference", sizes: ["batch": count],
      operations: Double(2 * count * multiplications.reduce(0, +))
    ) {
      let model = make()
      model.train(false)
      var generator = Philox(seed: 0)
      let inputs = Tensor.uniform(Shape([count] + imageShape), using: &generator)
      return { noGrad { _ = model.callAsFunction(inputs) } }
    }
  }

  /// Of each layer, for one image.
  private var multiplications: [Int] { make().summary(inputShape: Shape([1] + imageShape)).rows.map(\.multiplications) }
}

/// One step: zero the gradients, forward, loss, backward, update.
func train(_ model: any Layer, _ optimizer: Optimizer, on batch: Batch) {
  optimizer.zeroGrad()
  crossEntropy(logits: model.callAsFunction(batch.inputs), labels: batch.targets).backward()
  optimizer.step()
}
