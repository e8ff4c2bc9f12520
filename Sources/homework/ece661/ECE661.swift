import ArgumentParser

/// `homework ece661`
struct ECE661: Course {
  static let name = "ece661", title = "Adalines, back-propagation, convolution, LMS and a simple network."
  static let exercises: [any Exercise.Type] = [
    ECE661Adaline.self, ECE661Backprop.self, ECE661Convolution.self, ECE661LMS.self, ECE661SimpleNN.self,
    ECE661ShapeRule.self,
  ]

  @OptionGroup var options: RunOptions
}
