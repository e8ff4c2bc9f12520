import ArgumentParser
import Foundation
import Neural
import NeuralData
import NeuralPlots

/// `homework predict`
struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what is on PNG images.",
    discussion: """
      The weights are those that `homework train` saves, or an exercise. If their classes are called by one character each, \
      the images are written characters, of any size, dark on bright or bright on dark: they are brought to the form of \
      MNIST's images first. Other images are stretched to the size that the network takes.
      """)

  @Option(help: "The weights, a safetensors file.")
  var weights: String
  @Option(help: "Draw the images, as the network sees them, with the answers: a .png or .svg file.")
  var figure: String?
  @Argument(help: "PNG files.")
  var images: [String]

  func run() throws {
    let network = try NamedNetwork.load(weights: URL(fileURLWithPath: weights))
    // All are read before anything is said: an error is the only line then.
    let pictures = try images.map { path in
      let picture = try Picture(png: URL(fileURLWithPath: path))
      guard let image = network.image(of: picture) else {
        throw NetworkError(text: "\(path): no digit: all of the image is like its border")
      }
      return image
    }
    let batch = Batch(
      inputs: Tensor.stacked(pictures.map(\.tensor)), targets: Tensor.zeros([pictures.count], dtype: .uint8))
    let logits = predict(
      network.model, on: DataLoader(batch, batchSize: 100, shuffle: false, transform: network.transform))
    let answers = softmax(logits, axis: 1).split(Array(repeating: 1, count: pictures.count)).map { row in
      let shares = row.cast(to: .float64).array(Double.self)
      return shares.enumerated().sorted { $0.element > $1.element }.prefix(3).map {
        (network.classNames[$0.offset], $0.element)
      }
    }
    for (index, answer) in answers.enumerated() {
      print("\(images[index]): \(answer.map { "\($0) \((100 * $1).fixed(1)) %" }.joined(separator: ", "))")
      for note in pictures[index].notes { print("  note: \(note)") }
    }
    if let figure {
      let titles = answers.map { "\($0[0].0), \((100 * $0[0].1).fixed(1)) %" }
      try ImageGrid("", pictures.map(\.tensor), titles: titles).write(to: URL(fileURLWithPath: figure))
    }
  }
}
