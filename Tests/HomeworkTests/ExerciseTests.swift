import Foundation
import Testing

/// The catalogue.
let exercises = [
  "ece281 backprop", "ece281 mnist", "ece281 awgn", "ece285 tensors", "ece285 autograd", "ece285 lenet",
  "dlcv linear", "dlcv scalar", "dlcv mlp", "dlcv blur", "dlcv conv-fit",
  "mfdnn filters", "mfdnn commute", "mfdnn non-ce", "mfdnn mlp-backprop", "mfdnn lenet5",
  "ece661 adaline", "ece661 backprop", "ece661 convolution", "ece661 lms", "ece661 simplenn", "ece661 shape-rule",
]

@Suite("Every exercise") struct EveryExerciseTests {
  @Test("tells in a quick run what it used and what it found", arguments: exercises)
  func quick(name: String) throws {
    let words = name.components(separatedBy: " ")
    let document = try HomeworkTests.document(words + ["--quick", "--no-figures", "--threads", "2"])
    #expect([document.course, document.exercise] == words)
    #expect(document.command.hasPrefix("homework \(name) --quick"))
    #expect(document.quick && document.ok && document.error == nil && document.seed == 0)
    #expect(document.machine.threads == 2 && !document.machine.instructionSet.isEmpty)
    #expect(!document.results.isEmpty)
    for row in document.results {
      #expect(!row.quantity.isEmpty && !row.ours.isEmpty)
      #expect(["yes", "no", ""].contains(row.ok) || row.ok.hasPrefix("not judged: "), "\(row)")
    }
    // Again, with another number of threads.
    let again = try HomeworkTests.document(words + ["--quick", "--no-figures", "--threads", "1"])
    #expect(again.figures == document.figures)
  }
}

@Suite("The figures of the papers") struct FigureTests {
  @Test("ece281 backprop: formulas, autograd and differences agree for every layer, in other sizes too")
  func backprop() throws {
    for sizes in [[], ["--inputs", "2", "--outputs", "1"], ["--inputs", "7", "--outputs", "12", "--seed", "3"]] {
      let document = try HomeworkTests.document(["ece281", "backprop"] + sizes)
      let names = [
        "(a) ∂l/∂x", "(a) ∂l/∂W", "(b) ∂l/∂x", "(b) ∂l/∂W", "(c) ∂l/∂x", "(c) ∂l/∂W", "(d) ∂l/∂x", "(d) ∂l/∂w",
        "(e) ∂l/∂x",
      ]
      #expect(
        document.results.map(\.quantity)
          == names.flatMap { ["\($0): formula against autograd", "\($0): formula against differences"] })
      for row in document.results {
        #expect(row.ok == "yes" && (Double(row.ours) ?? 1) < 1e-6, "\(sizes) \(row)")
      }
    }
  }

  @Test("ece285 tensors: shapes, elements and sums of the paper, and what shares memory")
  func tensors() throws {
    let document = try HomeworkTests.document(["ece285", "tensors"])
    #expect(document.results.allSatisfy { $0.ok == "yes" }, "\(document.results.filter { $0.ok != "yes" })")
    let expected = [
      "5. stacked": "[2, 5, 3]", "5. concatenated along axis 0": "[10, 3]", "5. concatenated along axis 1": "[5, 6]",
      "6. y[4, 2]": "1.3210", "6. z[1, 4, 2]": "1.3210", "7. z[.all, 4, 2]": "[0.1092, 1.321]", "10. product": "[1, 2]",
      "13. a += 1: the buffer's last element": "2.0", "13. a = a + 1: the buffer's last element": "3.0",
      "13. a = a + 1: the tensor's last element": "4.0",
    ]
    for (quantity, value) in expected { #expect(document[quantity]?.ours == value, "\(quantity)") }
    let memory = try #require(document.content.first { $0.header == ["after", "tensor", "buffer"] }?.rows)
    #expect(
      memory == [
        ["11. a = Tensor(adopting: buffer, …)", "[1.0, 1.0, 1.0, 1.0, 1.0]", "[1.0, 1.0, 1.0, 1.0, 1.0]"],
        ["12. a[0] += 1", "[2.0, 1.0, 1.0, 1.0, 1.0]", "[2.0, 1.0, 1.0, 1.0, 1.0]"],
        ["13. a += 1", "[3.0, 2.0, 2.0, 2.0, 2.0]", "[3.0, 2.0, 2.0, 2.0, 2.0]"],
        ["13. a[.all] += 1", "[4.0, 3.0, 3.0, 3.0, 3.0]", "[4.0, 3.0, 3.0, 3.0, 3.0]"],
        ["13. a = a + 1", "[5.0, 4.0, 4.0, 4.0, 4.0]", "[4.0, 3.0, 3.0, 3.0, 3.0]"],
      ])
  }

  @Test("ece285 autograd: z = f = 27, the gradient is 4.5, and only the leaf keeps one")
  func autograd() throws {
    let document = try HomeworkTests.document(["ece285", "autograd"])
    let expected = [
      "a gradient before backward": "none", "z": "[27.0, 27.0, 27.0, 27.0]", "f": "27.0",
      "∂f/∂x": "[4.5, 4.5, 4.5, 4.5]", "∂f/∂x in closed form, 3/2 x + 3": "[4.5, 4.5, 4.5, 4.5]",
      "tracked": "x, y, z, f", "leaves": "x", "with a gradient function": "y, z, f", "a gradient after backward": "x",
    ]
    #expect(Dictionary(uniqueKeysWithValues: document.results.map { ($0.quantity, $0.ours) }) == expected)
    #expect(document.results.allSatisfy { $0.ok == "yes" })
  }
}
