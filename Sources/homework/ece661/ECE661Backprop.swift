import ArgumentParser
import Neural

/// `homework ece661 backprop`: problems 3.1 and 3.2 of the paper.
struct ECE661Backprop: Exercise {
  static let course = "ece661", name = "backprop",
    title = "Gradients of a two-layer network by Kronecker products, autograd, differences."
  static let discussion = """
    x₂ = σ(W₁x₁ + b₁), x₃ = W₂x₂ + b₂, L = ½‖t − x₃‖². With vec, which stacks the columns of a matrix, \
    ∂(Wx)/∂vec W = xᵀ ⊗ I: the gradient of a matrix is that of a vector, unstacked. All in double precision.
    """
  static let data = "none"
  static let duration = (full: "1 s", quick: "1 s")

  @Option(parsing: .unconditional, help: "Networks of random shapes, for each activation.")
  var shapes = 25
  @OptionGroup var options: RunOptions

  func validate() throws { try require((0...10_000).contains(shapes), "--shapes \(shapes)", "0 to 10000") }

  func perform(_ run: Run) throws {
    run.table(
      "gradients, rows as the paper has them; σ′ is 1 where ReLU's argument is positive, x₂ ⊙ (1 − x₂) for the sigmoid",
      ["gradient", "formula"],
      [
        ["∂L/∂x₃", "−(t − x₃)ᵀ"], ["∂L/∂b₂", "∂L/∂x₃"], ["∂L/∂vec W₂", "∂L/∂x₃ (x₂ᵀ ⊗ I)"],
        ["∂L/∂b₁", "∂L/∂x₃ W₂ diag σ′"], ["∂L/∂vec W₁", "∂L/∂b₁ (x₁ᵀ ⊗ I)"],
      ])
    check(
      TwoLayers(.relu), loss: 14.5, w1: [[0, 0], [13, -1], [26, -2]], b1: [13, -1], w2: [[-4, -10], [-4, -10]],
      b2: [-2, -5], digits: 1, run)
    check(
      TwoLayers(.sigmoid), loss: 4.2011, w1: [[0, 0], [0.7774, -0.1050], [1.5547, -0.2100]], b1: [0.7774, -0.1050],
      w2: [[-0.7758, -2.4324], [-0.7758, -2.4324]], b2: [-0.8808, -2.7616], digits: 4, run)
    for activation in [Activation.relu, .sigmoid] {
      let errors = (0..<shapes).map { _ in TwoLayers.random(activation).errors() }
      run.check(
        "\(activation) and \(shapes) random shapes: formula against autograd", ours: errors.map(\.autograd).max() ?? 0,
        below: 1e-6)
      run.check(
        "\(activation) and \(shapes) random shapes: formula against differences",
        ours: errors.map(\.differences).max() ?? 0, below: 1e-6)
    }
  }

  /// The network of problem 3.2 against the paper's figures.
  private func check(
    _ network: TwoLayers, loss: Double, w1: [[Double]], b1: [Double], w2: [[Double]], b2: [Double], digits: Int,
    _ run: Run
  ) {
    let name = "\(network.activation)"
    run.check("\(name): L", expected: loss, ours: network.loss(network.parameters).scalar, digits: digits)
    let gradients = network.closedForm()
    let expected = [
      ("∂L/∂W₁ᵀ", Tensor(w1)), ("∂L/∂b₁", Tensor(b1)), ("∂L/∂W₂ᵀ", Tensor(w2)), ("∂L/∂b₂", Tensor(b2)),
    ]
    for ((quantity, paper), ours) in zip(expected, gradients) {
      run.check("\(name): \(quantity)", expected: paper, ours: ours, digits: digits)
    }
    let errors = network.errors()
    run.check("\(name): formula against autograd", ours: errors.autograd, below: 1e-6)
    run.check("\(name): formula against differences", ours: errors.differences, below: 1e-6)
  }
}

private enum Activation {
  case relu, sigmoid

