import ArgumentParser

/// `homework ece285`
struct ECE285: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ece285", abstract: "Tensors, autograd and LeNet on MNIST.", subcommands: [ECE285LeNet.self])
}
