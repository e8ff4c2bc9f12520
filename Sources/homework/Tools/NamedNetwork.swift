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
  init(_ name: NetworkName, channels: Int, height: Int, width: Int, classNames: [String]) {
    switch name {
    case .lenet, .lenet5, .mnistCNN: input = [1, 28, 28]
    case .simplenn: input = [3, 32, 32]
    case .mlp, .linear: input = [channels, height, width]
    }
    let features = input.reduce(1, *), classes = classNames.count
    switch name {
    case .lenet: model = LeNet(classes: classes)
    case .lenet5: model = LeNet5(classes: classes)
    case .mnistCNN: model = MNISTNet(classes: classes)
    case .simplenn: model = SimpleNN(endsWithReLU: false, classes: classes)
    case .mlp: model = MLP([features, 100, classes])
    case .linear: model = MLP([features, classes])
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

  /// Whether it is for written characters, which are brought to MNIST's form: its classes are called by one each.
  var readsCharacters: Bool { input == [1, 28, 28] && classNames.allSatisfy { $0.count == 1 } }

  /// An image in the form of its inputs, uint8; nil for a character that cannot be found.
  func image(of picture: Picture) -> Picture? {
    if readsCharacters { return picture.centeredDigit() }
    let picture = input[0] == 1 ? picture.grey : picture.color
    return picture.resized(height: input[1], width: input[2])
  }

  /// A data set in the form of its inputs: as `predict` sees its images, but for what has MNIST's form already.
  func images(of images: LabeledImages, areDrawings: Bool) -> Batch {
    let size = [images.channels, images.height, images.width]
    guard areDrawings && readsCharacters || size != input else { return images.tensors }
    let blank = [UInt8](repeating: 0, count: input.reduce(1, *))
    let pixels = (0..<images.count).flatMap { image(of: images.picture($0))?.pixels ?? blank }
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
      let network = NamedNetwork(
        name, channels: input[0], height: input[1], width: input[2], classNames: classes)
      do { try network.model.load(state) } catch { throw NetworkError(text: "\(path): \(error)") }
      return network
    }
    for name in NetworkName.allCases {
      let isColor = name == .simplenn
      let network = NamedNetwork(
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
