import ArgumentParser
import Neural
import NeuralData
import NeuralPlots

/// `homework ece661 lms`: lab 1 of the paper.
struct ECE661LMS: Exercise {
  static let course = "ece661", name = "lms", title = "Linear regression: Wiener's solution and the LMS algorithm."
  static let discussion = """
    100 points x = (1, x₁, x₂) with targets d. Wiener's solution minimises MSE = ‖d − XW‖² / 2K at once, by least \
    squares. LMS (Widrow and Hoff 1960) takes the points one by one, in the order of the rows: W ← W + r (d − xᵀW) x.
    """
  static let data = "dataset.mat or a generated set"
  static let duration = (full: "1 s", quick: "1 s")

  @Option(parsing: .unconditional, help: "Passes over the points.")
  var epochs = 20
  @OptionGroup var options: RunOptions

  func validate() throws { try require((1...10_000).contains(epochs), "--epochs \(epochs)", "1 to 10000") }

  /// A run of the algorithm: the weights at its end, and MSE after each epoch.
  private struct Fitted {
    let rate: Double, filter: LMS, errors: [Double]

    var name: String { "r = \(rate.short)" }
    var last: Double { errors[errors.count - 1] }
    var series: LinePlot.Series { .init(name, x: errors.indices.map { Double($0 + 1) }, errors, style: .markedLine) }
  }

  func perform(_ run: Run) throws {
    let points = try points(run)
    let wiener = try wienerSolution(inputs: points.x, desired: points.d)
    let fitted = [0.005, 0.01, 0.05, 0.5, 0.7, 1].map { rate in
      var filter = LMS(3, stepSize: rate)
      let errors = filter.adapt(to: points.x, desired: points.d, epochs: epochs).map { $0 / 2 }
      return Fitted(rate: rate, filter: filter, errors: errors)
    }
    run.table(
      "LMS from zero, \(epochs) epochs", ["r", "MSE after 1 epoch", "after \(epochs)", "weights", "divergence"],
      fitted.map {
        [
          $0.rate.short, $0.errors[0].short, $0.last.short, $0.filter.weights.map(\.short).joined(separator: ", "),
          $0.filter.divergence?.description ?? "",
        ]
      })
    try draw(points, wiener, fitted, run)

    if points.isCourse {
      judge(wiener, fitted, run)
    } else {
      let difference = zip(fitted[1].filter.weights, wiener.weights).map { abs($0 - $1) }.max() ?? .nan
      run.judge(
        "largest |difference| of the weights of LMS at r = 0.01 and Wiener's", in: 0...0.01, ours: difference,
        unjudged: epochs < 20 ? "other settings" : nil)
    }
    run.check("r = 0.05 diverges", expected: false, ours: fitted[2].filter.divergence != nil)
    run.check("r = 1 diverges", expected: true, ours: fitted[5].filter.divergence != nil)
    run.note(
      "a small r comes near the minimum slowly; a large one is near after an epoch and then wanders; one too large flies off"
    )
  }

  /// The rows that hold for the course's points and 20 epochs.
  private func judge(_ wiener: WienerSolution, _ fitted: [Fitted], _ run: Run) {
    func check(_ name: String, _ expected: [Double], _ weights: [Double]) {
      run.check("\(name): W", expected: Tensor(expected), ours: Tensor(weights), digits: 8)
    }
    check("Wiener", [1.00067810, 1.00061145, -2.00031968], wiener.weights)
    run.check("Wiener: MSE · 10⁵", expected: 5.03995157, ours: 1e5 * wiener.meanSquaredError / 2, digits: 8)
    guard epochs == 20 else {
      for fitted in fitted { run.show("\(fitted.name): last MSE", ours: fitted.last.short) }
      return
    }
    check("r = 0.01", [1.00074855, 1.00082859, -2.00068123], fitted[1].filter.weights)
    for (fitted, expected) in zip(fitted, [5.040, 5.048, 5.166, 90.23]) {
      run.check(
        "\(fitted.name): last MSE · 10⁵", expected: expected, ours: 1e5 * fitted.last, digits: expected < 10 ? 3 : 2)
    }
    run.check("r = 0.7: last MSE / 10⁴⁹", expected: 7.0, ours: fitted[4].last / 1e49, digits: 1)
    run.check("r = 0.7 diverges", expected: true, ours: fitted[4].filter.divergence != nil)
    run.check("r = 1: last MSE", expected: Double.infinity, ours: fitted[5].last)
  }

