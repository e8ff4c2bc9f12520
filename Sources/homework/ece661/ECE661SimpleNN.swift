import ArgumentParser
import Neural
import NeuralModels
import NeuralPlots

/// `homework ece661 simplenn`: labs 2 and 3 of the paper.
struct ECE661SimpleNN: Exercise {
  static let course = "ece661", name = "simplenn",
    title = "A small convolutional network: shapes, parameters, multiplications, gradients."
  static let discussion = """
    Three convolutions with ReLU and max-pooling, then two fully connected layers with ReLU. A random image goes \
    through; a backward pass of the mean squared error to a random target gives the gradients, first with PyTorch's \
    initial weights, then with weights of zero.
    """
  static let data = "none"
  static let duration = (full: "1 s", quick: "1 s")

  @OptionGroup var options: RunOptions

  func perform(_ run: Run) throws {
    let model = SimpleNN()
    let weights = [
      ("conv1", model.conv1.weight), ("conv2", model.conv2.weight), ("conv3", model.conv3.weight),
      ("fc1", model.fc1.weight), ("fc2", model.fc2.weight),
    ]
    run.code("the layers", model)
    describe(model, run)

    let initial = weights.map { (name: $0, values: $1.value.detached()) }
    let gradients = gradients(of: weights, in: model)
    for (_, weight) in weights { weight.value = Tensor.zeros(weight.shape) }
    let zeroed = self.gradients(of: weights, in: model)

    run.table(
      "weights and their gradients",
      ["layer", "weights from", "to", "standard deviation", "largest |gradient|", "the same, all weights zero"],
      initial.indices.map { index in
        let values = initial[index].values
        return [
          initial[index].name, values.min().scalar.short, values.max().scalar.short,
          values.standardDeviation().scalar.short, largest(gradients[index].values).short,
          largest(zeroed[index].values).short,
        ]
      })
    try histograms(
      "weights", of: "weight", "The initial weights: uniform, the narrower the more inputs a layer has.", initial, run)
    try histograms(
      "gradients", of: "gradient", "Their gradients after a backward pass: around zero, many of them exactly there.",
      gradients, run)
    let limit = max(zeroed.map { largest($0.values) }.max() ?? 0, 1e-9)
    try histograms(
      "gradients-zero", of: "gradient", "The gradients when all weights are zero: only fc2 has others than zero.",
      zeroed, range: -limit...limit, run)
    for (name, gradient) in zeroed.dropLast() {
      run.check("\(name): largest |gradient| with zero weights", expected: 0, ours: largest(gradient))
    }
    run.show("fc2: largest |gradient| with zero weights", ours: largest(zeroed[4].values).short)
    run.note(
      "with zero weights only fc2 learns: its input, ReLU of fc1's bias, is not zero; every other layer sees zeros or is behind zeros"
    )
    run.note("the paper counts the weights of fc1 and fc2 without their 32 and 10 biases, and so do these rows")
  }

  /// Shapes, weights and multiplications against the paper's table.
  private func describe(_ model: SimpleNN, _ run: Run) {
    let summary = model.summary(inputShape: [1, 3, 32, 32])
    run.code("what each layer makes of an image", summary)
    let paper: [(name: String, input: Shape, output: Shape, weights: Int, multiplications: Int)] = [
      ("conv1", [1, 3, 32, 32], [1, 16, 32, 32], 1_200, 1_228_800),
      ("conv2", [1, 16, 15, 15], [1, 16, 17, 17], 2_304, 665_856),
      ("conv3", [1, 16, 8, 8], [1, 32, 6, 6], 25_088, 903_168),
      ("fc1", [1, 288], [1, 32], 9_216, 9_216), ("fc2", [1, 32], [1, 10], 320, 320),
    ]
    let shapes = Dictionary(uniqueKeysWithValues: model.namedParameters().map { ($0.name, $0.parameter.shape) })
    for layer in paper {
      let row = summary.rows.first { $0.name == layer.name }
      run.check("\(layer.name): input", expected: layer.input, ours: row?.input ?? [])
      run.check("\(layer.name): output", expected: layer.output, ours: row?.output ?? [])
      run.check("\(layer.name): weights", expected: layer.weights, ours: shapes["\(layer.name).weight"]?.count ?? 0)
      run.check(
        "\(layer.name): multiplications", expected: layer.multiplications, ours: row?.multiplications ?? 0)
    }
  }

  /// Gradients after one backward pass, with a random image and a random target.
  private func gradients(of weights: [(String, Parameter)], in model: SimpleNN) -> [(name: String, values: Tensor)] {
    model.zeroGrad()
    let output = model(Tensor.normal([1, 3, 32, 32]))
    meanSquaredError(predictions: output, targets: Tensor.normal([1, 10])).backward()
    return weights.map { ($0, $1.grad ?? Tensor.full($1.shape, .nan)) }
  }

  private func histograms(
    _ file: String, of quantity: String, _ caption: String, _ layers: [(name: String, values: Tensor)],
    range: ClosedRange<Double>? = nil, _ run: Run
  ) throws {
    let panels = Figure(columns: 2) {
      for (name, values) in layers {
        Histogram(
          name, x: Axis(quantity, range: range), y: Axis("count", scale: .logarithmic), of: values, bins: 41)
      }
    }
    try run.figure(file, caption, panels)
  }

  private func largest(_ tensor: Tensor) -> Double { tensor.abs().max().scalar }
}
