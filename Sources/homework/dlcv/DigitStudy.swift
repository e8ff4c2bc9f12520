import Neural
import NeuralData
import NeuralPlots

/// What the course does with both of its classifiers: four fifths of the digits to train on, one to choose settings with.
struct DigitStudy {
  let training: Batch, validation: Batch, test: Batch
  /// Whether they are MNIST, for which the paper's figures hold.
  let isMNIST: Bool
  private let run: Run

  init(_ run: Run) throws {
    let digits = try run.digits()
    (training, validation) = digits.train.tensors.split(0.8, seed: run.options.seed)
    (test, isMNIST) = (digits.test.tensors, digits.isMNIST)
    self.run = run
  }

  /// A model after some epochs of gradient descent, and the losses of its batches.
  ///
  /// - Parameters:
  ///   - data: ``training`` if nil.
  ///   - range: what the pixels 0…255 are scaled to.
  ///   - loss: from logits and labels to a scalar.
  ///   - showsProgress: whether a bar is drawn.
  func trained<Model: Layer>(
    _ makeModel: () -> Model, on data: Batch? = nil, batchSize: Int, learningRate: Double, epochs: Int,
    pixels range: ClosedRange<Double> = 0...1, schedule: LearningRateSchedule? = nil,
    penalty: ((_ model: Module) -> Tensor)? = nil, showsProgress: Bool = false,
    loss: (_ logits: Tensor, _ labels: Tensor) -> Tensor = { crossEntropy(logits: $0, labels: $1) }
  ) throws -> (model: Model, losses: [Double]) {
    Random.seed(run.options.seed)  // models differ in their settings, not in how they begin
    let model = makeModel()
    let loader = DataLoader(
      data ?? training, batchSize: batchSize, shuffle: true, seed: run.options.seed,
      transform: Transforms.scale(to: range))
    let history = try fit(
      model, SGD(model, learningRate: learningRate), train: loader, epochs: 0..<epochs, loss: loss, penalty: penalty,
      schedule: schedule, metrics: [Accuracy()], callbacks: showsProgress ? run.progressBars() : [])
    return (model, history.batchLosses)
  }

  /// How well a model does on some digits.
  func tested(_ model: some Layer, on data: Batch, pixels range: ClosedRange<Double> = 0...1) -> Tested {
    let loader = DataLoader(data, batchSize: 1000, transform: Transforms.scale(to: range))
    let metrics = measure(model, on: loader, metrics: [MeanLoss(), ConfusionMatrix(classes: 10)])
    return Tested(loss: metrics[0].value, accuracy: metrics[1].value, matrix: metrics[1] as? ConfusionMatrix)
  }

  /// Mean loss, accuracy, and which digit was taken for which.
  struct Tested {
    let loss: Double, accuracy: Double
    let matrix: ConfusionMatrix?

    /// For each class the part of its digits that were recognised.
    var recalls: [Double] {
      (matrix?.counts ?? []).enumerated().map { label, row in Double(row[label]) / Double(max(row.reduce(0, +), 1)) }
    }
  }

  // MARK: What both exercises show

  /// A row of a sweep, and its line of progress.
  func validated(_ model: some Layer, as setting: String) -> KeyValuePairs<String, Double> {
    let tested = tested(model, on: validation)
    run.progress("\(setting): \(tested.accuracy.fixed(4))")
    return ["validation loss": tested.loss, "validation accuracy": tested.accuracy]
  }

  /// The table of a sweep over two settings, and its results against one of them, a line for each value of the other.
  func showSweep(
    _ results: Sweep, epochs: Int, against setting: String, ticks: [Double], lines: (setting: String, values: [Double]),
    _ which: String, loss: Axis
  ) throws {
    run.table("\(epochs) epochs of each setting", results)
    func curves(_ result: String, times factor: Double = 1) -> [LinePlot.Series] {
      lines.values.map { value in
        let rows = results.rows.filter { $0[lines.setting] == value }
        return .init(
          "\(lines.setting) = \(value.short)", x: rows.map { $0[setting] }, rows.map { factor * $0[result] },
          style: .markedLine)
      }
    }
    let x = Axis(setting, scale: .logarithmic, ticks: ticks)
    try run.figure(
      "sweep", "Validation loss and accuracy after \(epochs) epochs, against the \(setting), \(which).",
      LinePlot(x: x, y: loss, curves("validation loss")),
      LinePlot(x: x, y: "validation accuracy, %", curves("validation accuracy", times: 100)), columns: 2)
  }

  /// The classes of the best and the worst, with a bar for each.
  func showClasses(of tested: Tested, paper: (best: Int, worst: Int)) throws {
    let recalls = tested.recalls
    guard let best = recalls.indices.max(by: { recalls[$0] < recalls[$1] }),
      let worst = recalls.indices.min(by: { recalls[$0] < recalls[$1] })
    else { return }
    func shown(_ digit: Int) -> String { "\(digit): \(NumberStyle.percent.text(recalls[digit]))" }
    run.show("best class", paper: "\(paper.best)", ours: shown(best))
    run.show("worst class", paper: "\(paper.worst)", ours: shown(worst))
    try run.figure(
      "classes", "Test accuracy of each class: \(best) is recognised best, \(worst) worst.",
      BarChart(
        x: "digit", y: Axis("accuracy, %", range: min(80, 100 * recalls[worst] - 5)...100),
        categories: recalls.indices.map(String.init), [.init("", recalls.map { 100 * $0 })], digits: 1))
  }

  /// Test accuracies after training on parts of the training data, beside the whole.
  func showFractions(whole: Tested, paper: [Double], train: (_ data: Batch) throws -> any Layer) throws -> [Double] {
    let fractions = [0.1, 0.2, 0.5]
    let accuracies = try fractions.map {
      tested(try train(training.subset($0, seed: run.options.seed)), on: test).accuracy
    }
    try run.figure(
      "fractions", "Test accuracy against the part of the training data that was used.",
      LinePlot(
        x: Axis("part of the training data, %", ticks: [10, 20, 50, 100]), y: "test accuracy, %",
        [
          .init("ours", x: [10, 20, 50, 100], (accuracies + [whole.accuracy]).map { 100 * $0 }, style: .markedLine),
          .init("the paper’s", x: [10, 20, 50], paper, style: .markedLine),
        ]))
    return accuracies
  }
}
