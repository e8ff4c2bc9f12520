import ArgumentParser
import Neural

/// `homework mfdnn commute`: problem 4 of the paper.
struct MFDNNCommute: Exercise {
  static let course = "mfdnn", name = "commute", title = "Max-pooling commutes with non-decreasing functions."
  static let discussion = """
    If σ never falls, σ of the largest element of a window is the largest σ of its elements. So pooling may come first, \
    where it leaves fewer elements to apply σ to. Shown for random tensors, element by element and bit by bit.
    """
  static let data = "none"
  static let duration = (full: "1 s", quick: "1 s")

  @Option(parsing: .unconditional, help: "Images.")
  var images = 100
  @Option(name: .customLong("kernel"), parsing: .unconditional, help: "Width and height of a window.")
  var width = 2
  @OptionGroup var options: RunOptions

  func validate() throws {
    try require((1...10_000).contains(images), "--images \(images)", "1 to 10000")
    try require((1...32).contains(width), "--kernel \(width)", "1 to 32")
  }

  func perform(_ run: Run) throws {
    let functions: [(name: String, isNonDecreasing: Bool, apply: (Tensor) -> Tensor)] = [
      ("ReLU", true, { $0.relu() }), ("sigmoid", true, { $0.sigmoid() }), ("tanh", true, { $0.tanh() }),
      ("sign, which has steps", true, { $0.sign() }), ("−x, which falls", false, { -$0 }),
    ]
    let x = Tensor.normal([images, 3, 32, 32])
    let kernel = Size2D(width, width)
    for (name, isNonDecreasing, apply) in functions {
      let first = maxPool2d(apply(x), kernelSize: kernel), last = apply(maxPool2d(x, kernelSize: kernel))
      let different = (first .!= last).cast(to: .int32).sum().item(Int32.self)
      if isNonDecreasing {
        run.check("\(name): elements of \(first.count.grouped) that differ", expected: 0, ours: different)
      } else {
        run.check("\(name): it makes a difference", width == 1 ? different == 0 : different > 0)
        run.show("\(name): elements of \(first.count.grouped) that differ", ours: Int(different).grouped)
      }
    }
    run.note("a function that falls turns the largest element into the smallest: pooling takes another one")
  }
}