  func callAsFunction(_ z: Tensor) -> Tensor { self == .relu ? z.relu() : z.sigmoid() }

  /// σ′(z), given also σ(z).
  func derivative(_ z: Tensor, _ value: Tensor) -> Tensor {
    self == .relu ? (z .> 0).cast(to: z.dtype) : value * (1 - value)
  }
}

/// x₂ = σ(W₁x₁ + b₁), x₃ = W₂x₂ + b₂, L = ½‖t − x₃‖²; vectors are columns.
private struct TwoLayers {
  let activation: Activation
  /// x₁: n×1.
  let input: Tensor
  /// t: k×1.
  let target: Tensor
  /// W₁: m×n, b₁: m×1, W₂: k×m, b₂: k×1.
  let parameters: [Tensor]

  func loss(_ parameters: [Tensor]) -> Tensor {
    let x2 = activation(matmul(parameters[0], input) + parameters[1])
    return 0.5 * (target - (matmul(parameters[2], x2) + parameters[3])).squared().sum()
  }

  /// The gradients with respect to W₁ᵀ, b₁, W₂ᵀ and b₂, by their formulas.
  func closedForm() -> [Tensor] {
    let (w1, b1, w2, b2) = (parameters[0], parameters[1], parameters[2], parameters[3])
    let z = matmul(w1, input) + b1
    let x2 = activation(z)
    let x3 = matmul(w2, x2) + b2

    let d3 = -(target - x3).transposed()
    let d2 = matmul(d3, w2) * activation.derivative(z, x2).transposed()  // by a diagonal matrix: column by column
    let (n, m, k) = (w1.shape[1], w1.shape[0], w2.shape[0])
    let vecW1 = matmul(d2, kroneckerProduct(input.transposed(), Tensor.eye(m, dtype: .float64)))
    let vecW2 = matmul(d3, kroneckerProduct(x2.transposed(), Tensor.eye(k, dtype: .float64)))
    return [vecW1.reshaped([n, m]), d2.reshaped([m]), vecW2.reshaped([m, k]), d3.reshaped([k])]
  }

  /// How far the formulas are from autograd and from central differences, all gradients as one vector.
  func errors() -> (autograd: Double, differences: Double) {
    let leaves = parameters.map { $0.requiringGrad() }
    let autograd = gradients(of: loss(leaves), withRespectTo: leaves)
    let differences = parameters.indices.map { index in
      Differences.gradient(
        of: { moved in
          var parameters = parameters
          parameters[index] = moved
          return loss(parameters).scalar
        }, at: parameters[index])
    }
    let closed = vector(closedForm())
    func error(_ others: [Tensor]) -> Double {
      Differences.relative(closed, vector(others.map { $0.transposed() }))
    }
    return (error(autograd), error(differences))
  }

  private func vector(_ tensors: [Tensor]) -> Tensor { Tensor.concatenated(tensors.map { $0.flattened() }) }
}

extension TwoLayers {
  /// The network of problem 3.2.
  init(_ activation: Activation) {
    func double(_ rows: [[Double]]) -> Tensor { Tensor(rows) }  // literals alone would be float32
    self.activation = activation
    input = double([[0], [1], [2]])
    target = double([[1], [2]])
    parameters = [
      double([[3, -1, 1], [-5, 2, -1]]), double([[1], [2]]), double([[1, -2], [-3, 1]]), double([[1], [1]]),
    ]
  }

  /// One with 1 to 6 inputs, hidden features and outputs.
  static func random(_ activation: Activation) -> TwoLayers {
    let sizes = (Tensor.uniform([3], in: 1..<7).floor()).array(Float.self).map(Int.init)
    let (n, m, k) = (sizes[0], sizes[1], sizes[2])
    func normal(_ shape: Shape) -> Tensor { Tensor.normal(shape, dtype: .float64) }
    return TwoLayers(
      activation: activation, input: normal([n, 1]), target: normal([k, 1]),
      parameters: [normal([m, n]), normal([m, 1]), normal([k, m]), normal([k, 1])])
  }
}
