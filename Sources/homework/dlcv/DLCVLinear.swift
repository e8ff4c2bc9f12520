import ArgumentParser
import Neural
import NeuralModels
import NeuralPlots

/// `homework dlcv linear`: question 1 of the paper.
struct DLCVLinear: Exercise {
  static let course = "dlcv", name = "linear",
    title = "A softmax classifier of digits, its learning rate and its penalty."
  static let discussion = """
    Ten weighted sums of the pixels, softmax and cross-entropy, with a penalty λΣW², trained in batches of 64. Learning \
    rate and λ are chosen on a fifth of the training digits; then the best setting is trained for longer, tested class by \
    class, and trained again on a tenth, a fifth and a half of the digits. The same model is shown as the paper has it: on \
    pixels 0 to 255, with gradients that are summed over the batch.
    """
  static let data = "MNIST or generated digits"
  static let duration = (full: "20 s", quick: "2 s")

  @Option(parsing: .unconditional, help: "Passes over the training data for each setting.")
  var sweepEpochs = 5
  @Option(parsing: .unconditional, help: "Passes over the training data with the best setting.")
  var epochs = 20
  @OptionGroup var options: RunOptions

  func validate() throws {
    try require(sweepEpochs >= 1, "--sweep-epochs \(sweepEpochs)", "1 or more")
    try require(epochs >= 1, "--epochs \(epochs)", "1 or more")
  }

  func perform(_ run: Run) throws {
    let study = try DigitStudy(run)
    let best = try choose(study, run)
    let epochs = run.choose(full: epochs, quick: min(epochs, 2))
    run.text("The best setting on the validation digits, for \(epochs) epochs, the last fifth at a tenth of the rate.")
    func train(_ data: Batch?, showsProgress: Bool) throws -> (model: MLP, losses: [Double]) {
      try study.trained(
        makeModel, on: data, batchSize: 64, learningRate: best["learning rate"], epochs: epochs,
        schedule: .step(every: max(epochs * 4 / 5, 1), factor: 0.1).perEpoch, penalty: penalty(best["λ"]),
        showsProgress: showsProgress)
    }
    let (model, losses) = try train(nil, showsProgress: true)
    let whole = study.tested(model, on: study.test)
    try showModel(model, losses: losses, run)

    run.judge(
      "test accuracy", in: study.isMNIST ? 0.92...1 : 0.8...1, ours: whole.accuracy, as: .percent,
      paper: "85.08 %, scikit-learn 92 %")
    for (name, data, paper) in [
      ("training", study.training, "85 %, scikit-learn 93 %"),
      ("validation", study.validation, "85 %, scikit-learn 92 %"),
    ] {
      run.show("\(name) accuracy", paper: paper, ours: NumberStyle.percent.text(study.tested(model, on: data).accuracy))
    }
    try study.showClasses(of: whole, paper: (best: 9, worst: 7))
    let papers = [86.87, 86.37, 87.19]
    let fractions = try study.showFractions(whole: whole, paper: papers) { try train($0, showsProgress: false).model }
    for (index, percent) in [10, 20, 50].enumerated() {
      run.show(
        "test accuracy, trained on \(percent) %", paper: "\(papers[index]) %",
        ours: NumberStyle.percent.text(fractions[index]))
    }
    try showRaw(study, epochs: epochs, run)
  }

  private func makeModel() -> MLP { MLP([784, 10], initializer: .normal(standardDeviation: 1e-3)) }

  private func penalty(_ lambda: Double) -> ((Module) -> Tensor)? {
    lambda == 0 ? nil : { lambda * l2Penalty($0, "*.weight") }
  }

  /// Trains every setting; returns the one with the best validation accuracy.
  private func choose(_ study: DigitStudy, _ run: Run) throws -> Sweep.Row {
    let rates = run.choose(full: [0.1, 0.01, 1e-3, 1e-4], quick: [0.1, 0.001])
    let lambdas = run.choose(full: [0, 0.005, 0.01], quick: [0, 0.01])
    let epochs = run.choose(full: sweepEpochs, quick: 1)
    let results = try sweep(over: ["learning rate": rates, "λ": lambdas]) { setting in
      let model = try study.trained(
        makeModel, batchSize: 64, learningRate: setting["learning rate"], epochs: epochs, penalty: penalty(setting["λ"])
      ).model
      return study.validated(
        model, as: "learning rate \(setting["learning rate"].short), λ \(setting["λ"].short)")
    }
    try study.showSweep(
      results, epochs: epochs, against: "learning rate", ticks: rates, lines: ("λ", lambdas), "for each penalty",
      loss: "validation loss")
    return results.best("validation accuracy", .maximum) ?? results.rows[0]
  }

  /// The losses of its batches, and its weights as images.
  private func showModel(_ model: MLP, losses: [Double], _ run: Run) throws {
    try run.figure(
      "loss", "Cross-entropy of the batches, and its mean over the last hundred.",
      LinePlot(x: "batch", y: Axis("cross-entropy", scale: .logarithmic), .smoothed(losses, over: 100)))
    let weights = model.layers[0].weight.value.detached().reshaped([10, 1, 28, 28])
    let bound = weights.abs().max().scalar
    try run.figure(
      "weights", "The weights of each class: where ink speaks for it (light) and where against it (dark).",
      ImageGrid(batch: weights, titles: (0..<10).map(String.init), columns: 5, range: -bound...bound))
  }

  /// The paper's way: raw pixels, gradients and penalties summed over the batch.
  private func showRaw(_ study: DigitStudy, epochs: Int, _ run: Run) throws {
    let model = try study.trained(
      { MLP([784, 10], initializer: .normal(standardDeviation: 1e-5)) }, batchSize: 64, learningRate: 1e-3,
      epochs: epochs, pixels: 0...255, penalty: { 64 * 0.01 * l2Penalty($0, "*.weight") },
      loss: { crossEntropy(logits: $0, labels: $1, reduction: .sum) }
    ).model
    let tested = study.tested(model, on: study.test, pixels: 0...255)
    run.show(
      "raw pixels, summed gradients: test accuracy", paper: "85.08 %", ours: NumberStyle.percent.text(tested.accuracy))
    run.show("raw pixels, summed gradients: test loss", paper: "1003.4", ours: tested.loss.fixed(1))
    run.note(
      """
      the paper trains on pixels 0 to 255 and sums gradients over the batch: a step changes the outputs 64 · 255² times as \
      much as the same learning rate does here, the weights jump about, and the loss ends in the thousands
      """)
  }
}
