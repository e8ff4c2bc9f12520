import ArgumentParser
import Foundation
import Neural
import NeuralData
import NeuralModels

/// The networks that `train` and `predict` know, by their names on the command line and in weights files.
enum NetworkName: String, CaseIterable, ExpressibleByArgument {
  case lenet, lenet5
  case mnistCNN = "mnist-cnn"
  case mlp, linear, simplenn
}

/// A network with what has to be known to use it: saved beside its weights.
struct NamedNetwork {
  let name: NetworkName
  /// Channels, height and width of its images.
  let input: [Int]
  /// What its outputs stand for.
  let classNames: [String]
  let model: any Layer

  /// Initial weights, for images like these as far as the network allows: convolutional ones have a size of their own.
  /// - Throws: if it has too few outputs.
  init(_ name: NetworkName, channels: Int, height: Int, width: Int, classNames: [String]) throws {
    let outputs = 10
    switch name {
    case .lenet, .lenet5, .mnistCNN: input = [1, 28, 28]
    case .simplenn: input = [3, 32, 32]
    case .mlp, .linear: input = [channels, height, width]
    }
    let features = input.reduce(1, *)
    switch name {
    case .lenet: model = LeNet()
    case .lenet5: model = LeNet5()
    case .mnistCNN: model = MNISTNet()
    case .simplenn: model = SimpleNN(endsWithReLU: false)
    case .mlp: model = MLP([features, 100, classNames.count])
    case .linear: model = MLP([features, classNames.count])
    }
    guard classNames.count <= outputs || [.mlp, .linear].contains(name) else {
      throw NetworkError(text: "\(name.rawValue) tells \(outputs) classes apart, the data set has \(classNames.count)")
    }
    (self.name, self.classNames) = (name, classNames)
  }

  /// Pixels as it is trained on them in the course that it comes from.
  var transform: DataLoader.Transform {
    switch name {
    case .lenet, .simplenn: Transforms.scale(to: -1...1)
    case .mnistCNN: Transforms.normalize(mean: 0.1307, standardDeviation: 0.3081)
    case .lenet5, .mlp, .linear: Transforms.scale()
    }
  }

  /// Whether it is for digits in MNIST's form.
  var readsDigits: Bool { input == [1, 28, 28] && classNames == (0..<10).map(String.init) }

  /// An image in the form of its inputs, uint8; nil for a digit that cannot be found.
  func image(of picture: Picture) -> Picture? {
    if readsDigits { return picture.centeredDigit() }
    let picture = input[0] == 1 ? picture.grey : picture.color
    return picture.resized(height: input[1], width: input[2])
  }

  /// A data set in the form of its inputs. Drawings of digits are brought to MNIST's form, as they are by `predict`.
  func images(of images: LabeledImages, areDrawings: Bool) -> Batch {
    let needsChange = areDrawings && readsDigits || [images.channels, images.height, images.width] != input
    guard needsChange else { return images.tensors }
    let size = images.channels * images.height * images.width
    let pixels = (0..<images.count).flatMap { index in
      let picture = Picture(
        channels: images.channels, height: images.height, width: images.width,
        pixels: Array(images.pixels[index * size..<(index + 1) * size]))
      if areDrawings && readsDigits { return image(of: picture)?.pixels ?? [UInt8](repeating: 0, count: 784) }
      return (input[0] == 1 ? picture.grey : picture.color).resized(height: input[1], width: input[2]).pixels
    }
    return Batch(
      inputs: Tensor(pixels, shape: Shape([images.count] + input)),
      targets: Tensor(images.labels, shape: [images.count]))
  }

  // MARK: - Files

  func save(_ url: URL) throws {
    var state = model.stateDict()
    state.metadata = [
      "model": name.rawValue, "input": input.map(String.init).joined(separator: "x"),
      "classes": classNames.joined(separator: "\n"),
    ]
    try state.write(safetensors: url)
  }

  /// The network whose weights a file holds: the one that it names, or the first that they fit.
  static func load(weights url: URL) throws -> NamedNetwork {
    let state = try StateDict(safetensors: url), path = url.relativePath
    if let text = state.metadata["model"] {
      let input = state.metadata["input"]?.split(separator: "x").compactMap { Int($0) } ?? []
      let classes = state.metadata["classes"]?.components(separatedBy: "\n") ?? []
      guard let name = NetworkName(rawValue: text), input.count == 3, input.allSatisfy({ (1...4096).contains($0) }),
        input[0] == 1 || input[0] == 3, (1...256).contains(classes.count)
      else {
        throw NetworkError(text: "\(path): weights of an unknown network, \(text)")
      }
      let network = try NamedNetwork(
        name, channels: input[0], height: input[1], width: input[2], classNames: classes)
      do { try network.model.load(state) } catch { throw NetworkError(text: "\(path): \(error)") }
      return network
    }
    for name in NetworkName.allCases {
      let isColor = name == .simplenn
      let network = try NamedNetwork(
        name, channels: isColor ? 3 : 1, height: isColor ? 32 : 28, width: isColor ? 32 : 28,
        classNames: isColor ? CIFAR10.classNames : (0..<10).map(String.init))
      do throws(CheckpointError) { try network.model.load(state) } catch { continue }
      return network
    }
    let names = NetworkName.allCases.map(\.rawValue).joined(separator: ", ")
    throw NetworkError(text: "\(path): the weights are of none of the networks \(names)")
  }
}

/// A network and what it is given do not go together.
struct NetworkError: PlainError {
  let text: String
  var description: String { text }
}
