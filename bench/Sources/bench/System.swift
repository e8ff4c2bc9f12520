import ArgumentParser
import CProbe
import Foundation
import Neural

// Whole programs for peers/system.py, which looks at them from outside.

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
    // The second step makes its batch while the first one's is there; from then on all memory is used again.
    var held: Int?
    for (number, batch) in loader.epoch(0).enumerated() {
      train(model, optimizer, on: batch)
      if number == 1 { held = Int(probe_held_bytes()) }
    }
    print("memory taken after the second step: \(Int(probe_held_bytes()) - (held ?? 0)) bytes")
  }
}

struct Scaling: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Training steps with one thread and two in turn, every few milliseconds: both see the same machine.")

  @Argument(help: "lenet, lenet5, mnist-cnn, simplenn, mlp or softmax.")
  var network: String
  @Option(help: "Seconds that this takes.")
  var seconds = 20.0

  func run() throws {
    guard let network = networks.first(where: { $0.name == network }) else {
      throw ValidationError("no network \(network)")
    }
    let step = network.trainingStep.prepare()
    var fastest = [Double.infinity, .infinity]
    let end = Date(timeIntervalSinceNow: seconds)
    repeat {
      for threads in [1, 2] {
        Runtime.threadCount = threads
        let taken = Measurement(rounds: 3, seconds: 0.01, step).minimum
        fastest[threads - 1] = min(fastest[threads - 1], taken)
      }
    } while Date() < end
    print("one thread: \(fastest[0]) s, two: \(fastest[1]) s")
  }
}
