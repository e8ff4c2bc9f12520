import ArgumentParser

/// `homework ece281`
struct ECE281: Course {
  static let name = "ece281", title = "Back-propagation by hand, and a network for MNIST under noise."
  static let exercises: [any Exercise.Type] = [ECE281Backprop.self, ECE281MNIST.self, ECE281AWGN.self]

  @OptionGroup var options: RunOptions
}
