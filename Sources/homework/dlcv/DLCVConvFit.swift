import ArgumentParser
import Foundation
import Neural
import NeuralData
import NeuralPlots

/// `homework dlcv conv-fit`: question 5 of the paper.
struct DLCVConvFit: Exercise {
  static let course = "dlcv", name = "conv-fit",
    title = "The filters of a convolution found again from what it makes of images."
  static let discussion = """
    A convolution C₀ of 20 filters 3×5×5 without bias is applied to 100 photographs. From the images and the results \
    alone a second layer, begun at random, is to become the first: by gradient descent with momentum on the mean squared \
    difference, and exactly. Every output is a product of a patch of 75 pixels with a filter, so the filters are the least \
    squares solution of P·C = Y, where P has a row for each patch; the mean of a patch's products, PᵀP / rows, decides how \
    fast gradient descent is.
    """
  static let data = "CIFAR-10, C0_weights.npy; or generated shapes, random filters"
  static let duration = (full: "10 s", quick: "3 s")

  @Option(parsing: .unconditional, help: "Steps of gradient descent.")
  var steps = 500
  @Option(parsing: .unconditional, help: "Momentum.")
  var momentum = 0.95
  @OptionGroup var options: RunOptions

  func validate() throws {
    try require(steps >= 1, "--steps \(steps)", "1 or more")
    try require(momentum >= 0 && momentum < 1, "--momentum \(momentum)", "from 0 to below 1")
  }

  func perform(_ run: Run) throws {
    let photos = try run.photos(run.choose(full: 100, quick: 20))
    let x = photos.pixels.cast(to: .float64)
    let filters = try filters(run)
    let y = conv2d(x, weight: filters, padding: 2)

    let patches = patches(x, size: 5, padding: 2)
    let moments = matmul(patches.transposed(), patches) * (1 / Double(patches.shape[0]))
    let eigenvalues = try symmetricEigenvalues(moments).array(Double.self)
    let condition = try conditionNumber(moments).scalar
    let fit = descend(x, y, filters, largestEigenvalue: eigenvalues[74], run)
    let exact = try leastSquares(patches, y.permuted([0, 2, 3, 1]).reshaped([-1, 20])).solution.transposed()
      .reshaped([20, 3, 5, 5])

    if photos.isCIFAR10 && !run.isQuick {
      run.judge("condition number of the patches' moments", in: 2.35e6...2.45e6, ours: condition, must: false)
    } else {
      run.show("condition number of the patches' moments", ours: condition.short)
    }
    run.judge(
      "descent: last loss as a part of the first", in: 0...1e-3, ours: fit.losses[fit.losses.count - 1] / fit.losses[0],
      unjudged: steps >= 500 && momentum == 0.95 ? nil : "other settings")
    run.show(
      "descent: sum of squared differences", paper: "224,038",
      ours: (fit.losses[fit.losses.count - 1] * Double(y.count)).short)
    run.show("descent: max |C − C₀|", paper: "1.93", ours: difference(fit.filters, filters).short)
    // The digits beyond are rounding, which depends on how LAPACK's threads share the work.
    run.check(
      "least squares: max |C − C₀|", expected: 0, ours: difference(exact, filters), digits: 7, within: 1e-6)
    run.note(
      "the paper divides gradients by their largest element, so that steps do not shrink, and ends at a loss of 224,038"
    )
    run.note(
      """
      descent divides an error along an eigenvector by a factor that depends on its eigenvalue: with a condition number of \
      \(condition.short) the outputs soon agree while the filters do not, and no first-order method changes that soon
      """)

    try run.figure(
      "loss", "Gradient descent: mean squared difference of the outputs, against the step.",
      LinePlot(x: "step", y: Axis("mean squared difference", scale: .logarithmic), [.init("", fit.losses)]))
    try run.figure(
      "eigenvalues", "The eigenvalues of PᵀP / rows: descent learns along the first few, and hardly along the others.",
      LinePlot(
        x: "number of the eigenvalue", y: Axis("eigenvalue", scale: .logarithmic),
        [.init("", x: (1...75).map { Double($0) }, Array(eigenvalues.reversed()), style: .points)]))
    let sets = [("C₀", filters), ("descent", fit.filters), ("least squares", exact)]
    let shown: [(name: String, filter: Tensor)] = sets.flatMap { name, set in
      (0..<5).map { ("\(name) \($0 + 1)", set[$0]) }
    }
    try run.figure(
      "filters", "Five of the filters: C₀, gradient descent's, and least squares'.",
      ImageGrid(shown.map(\.filter), titles: shown.map(\.name), columns: 5, range: -1...1))
  }

  /// C₀, or filters drawn at random, `[20, 3, 5, 5]` in double precision.
  private func filters(_ run: Run) throws -> Tensor {
    guard let file = run.dataFile("C0_weights.npy", of: "dlcv") else {
      run.data("random filters, uniform in −1…1; C0_weights.npy was not found")
      return Tensor.uniform([20, 3, 5, 5], in: -1..<1, dtype: .float64)
    }
    let filters = try Tensor(npy: file)
    guard filters.shape == [20, 3, 5, 5], filters.dtype.isFloatingPoint else {
      throw CheckpointError.malformed(
        path: file.relativePath, reason: "float filters [20, 3, 5, 5] expected, found \(filters.dtype) \(filters.shape)"
      )
    }
    run.data("filters C₀ from \(file.relativePath)")
    return filters.cast(to: .float64)
  }

  /// The patch that each output of a convolution sees: `[images · rows · columns, channels · size²]`.
  private func patches(_ x: Tensor, size: Int, padding: Int) -> Tensor {
    let (channels, height, width) = (x.shape[1], x.shape[2], x.shape[3])
    let padded = x.padded([(0, 0), (0, 0), (padding, padding), (padding, padding)])
    let columns = (0..<channels).flatMap { channel in
      (0..<size).flatMap { row in
        (0..<size).map { padded[.all, channel, row..<row + height, $0..<$0 + width].flattened() }
      }
    }
    return Tensor.stacked(columns, axis: 1)
  }

  /// Gradient descent with momentum on all images at once.
  ///
  /// The mean squared difference has, for each filter, the Hessian (2/20)·PᵀP/rows; a step of its inverse's least
  /// eigenvalue is as large as is safe without momentum, and stable with it.
  private func descend(
    _ x: Tensor, _ y: Tensor, _ filters: Tensor, largestEigenvalue: Double, _ run: Run
  ) -> (filters: Tensor, losses: [Double]) {
    let layer = Conv2d(3, 20, kernelSize: 5, padding: 2, bias: false, initializer: .uniform(bound: 1))
    let rate = 10 / largestEigenvalue
    let steps = run.choose(full: steps, quick: min(steps, 60))
    run.text(
      "\(steps) steps on all images, learning rate \(rate.short) = 20 / 2λ for the largest eigenvalue λ, momentum \(momentum)."
    )
    let optimizer = SGD(layer, learningRate: rate, momentum: momentum)
    let inputs = x.cast(to: .float32), targets = y.cast(to: .float32)
    let losses = (0..<steps).map { _ in
      optimizer.zeroGrad()
      let loss = meanSquaredError(predictions: layer(inputs), targets: targets)
      loss.backward()
      optimizer.step()
      return loss.scalar
    }
    return (layer.weight.value.detached().cast(to: .float64), losses)
  }

  private func difference(_ a: Tensor, _ b: Tensor) -> Double { (a - b).abs().max().scalar }
}
