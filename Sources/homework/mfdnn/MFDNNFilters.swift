import ArgumentParser
import Neural
import NeuralPlots

/// `homework mfdnn filters`: problems 1 to 3 of the paper.
struct MFDNNFilters: Exercise {
  static let course = "mfdnn", name = "filters", title = "Differences, average pooling and grey images as convolutions."
  static let discussion = """
    Forward differences downward and to the right, X[i+1, j] − X[i, j] and X[i, j+1] − X[i, j] with zeros beyond the edge, \
    are one convolution with two 3×3 filters. Average pooling over k×k is one with steps of k and weights 1/k², for each \
    channel apart. Grey from red, green and blue is one with a 1×1 filter.
    """
  static let data = "CIFAR-10 or generated shapes"
  static let duration = (full: "1 s", quick: "1 s")

  @Option(name: .customLong("kernel"), parsing: .unconditional, help: "k: width and height of the pooling's windows.")
  var width = 4
  @Option(parsing: .unconditional, help: "Images.")
  var images = 100
  @OptionGroup var options: RunOptions

  func validate() throws {
    try require((1...32).contains(width), "--kernel \(width)", "1 to 32")
    try require((1...10_000).contains(images), "--images \(images)", "1 to 10000")
  }

  func perform(_ run: Run) throws {
    let photos = try run.photos(images).pixels
    run.code("differences downward and to the right", Self.differences)
    run.code("grey", Self.grey)
    for (name, x) in [("random", Tensor.normal([images, 3, 32, 32])), ("real", photos)] {
      let grey = toGrey(x)
      compare("\(name) images: grey", grey, 0.299 * x[.all, 0] + 0.587 * x[.all, 1] + 0.114 * x[.all, 2], run)
      let changes = change(grey)
      compare("\(name) images: differences downward", changes[.all, 0], directChange(grey[.all, 0], axis: 1), run)
      compare("\(name) images: differences to the right", changes[.all, 1], directChange(grey[.all, 0], axis: 2), run)
      let pooled = pool(x)
      compare(
        "\(name) images: averages of \(width)×\(width)", pooled, avgPool2d(x, kernelSize: Size2D(width, width)), run)
      compare("\(name) images: averages, by reshaping", pooled, directPool(x), run)
    }
    try draw(photos, run)
  }

  // MARK: The convolutions

  /// `[2, 1, 3, 3]`
  private static let differences = Tensor([
    [[[0, 0, 0], [0, -1, 0], [0, 1, 0]]], [[[0, 0, 0], [0, -1, 1], [0, 0, 0]]],
  ])
  /// `[1, 3, 1, 1]`; the weights of luma in ITU-R BT.601.
  private static let grey = Tensor([0.299, 0.587, 0.114] as [Float], shape: [1, 3, 1, 1])

  private func change(_ x: Tensor) -> Tensor { conv2d(x, weight: Self.differences, padding: 1) }

  private func toGrey(_ x: Tensor) -> Tensor { conv2d(x, weight: Self.grey) }

  private func pool(_ x: Tensor) -> Tensor {
    let channels = x.shape[1], kernel = Size2D(width, width)
    let weight = Tensor.full([channels, 1, width, width], 1 / Double(width * width))
    return conv2d(x, weight: weight, stride: kernel, groups: channels)
  }

  // MARK: The definitions

  /// x[i+1] − x[i] along an axis.
  private func directChange(_ x: Tensor, axis: Int) -> Tensor {
    let zero = Tensor.zeros(Shape(x.shape.sizes.enumerated().map { $0 == axis ? 1 : $1 }))
    return Tensor.concatenated([x.narrowed(axis: axis, 1..<x.shape[axis]), zero], axis: axis) - x
  }

  /// Means over blocks; what is left at the edges is left out.
  private func directPool(_ x: Tensor) -> Tensor {
    let (height, width) = (x.shape[2] / self.width, x.shape[3] / self.width)
    return x[.all, .all, ..<(height * self.width), ..<(width * self.width)]
      .reshaped([x.shape[0], x.shape[1], height, self.width, width, self.width]).mean(axes: [3, 5])
  }

  private func compare(_ quantity: String, _ ours: Tensor, _ direct: Tensor, _ run: Run) {
    run.check(
      "\(quantity): largest |difference|", ours: (ours.squeezed() - direct.squeezed()).abs().max().scalar, below: 1e-6)
  }

  private func draw(_ photos: Tensor, _ run: Run) throws {
    let x = photos[..<min(images, 4)]
    let grey = toGrey(x), pooled = pool(x), changes = change(grey)
    let rows: [(String, (Int) -> Tensor)] = [
      ("image", { x[$0] }), ("grey", { grey[$0] }), ("down", { changes[$0, 0] / 2 + 0.5 }),
      ("right", { changes[$0, 1] / 2 + 0.5 }), ("average", { pooled[$0] }),
    ]
    try run.figure(
      "filters", "Some images, and what the filters make of them; in the differences grey is zero.",
      ImageGrid(
        "", (0..<x.shape[0]).flatMap { index in rows.map { $0.1(index) } }, titles: rows.map(\.0), columns: rows.count))
  }
}
