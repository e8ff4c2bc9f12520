import ArgumentParser
import Foundation
import Neural

/// `homework dlcv scalar`: question 2 of the paper.
struct DLCVScalar: Exercise {
  static let course = "dlcv", name = "scalar", title = "A function of three numbers as a graph that prints itself."
  static let discussion = """
    f(x, y, z) = log σ((cos πx + sin(πy/2)) / tanh z²) is built operation by operation; every node remembers its \
    formula and its operands, and autograd gives the derivative of f with respect to each of them, in double precision.
    """
  static let data = "none"
  static let duration = (full: "1 s", quick: "1 s")

  @OptionGroup var options: RunOptions

  func perform(_ run: Run) throws {
    for point in Self.points {
      let (x, y, z) = (Node("x", point.x), Node("y", point.y), Node("z", point.z))
      let f = log(sigmoid((cos(.pi * x) + sin(Node("½π", .pi / 2) * y)) / tanh(square(z))))
      f.value.backward()

      let place = "(\(Int(point.x)), \(Int(point.y)), \(Int(point.z)))"
      run.code("f = \(f) at \(place): value, derivative of f", f.tree)
      run.check("f at \(place)", expected: point.f.value, ours: f.number, digits: point.f.digits)
      run.check("|∂f/∂x| at \(place)", ours: abs(x.derivative), below: 1e-13)
      run.check("∂f/∂y at \(place)", expected: point.dy.value, ours: y.derivative, digits: point.dy.digits)
      run.check("∂f/∂z at \(place)", expected: point.dz.value, ours: z.derivative + 0, digits: point.dz.digits)
    }
    run.note("∂f/∂x has the factor sin πx, which is 0 for whole x: what is left is the rounding of πx")
  }

  /// A number as the paper prints it, with so many digits after the point.
  private typealias Printed = (value: Double, digits: Int)

  private static let points: [(x: Double, y: Double, z: Double, f: Printed, dy: Printed, dz: Printed)] = [
    (2, 4, 1, (-0.23823, 5), (0.43721, 5), (-0.30697, 5)),
    (9, 14, 3, (-1.3133, 4), (-1.1483, 4), (2.6722e-07, 11)),
    (128, 42, 666, (-0.31326, 5), (-0.42245, 5), (0, 5)),
    (52, 14, 28, (-0.31326, 5), (-0.42245, 5), (0, 5)),
  ]
}

/// A number, the formula that it comes from, and the nodes that it was computed from.
private struct Node: CustomStringConvertible {
  let description: String
  let operands: [Node]
  let value: Tensor

  /// A variable or a constant.
  init(_ name: String, _ number: Double) {
    (description, operands, value) = (name, [], Tensor(number, dtype: .float64).requiringGrad())
  }

  private init(_ formula: String, _ operands: [Node], _ value: Tensor) {
    (description, self.operands, self.value) = (formula, operands, value)
    value.retainGrad()
  }

  var number: Double { value.item() }
  /// Of the node that `backward` was called for, with respect to this one.
  var derivative: Double { value.grad?.item() ?? .nan }

  static let pi = Node("π", .pi)
  static func + (a: Node, b: Node) -> Node { Node("(\(a) + \(b))", [a, b], a.value + b.value) }
  static func * (a: Node, b: Node) -> Node { Node("\(a)\(b)", [a, b], a.value * b.value) }
  static func / (a: Node, b: Node) -> Node { Node("\(a)/\(b)", [a, b], a.value / b.value) }

  static func apply(_ name: String, _ x: Node, _ function: (Tensor) -> Tensor) -> Node {
    Node("\(name)(\(x))", [x], function(x.value))
  }
  static func square(_ x: Node) -> Node { Node("\(x)²", [x], x.value.squared()) }

  /// The node and below it its operands, each with its number and the derivative with respect to it.
  var tree: Table { Table(header: ["node", "value", "derivative"], rows: rows(indent: "")) }

  private func rows(indent: String) -> [[String]] {
    [[indent + description, String(format: "%.5g", number), String(format: "%.5g", derivative)]]
      + operands.flatMap { $0.rows(indent: indent + "  ") }
  }
}

private func sin(_ x: Node) -> Node { .apply("sin", x) { $0.sin() } }
private func cos(_ x: Node) -> Node { .apply("cos", x) { $0.cos() } }
private func tanh(_ x: Node) -> Node { .apply("tanh", x) { $0.tanh() } }
private func sigmoid(_ x: Node) -> Node { .apply("σ", x) { $0.sigmoid() } }
private func log(_ x: Node) -> Node { .apply("log", x) { $0.log() } }
private func square(_ x: Node) -> Node { .square(x) }
