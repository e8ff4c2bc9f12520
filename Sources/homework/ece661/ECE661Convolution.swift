import ArgumentParser
import Foundation
import Neural
import NeuralData
import NeuralPlots

/// `homework ece661 convolution`: problems 4.1 and 4.2 of the paper.
struct ECE661Convolution: Exercise {
  static let course = "ece661", name = "convolution", title = "A 3×3 kernel over a small matrix and over an image."
  static let discussion = """
    The kernel takes half of each of four neighbours from every element; around the matrix are zeros. On waves of \
    frequencies u and v, in radians per element, it acts as the factor 1 − cos u − cos v: −1 where nothing changes, 3 on \
    a chessboard. It turns even regions into their negative and makes edges three times as strong.
    """
  static let data = "none, or a PNG of your own"
  static let duration = (full: "1 s", quick: "1 s")

  @Option(help: "A PNG for the second part, taken in grey (default: a drawn scene).")
  var image: String?
  @OptionGroup var options: RunOptions

  private static let kernel = Tensor([[0, -0.5, 0], [-0.5, 1, -0.5], [0, -0.5, 0]])
  private static let matrix = Tensor([
    [0, 0, -1, 0, 0, 0, 1, 0, 0], [0, -1, -1, -1, 0, 1, 1, 1, 0], [-1, -1, -1, -1, 0, 1, 1, 1, 1],
    [0, -1, -1, -1, 0, 1, 1, 1, 0], [0, 0, -1, 0, 0, 0, 1, 0, 0],
  ])

  func perform(_ run: Run) throws {
    let picture = try image.map { try Picture(png: URL(fileURLWithPath: $0)).grey }
    run.data(picture.map { "\(image ?? ""), \($0.height)×\($0.width) in grey" } ?? "a drawn scene")
    for note in picture?.notes ?? [] { run.note("the image: \(note)") }

    let filtered = filter(Self.matrix)
    run.code("input", Self.matrix)
    run.code("kernel", Self.kernel)
    run.code("output", filtered)
    try run.figure(
      "matrices", "The matrix and what the kernel makes of it: signs turn inside, edges stand out.",
      MatrixPlot("input", Self.matrix, label: "value", range: -1...1, digits: 0),
      MatrixPlot("output", filtered, label: "value", range: -1...1, digits: 1))
    run.check("energy Σx² of the input", expected: 24, ours: energy(Self.matrix), digits: 2)
    run.check("energy of the output", expected: 22, ours: energy(filtered), digits: 2)
    let rows = [
      [0, 1, -0.5, 1, 0, -1, 0.5, -1, 0], [1, 0, 1, 0, 0, 0, -1, 0, -1], [-0.5, 1, 1, 0.5, 0, -0.5, -1, -1, 0.5],
    ]
    for (number, row) in (rows + [rows[1], rows[0]]).enumerated() {
      run.check(
        "row \(number + 1) of the output", expected: Tensor(row.map(Float.init)), ours: filtered[number], digits: 1)
    }
    try filterScene(picture?.tensor[0].cast(to: .float32) ?? drawnScene(), run)
  }

  /// Problem 4.2: pixels 0 to 255, `[height, width]`.
  private func filterScene(_ scene: Tensor, _ run: Run) throws {
    let filtered = filter(scene)
    let (least, most) = (filtered.min().scalar, filtered.max().scalar)
    let shown = (filtered - least) / (most - least)
    let range = "\(least.fixed(0)) to \(most.fixed(0))".replacing("-", with: "−")
    try run.figure(
      "image",
      "A grey image before and after: even regions become their negative, edges are outlined, grain is stronger.",
      ImageGrid("", [scene / 255, shown], titles: ["before: 0 to 255", "after: \(range)"]))
    run.show("image", paper: "1920×2232", ours: "\(scene.shape[0])×\(scene.shape[1])")
    run.show("energy of the image before", paper: "248152700", ours: energy(scene).fixed(0))
    run.show("energy of the image after", paper: "203831801017.75", ours: energy(filtered).fixed(2))
    let bytes = scene.cast(to: .uint8)
    let wrapped = (bytes * bytes).cast(to: .float64).sum().scalar
    run.show("energy before, with squares kept in 8 bits", ours: wrapped.fixed(0))
    run.note("the paper's energy of its image is too small: squares of 8-bit pixels above 15 do not fit into 8 bits")
  }

  /// Convolution with zeros around, one image `[height, width]`.
  private func filter(_ image: Tensor) -> Tensor {
    let batch = image.unsqueezed(axis: 0).unsqueezed(axis: 0)
    return conv2d(batch, weight: Self.kernel.reshaped([1, 1, 3, 3]), padding: 1).squeezed()
  }

  /// Σx², in double precision.
  private func energy(_ image: Tensor) -> Double { image.cast(to: .float64).squared().sum().scalar }

  /// A disc and a square on a slope of light, with grain.
  private func drawnScene() -> Tensor {
    let size = 160
    var pixels: [Float] = []
    for y in 0..<size {
      for x in 0..<size {
        let (dx, dy) = (Double(x) - 55, Double(y) - 60)
        let isDisc = dx * dx + dy * dy < 36 * 36, isSquare = (95..<140).contains(x) && (85..<130).contains(y)
        pixels.append(isDisc ? 215 : isSquare ? 40 : Float(70 + x * 90 / size))
      }
    }
    let grain = 4 * Tensor.normal([size, size])
    return (Tensor(pixels, shape: [size, size]) + grain).clamped(to: 0...255).rounded()
  }
}
