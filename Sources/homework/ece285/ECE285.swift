import ArgumentParser

/// `homework ece285`
struct ECE285: Course {
  static let name = "ece285", title = "Tensors, autograd and LeNet on MNIST."
  static let exercises: [any Exercise.Type] = [ECE285Tensors.self, ECE285Autograd.self, ECE285LeNet.self]

  @OptionGroup var options: RunOptions
}
