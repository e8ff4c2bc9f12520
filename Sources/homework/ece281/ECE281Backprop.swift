import ArgumentParser
import Neural

/// `homework ece281 backprop`: five layers, their gradients three ways.
struct ECE281Backprop: Exercise {
  static let course = "ece281", name = "backprop",
    title = "Gradients of five layers in closed form, by autograd, by differences."
  static let discussion = """
    For a loss l and a layer y, ∂l/∂x and ∂l/∂W follow from g = ∂l/∂y. Each is computed by its formula, by autograd and \
    by central differences, in double precision.
    """
  static let data = "none"
  static let duration = (full: "1 s", quick: "1 s")

  @Option(parsing: .unconditional, help: "Elements of x.")
  var inputs = 5
  @Option(parsing: .unconditional, help: "Columns of W.")
  var outputs = 3
  @OptionGroup var options: RunOptions

  func validate() throws {
    try require((2...100).contains(inputs), "--inputs \(inputs)", "2 to 100")
    try require((1...100).contains(outputs), "--outputs \(outputs)", "1 to 100")
  }

  /// A layer with the formulas of its gradients.
  private struct Problem {
    let name: String, layer: String
    /// Names of the gradients with their formulas.
    let formulas: [(name: String, formula: String)]
    let inputs: [Tensor]
    let forward: ([Tensor]) -> Tensor
    /// From inputs, output and the gradient with respect to it.
    let closedForm: ([Tensor], _ y: Tensor, _ g: Tensor) -> [Tensor]
  }

  func perform(_ run: Run) throws {
    let problems = problems()
    run.table(
      "g is ∂l/∂y; ᴴ transposes and conjugates; for complex numbers ∂l/∂z stands for ∂l/∂Re z + i ∂l/∂Im z = 2 ∂l/∂z*",
      ["layer", "gradient", "formula"],
      problems.flatMap { problem in
        problem.formulas.map { ["\(problem.name) \(problem.layer)", $0.name, $0.formula] }
      })
    for problem in problems { compare(problem, run) }
    run.note("(b) the paper conjugates W in ∂l/∂x but not x in ∂l/∂W: two conventions; with one, both are conjugated")
    run.note("(e) the paper stops at single entries of the Jacobian, and the sign of its diagonal slips on the way")
  }

  private func compare(_ problem: Problem, _ run: Run) {
    let leaves = problem.inputs.map { $0.requiringGrad() }
    let y = problem.forward(leaves)
    let g = normal(y.shape, isComplex: y.dtype.isComplex)
    let autograd = gradients(of: y, withRespectTo: leaves, gradient: g)
    let closed = problem.closedForm(problem.inputs, y.detached(), g)
    for (index, formula) in problem.formulas.enumerated() {
      let differences = Differences.gradient(
        of: { moved in
          var inputs = problem.inputs
          inputs[index] = moved
          return (g.conjugate() * problem.forward(inputs)).real.sum().scalar
        }, at: problem.inputs[index])
      let name = "\(problem.name) \(formula.name)"
      run.check(
        "\(name): formula against autograd", ours: Differences.relative(closed[index], autograd[index]), below: 1e-6)
      run.check(
        "\(name): formula against differences", ours: Differences.relative(closed[index], differences), below: 1e-6)
    }
  }

  private func problems() -> [Problem] {
    let (x, w) = (normal([1, inputs]), normal([inputs, outputs]))
    let (z, v) = (normal([1, inputs], isComplex: true), normal([inputs, outputs], isComplex: true))
    let product = { (inputs: [Tensor]) in matmul(inputs[0], inputs[1]) }
    return [
      Problem(
        name: "(a)", layer: "y = xW", formulas: [("∂l/∂x", "g Wᵀ"), ("∂l/∂W", "xᵀ g")], inputs: [x, w],
        forward: product
      ) { inputs, _, g in [matmul(g, inputs[1].transposed()), matmul(inputs[0].transposed(), g)] },
      Problem(
        name: "(b)", layer: "y = xW, complex", formulas: [("∂l/∂x", "g Wᴴ"), ("∂l/∂W", "xᴴ g")], inputs: [z, v],
        forward: product
      ) { inputs, _, g in
        [matmul(g, inputs[1].conjugate().transposed()), matmul(inputs[0].conjugate().transposed(), g)]
      },
      Problem(
        name: "(c)", layer: "y = ‖xW‖²", formulas: [("∂l/∂x", "2g xW Wᵀ"), ("∂l/∂W", "2g xᵀ xW")], inputs: [x, w],
        forward: { product($0).squared().sum() }
      ) { inputs, _, g in
        let xw = 2 * g * product(inputs)
        return [matmul(xw, inputs[1].transposed()), matmul(inputs[0].transposed(), xw)]
      },
      Problem(
        name: "(d)", layer: "y = x ⊙ w", formulas: [("∂l/∂x", "g ⊙ w"), ("∂l/∂w", "g ⊙ x")],
        inputs: [x, normal([1, inputs])], forward: { $0[0] * $0[1] }
      ) { inputs, _, g in [g * inputs[1], g * inputs[0]] },
      Problem(
        name: "(e)", layer: "y = softmax(x)", formulas: [("∂l/∂x", "y ⊙ (g − ⟨g, y⟩)")], inputs: [x],
        forward: { softmax($0[0]) }
      ) { _, y, g in [y * (g - (g * y).sum())] },
    ]
  }

  private func normal(_ shape: Shape, isComplex: Bool = false) -> Tensor {
    let real = Tensor.normal(shape, dtype: .float64)
    return isComplex ? Tensor.complex(real: real, imaginary: Tensor.normal(shape, dtype: .float64)) : real
  }
}
