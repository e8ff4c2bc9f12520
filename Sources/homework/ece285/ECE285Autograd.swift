import ArgumentParser
import Neural

/// `homework ece285 autograd`: questions 17 to 19 of the paper.
struct ECE285Autograd: Exercise {
  static let course = "ece285", name = "autograd", title = "Gradients of a mean of squares, and who keeps them."
  static let discussion = "x is 2×2 ones that track gradients; y = x + 2, z = 3y², f = mean z."
  static let data = "none"
  static let duration = (full: "1 s", quick: "1 s")

  @OptionGroup var options: RunOptions

  func perform(_ run: Run) throws {
    let x = Tensor.ones([2, 2]).requiringGrad()
    let y = x + 2
    let z = 3 * y * y
    let f = z.mean()
    let tensors = [("x", x), ("y", y), ("z", z), ("f", f)]
    run.code("z", z)
    table("before backward", tensors, run)
    run.check("a gradient before backward", expected: "none", ours: keepers(tensors))

    f.backward()
    table("after backward", tensors, run)
    run.text(
      "Only the leaf keeps its gradient: what lies between is used on the way and forgotten, unless it is told retainGrad()."
    )

    let gradient = x.grad ?? .zeros([2, 2])
    run.check("z", expected: [27, 27, 27, 27], ours: z.array(Float.self))
    run.check("f", expected: 27, ours: f.item(Float.self))
    run.check("∂f/∂x", expected: [4.5, 4.5, 4.5, 4.5], ours: gradient.array(Float.self))
    run.check(
      "∂f/∂x in closed form, 3/2 x + 3", expected: (1.5 * x.detached() + 3).array(), ours: gradient.array(Float.self))
    run.check("tracked", expected: "x, y, z, f", ours: names(tensors) { $0.requiresGrad })
    run.check("leaves", expected: "x", ours: names(tensors) { $0.isLeaf })
    run.check("with a gradient function", expected: "y, z, f", ours: names(tensors) { $0.gradientFunction != nil })
    run.check("a gradient after backward", expected: "x", ours: keepers(tensors))
  }

  private func table(_ title: String, _ tensors: [(String, Tensor)], _ run: Run) {
    run.table(
      title, ["tensor", "requiresGrad", "isLeaf", "gradientFunction", "grad"],
      tensors.map { name, tensor in
        [
          name, "\(tensor.requiresGrad)", "\(tensor.isLeaf)", tensor.gradientFunction ?? "none",
          tensor.grad.map { "\($0.array(Float.self))" } ?? "none",
        ]
      })
  }

  private func keepers(_ tensors: [(String, Tensor)]) -> String { names(tensors) { $0.grad != nil } }

  private func names(_ tensors: [(String, Tensor)], where condition: (Tensor) -> Bool) -> String {
    let names = tensors.filter { condition($0.1) }.map(\.0)
    return names.isEmpty ? "none" : names.joined(separator: ", ")
  }
}
