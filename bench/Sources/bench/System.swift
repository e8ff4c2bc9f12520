import ArgumentParser
import Foundation
import Neural

// Two whole programs for peers/system.py, which looks at them from outside.

struct FirstStep: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "One training step of LeNet, and out.")

  func run() throws {
    let network = networks[0]
    let model = network.make()
    let labels = Tensor((0..<network.batch).map { Int32($0 % 10) })
    train(
      model, network.optimizer(model),
      on: Batch(inputs: .uniform(Shape([network.batch] + network.imageShape)), targets: labels))
    print("step done, \(Runtime.threadCount) threads")
  }
}

struct Epoch: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Trains LeNet for one epoch on 60,000 images of bytes and prints what memory it took.")

  func run() throws {
    let images = Tensor([UInt8](repeating: 7, count: 60_000 * 784), shape: [60_000, 1, 28, 28])
    let labels = Tensor((0..<60_000).map { UInt8($0 % 10) }, shape: [60_000])
    let loader = DataLoader(Batch(inputs: images, targets: labels), batchSize: 100, shuffle: true) { batch, _ in
      Batch(inputs: batch.inputs.cast(to: .float32) * (1 / 255.0), targets: batch.targets)
    }
    let model = networks[0].make()
    let optimizer = networks[0].optimizer(model)
    var requests: [Int] = []
    for batch in loader.epoch(0) {
      train(model, optimizer, on: batch)
      requests.append(Runtime.memory.systemRequests)
    }
    print(
      "requests for memory: \(requests[0]) in the first step, \((requests.last ?? 0) - requests[0]) in all later ones")
  }
}
