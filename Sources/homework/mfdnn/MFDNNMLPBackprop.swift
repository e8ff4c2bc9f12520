import ArgumentParser
import Neural

/// `homework mfdnn mlp-backprop`: problem 6 of the paper.
struct MFDNNMLPBackprop: Exercise {
  static let course = "mfdnn", name = "mlp-backprop",
    title = "Gradients of a deep perceptron layer by layer, by autograd, by differences."
  static let discussion = """
    y₀ = x; z_l = A_l y_{l−1} + b_l; y_l = σ(z_l), and y_L = z_L; L = ½‖y_L − t‖². The error δ_l = ∂L/∂z_l runs \
    backward: each layer's comes from the next one's. In double precision.
    """
  static let data = "none"
  static let duration = (full: "1 s", quick: "1 s")

  @Option(parsing: .unconditional, help: "Layers.")
  var depth = 5
  @Option(parsing: .unconditional, help: "Features of every layer.")
  var width = 8
  @OptionGroup var options: RunOptions

  func validate() throws {
    try require((1...20).contains(depth), "--depth \(depth)", "1 to 20")
    try require((1...100).contains(width), "--width \(width)", "1 to 100")
  }

  func perform(_ run: Run) throws {
    run.table(
      "the formulas", ["quantity", "formula"],
      [
        ["δ_L", "y_L − t"], ["δ_l", "(A_{l+1}ᵀ δ_{l+1}) ⊙ σ′(z_l)"], ["∂L/∂b_l", "δ_l"], ["∂L/∂A_l", "δ_l y_{l−1}ᵀ"],
      ])
    let activations: [(name: String, function: Perceptron.Activation)] = [
      ("tanh", .init(gain: 1, value: { $0.tanh() }) { 1 - $0.tanh().squared() }),
      ("sigmoid", .init(gain: 4, value: { $0.sigmoid() }) { $0.sigmoid() * (1 - $0.sigmoid()) }),
      ("softplus", .init(gain: 1, value: { $0.softplus() }) { $0.sigmoid() }),
    ]
    for (name, activation) in activations {
      let network = Perceptron(depth: depth, width: width, activation)
      let closed = network.closedForm(), autograd = network.autograd(), differences = network.differences()
      run.table(
        "\(name): relative errors of the formulas",
        ["layer", "∂L/∂A against autograd", "against differences", "∂L/∂b against autograd", "against differences"],
        (0..<depth).map { layer in
          ["\(layer + 1)"]
            + [layer, depth + layer].flatMap { index in
              [autograd, differences].map { Differences.relative(closed[index], $0[index]).short }
            }
        })
      func error(_ others: [Tensor]) -> Double { Differences.relative(vector(closed), vector(others)) }
      run.check("\(name): formulas against autograd, all layers", ours: error(autograd), below: 1e-6)
      run.check("\(name): formulas against differences, all layers", ours: error(differences), below: 1e-6)
    }
  }

  private func vector(_ tensors: [Tensor]) -> Tensor { Tensor.concatenated(tensors.map { $0.flattened() }) }
}

/// A perceptron of `depth` layers with random weights, an input and a target; vectors are columns.
private struct Perceptron {
  struct Activation {
    /// What the weights are multiplied by, so that gradients hardly vanish: about 1/σ′.
    let gain: Double
    let value: (Tensor) -> Tensor, derivative: (Tensor) -> Tensor
  }

  let depth: Int, activation: Activation
  let input: Tensor, target: Tensor
  /// A₁ … A_L, then b₁ … b_L.
  let parameters: [Tensor]

  init(depth: Int, width: Int, _ activation: Activation) {
    (self.depth, self.activation) = (depth, activation)
    func normal(_ shape: Shape) -> Tensor { Tensor.normal(shape, dtype: .float64) }
    input = normal([width, 1])
    target = normal([width, 1])
    let matrices = (0..<depth).map { _ in normal([width, width]) * (activation.gain / Double(width).squareRoot()) }
    parameters = matrices + (0..<depth).map { _ in normal([width, 1]) }
  }

  /// y₀ … y_{L−1}, and z₁ … z_L.
  private func forward(_ parameters: [Tensor]) -> (y: [Tensor], z: [Tensor]) {
    var y = [input], z: [Tensor] = []
    for layer in 0..<depth {
      if layer > 0 { y.append(activation.value(z[layer - 1])) }
      z.append(matmul(parameters[layer], y[layer]) + parameters[depth + layer])
    }
    return (y, z)
  }

  private func loss(_ parameters: [Tensor]) -> Tensor {
    0.5 * (forward(parameters).z[depth - 1] - target).squared().sum()
  }

  /// The gradients with respect to the parameters, in their order, by the formulas.
  func closedForm() -> [Tensor] {
    let (y, z) = forward(parameters)
    var delta = z[depth - 1] - target
    var matrices: [Tensor] = [], biases: [Tensor] = []
    for layer in (0..<depth).reversed() {
      matrices.append(matmul(delta, y[layer].transposed()))
      biases.append(delta)
      if layer > 0 { delta = matmul(parameters[layer].transposed(), delta) * activation.derivative(z[layer - 1]) }
    }
    return matrices.reversed() + biases.reversed()
  }

  func autograd() -> [Tensor] {
    let leaves = parameters.map { $0.requiringGrad() }
    return gradients(of: loss(leaves), withRespectTo: leaves)
  }

  func differences() -> [Tensor] {
    parameters.indices.map { index in
      // The loss is about 1: its rounding, over 2ε, and the ε² that differences neglect are both about 1e-11.
      Differences.gradient(
        of: { moved in
          var parameters = parameters
          parameters[index] = moved
          return loss(parameters).scalar
        }, at: parameters[index], epsilon: 1e-5)
    }
  }
}
