import ArgumentParser
import Neural

/// `homework ece661 shape-rule`: problem 1.5 of the paper.
struct ECE661ShapeRule: Exercise {
  static let course = "ece661", name = "shape-rule", title = "The size of a convolution's output, against the layer."
  static let discussion = """
    An image of width W under a kernel of width K, with P zeros on each side and steps of S, has an output of width \
    ⌊(W − K + 2P) / S⌋ + 1: so many places of the kernel fit. The layer's outputs are measured for a grid of settings.
    """
  static let data = "none"
  static let duration = (full: "1 s", quick: "1 s")

  @Option(parsing: .unconditional, help: "The largest image.")
  var largest = 16
  @OptionGroup var options: RunOptions

  func validate() throws { try require((1...64).contains(largest), "--largest \(largest)", "1 to 64") }

  func perform(_ run: Run) throws {
    var count = 0, wrong: [String] = [], grown: [String] = []
    for width in 1...largest {
      for padding in 0...3 {
        for stride in 1...4 {
          let kernels = 1...min(width + 2 * padding, 11)
          let outputs = kernels.map { output(width, kernel: $0, padding, stride) }
          for (kernel, output) in zip(kernels, outputs) {
            count += 1
            let rule = (width - kernel + 2 * padding) / stride + 1
            let setting = "W \(width), K \(kernel), P \(padding), S \(stride)"
            if output != Size2D(rule, rule) { wrong.append("\(setting): \(output), not \(rule)") }
            if kernel > 1, output.width > outputs[kernel - 2].width { grown.append(setting) }
          }
        }
      }
    }
    let example = min(largest, 8)
    run.table(
      "widths of the output of an image of width \(example)",
      ["padding", "stride"] + (1...example).map { "K = \($0)" },
      [(0, 1), (1, 1), (2, 1), (0, 2), (1, 2)].map { padding, stride in
        ["\(padding)", "\(stride)"] + (1...example).map { "\(output(example, kernel: $0, padding, stride).width)" }
      })
    for line in (wrong + grown).prefix(10) { run.text(line) }
    run.check("settings of \(count.grouped) whose output differs from the rule", expected: 0, ours: wrong.count)
    run.check("settings where a larger kernel gives a larger output", expected: 0, ours: grown.count)
    run.note("so the paper's statement 1.5, that a larger kernel always gives a larger output, is false")
  }

  /// What the layer makes of a square image.
  private func output(_ width: Int, kernel: Int, _ padding: Int, _ stride: Int) -> Size2D {
    let layer = Conv2d(
      1, 1, kernelSize: Size2D(kernel, kernel), stride: Size2D(stride, stride),
      padding: .explicit(Size2D(padding, padding)))
    let shape = layer(Tensor.zeros([1, 1, width, width])).shape
    return Size2D(shape[2], shape[3])
  }
}