  private func draw(
    _ points: (x: Tensor, d: Tensor, isCourse: Bool), _ wiener: WienerSolution, _ fitted: [Fitted], _ run: Run
  ) throws {
    let epoch = Axis("epoch", ticks: epochs <= 20 ? Array(stride(from: 2, through: Double(epochs), by: 2)) : nil)
    let error = Axis("MSE", scale: .logarithmic)
    let least = LinePlot.Reference.horizontal(wiener.meanSquaredError / 2, "Wiener")
    try run.figure(
      "mse", "MSE after each epoch at r = 0.01: straight down on a logarithmic axis, until it meets Wiener's.",
      LinePlot("LMS", x: epoch, y: error, [fitted[1].series], references: [least]))
    try run.figure(
      "rates", "Four rates: the larger, the sooner near Wiener's MSE; the largest stays well above it.",
      LinePlot("LMS at four rates", x: epoch, y: error, fitted[..<4].map(\.series), references: [least]))
    try run.figure(
      "divergence", "Two rates that are too large: each epoch multiplies the error.",
      LinePlot("LMS at rates that are too large", x: epoch, y: error, fitted[4...].map(\.series)))

    func column(_ index: Int) -> [Double] { points.x[.all, index].array() }
    func line(_ name: String, _ weights: [Double], to end: Double) -> ScatterPlot3D.Series {
      let ends = [-end, end]
      return .line(name, x: ends, y: ends, z: ends.map { weights[0] + (weights[1] + weights[2]) * $0 })
    }
    try run.figure(
      "space", "The points, and both solutions along x₁ = x₂: the line of LMS, drawn shorter, lies on Wiener's.",
      ScatterPlot3D(
        "Points and linear models", x: "x₁", y: "x₂", z: "d",
        [
          .points("data", x: column(1), y: column(2), z: points.d.array()), line("Wiener", wiener.weights, to: 2.5),
          line("LMS, r = 0.01", fitted[1].filter.weights, to: 1.5),
        ]))
  }

  /// X `[100, 3]` with ones in its first column, and d `[100]`: the course's, or others like them.
  private func points(_ run: Run) throws -> (x: Tensor, d: Tensor, isCourse: Bool) {
    if let file = run.dataFile("dataset.mat", of: "ece661") {
      let x = try MATFile.read(file, array: "X"), d = try MATFile.read(file, array: "D")
      guard x.rank == 2, x.shape[1] == 3, d.count == x.shape[0], d.count > 0 else {
        throw DatasetError.wrongShape(
          path: file.relativePath, expected: "X of K × 3 and D of K × 1", found: x.shape.sizes + d.shape.sizes)
      }
      run.data("\(file.relativePath): \(d.count) points")
      return (x, d.flattened(), true)
    }
    run.data("100 generated points, d = 1 + x₁ − 2x₂ + noise; ece661/dataset.mat was not found")
    var generator = Philox(seed: 661)
    let inputs = Tensor.normal([100, 2], dtype: .float64, using: &generator)
    let noise = 0.01 * Tensor.normal([100], dtype: .float64, using: &generator)
    let x = Tensor.concatenated([Tensor.ones([100, 1], dtype: .float64), inputs], axis: 1)
    return (x, 1 + inputs[.all, 0] - 2 * inputs[.all, 1] + noise, false)
  }
}
