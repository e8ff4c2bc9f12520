import ArgumentParser
import Neural
import NeuralPlots

/// `homework dlcv mlp`: question 3 of the paper.
struct DLCVMLP: Exercise {
  static let course = "dlcv", name = "mlp", title = "Two layers whose gradients are written by hand."
  static let discussion = """
    A linear layer and a ReLU with forward and backward functions of their own make a network 784 → 100 → 10. Weights \
    begin normal with deviation 0.001, pixels are scaled to 0…1, and gradients are summed over the batch, so that the \
    learning rate .01 is .64 of the mean's for a batch of 64. Learning rate and batch size are varied; the paper's choice, \
    .01 and 64, is tested class by class and trained on parts of the digits.
    """
  static let data = "MNIST or generated digits"
  static let duration = (full: "90 s", quick: "4 s")

  @Option(parsing: .unconditional, help: "Passes over the training data for each setting.")
  var epochs = 10
  @OptionGroup var options: RunOptions

  func validate() throws { try require(epochs >= 1, "--epochs \(epochs)", "1 or more") }

  func perform(_ run: Run) throws {
    let study = try DigitStudy(run)
    try checkGradients(run)
    let epochs = run.choose(full: epochs, quick: 1)
    func train(on data: Batch? = nil, batchSize: Int, learningRate: Double) throws -> (model: Network, losses: [Double])
    {
      try study.trained(
        { Network() }, on: data, batchSize: batchSize, learningRate: learningRate, epochs: epochs,
        loss: { crossEntropy(logits: $0, labels: $1, reduction: .sum) })
    }

    // The paper's choice is one of these settings.
    var chosen = try train(batchSize: 64, learningRate: 0.01)
    chosen.losses = chosen.losses.map { $0 / 64 }
    let results = try vary(study, epochs: epochs, run) { batchSize, learningRate in
      batchSize == 64 && learningRate == 0.01
        ? chosen.model : try train(batchSize: batchSize, learningRate: learningRate).model
    }
    let whole = study.tested(chosen.model, on: study.test)
    try run.figure(
      "loss", "Cross-entropy of the batches at learning rate .01 and batch 64, and its mean over the last hundred.",
      LinePlot(x: "batch", y: Axis("cross-entropy", scale: .logarithmic), .smoothed(chosen.losses, over: 100)))

    let settings = epochs == 10 || run.isQuick ? nil : "other epochs"
    run.judge(
      "test accuracy, batch 64", in: study.isMNIST ? 0.973...1 : 0.85...1, ours: whole.accuracy, as: .percent,
      paper: "97.67 %", unjudged: settings)
    if let row = results.rows.first(where: { $0["batch size"] == 16 && $0["learning rate"] == 0.01 }) {
      run.show(
        "validation accuracy, batch 16", paper: "97.32 %", ours: NumberStyle.percent.text(row["validation accuracy"]))
    }
    try study.showClasses(of: whole, paper: (best: 0, worst: 9))
    let papers = [94.25, 95.74, 96.93]
    let fractions = try study.showFractions(whole: whole, paper: papers) {
      try train(on: $0, batchSize: 64, learningRate: 0.01).model
    }
    for (index, percent) in [10, 20, 50].enumerated() {
      let paper = papers[index] / 100
      run.judge(
        "test accuracy, trained on \(percent) %", in: study.isMNIST ? paper - 0.015...paper + 0.015 : 0.6...1,
        ours: fractions[index], as: .percent, paper: "\(papers[index]) %", unjudged: settings)
    }
  }

  /// Trains every setting and shows what comes out.
  private func vary(
    _ study: DigitStudy, epochs: Int, _ run: Run, train: (_ batchSize: Int, _ learningRate: Double) throws -> Network
  ) throws -> Sweep {
    let rates = run.choose(full: [0.01, 0.001, 0.0001], quick: [0.01])
    let sizes = run.choose(full: [16.0, 32, 64, 128], quick: [64, 128])
    let results = try sweep(over: ["learning rate": rates, "batch size": sizes]) { setting in
      let size = Int(setting["batch size"])
      return study.validated(
        try train(size, setting["learning rate"]), as: "learning rate \(setting["learning rate"].short), batch \(size)")
    }
    try study.showSweep(
      results, epochs: epochs, against: "batch size", ticks: sizes, lines: ("learning rate", rates),
      "for each learning rate", loss: Axis("validation loss", scale: .logarithmic))
    return results
  }

  /// The hand-written gradients against central differences.
  private func checkGradients(_ run: Run) throws {
    let x = Tensor.uniform([5, 7], in: -1..<1, dtype: .float64),
      weight = Tensor.uniform([7, 4], in: -1..<1, dtype: .float64)
    let bias = Tensor.uniform([4], in: -1..<1, dtype: .float64)
    let linear = gradCheck({ HandLinear.apply($0[0], weight: $0[1], bias: $0[2]) }, at: [x, weight, bias])
    let relu = gradCheck({ HandReLU.apply($0[0]) }, at: [x])
    run.check("linear: largest relative error of its gradients", ours: linear.entries[0].error, below: 1e-6)
    run.check("ReLU: largest relative error of its gradient", ours: relu.entries[0].error, below: 1e-6)
  }
}

/// 784 → 100 → 10.
private final class Network: Module, Layer {
  let linear1 = HandLinear(784, 100), relu = HandReLU(), linear2 = HandLinear(100, 10)

  func forward(_ x: Tensor) -> Tensor { linear2(relu(linear1(x.flattened(from: 1)))) }
}

/// y = xW + b with W `[inputs, outputs]`; ∂x = ∂y·Wᵀ, ∂W = xᵀ·∂y, ∂b = Σ ∂y over the batch.
private final class HandLinear: Module, Layer {
  let weight: Parameter, bias: Parameter

  init(_ inputs: Int, _ outputs: Int) {
    weight = Parameter(Tensor.normal([inputs, outputs], standardDeviation: 1e-3))
    bias = Parameter(Tensor.zeros([outputs]))
  }

  func forward(_ x: Tensor) -> Tensor { HandLinear.apply(x, weight: weight.value, bias: bias.value) }

  static func apply(_ x: Tensor, weight: Tensor, bias: Tensor) -> Tensor {
    // The gradient of images, which nobody asks for, is not computed.
    let needsInput = x.requiresGrad
    return customOperation("hand-written linear", inputs: [x, weight, bias]) { inputs in
      matmul(inputs[0], inputs[1]) + inputs[2]
    } pullback: { inputs, _, gradient in
      [
        needsInput ? matmul(gradient, inputs[1].transposed()) : nil, matmul(inputs[0].transposed(), gradient),
        gradient.sum(axis: 0),
      ]
    }
  }
}

/// y = max(x, 0); ∂x = ∂y where x > 0, else 0.
private final class HandReLU: Module, Layer {
  func forward(_ x: Tensor) -> Tensor { HandReLU.apply(x) }

  static func apply(_ x: Tensor) -> Tensor {
    customOperation("hand-written ReLU", inputs: [x]) { inputs in
      inputs[0].clamped(from: 0)
    } pullback: { inputs, _, gradient in
      [gradient * (inputs[0] .> 0).cast(to: gradient.dtype)]
    }
  }
}
