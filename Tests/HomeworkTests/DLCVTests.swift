import Foundation
import Neural
import NeuralData
import Testing

@Suite("The figures of the DLCV course") struct DLCVTests {
  @Test("dlcv scalar: values and derivatives of the paper at its four points, and the graph that prints itself")
  func scalar() throws {
    let document = try document(["dlcv", "scalar"])
    let expected = [
      "f at (2, 4, 1)": -0.23823, "∂f/∂y at (2, 4, 1)": 0.43721, "∂f/∂z at (2, 4, 1)": -0.30697,
      "f at (9, 14, 3)": -1.3133, "∂f/∂y at (9, 14, 3)": -1.1483, "∂f/∂z at (9, 14, 3)": 2.6722e-7,
      "f at (128, 42, 666)": -0.31326, "∂f/∂y at (128, 42, 666)": -0.42245, "∂f/∂z at (128, 42, 666)": 0,
      "f at (52, 14, 28)": -0.31326, "∂f/∂y at (52, 14, 28)": -0.42245, "∂f/∂z at (52, 14, 28)": 0,
    ]
    #expect(document.results.count == 16 && document.results.allSatisfy { $0.ok == "yes" })
    for (quantity, value) in expected { #expect(document.number(quantity) == value, "\(quantity)") }
    for row in document.results where row.quantity.hasPrefix("|∂f/∂x|") { #expect(Double(row.ours) ?? 1 < 1e-13) }

    let graph = try #require(document.content.first)
    #expect(
      graph.title == "f = log(σ((cos(πx) + sin(½πy))/tanh(z²))) at (2, 4, 1): value, derivative of f")
    let lines = try #require(graph.code).components(separatedBy: "\n")
    #expect(lines.count == 17)
    #expect(lines[2].hasPrefix("log(σ((cos(πx) + sin(½πy))/tanh(z²))) | -0.23823") && lines[2].hasSuffix("| 1"))
    #expect(lines[16].hasPrefix("          z ") && lines[16].hasSuffix("| -0.30697"))
  }

  @Test("dlcv blur: the layer equals loops for every stride, padding and dilation")
  func blur() throws {
    let document = try document(["dlcv", "blur", "--no-figures"])
    #expect(document.data == ["generated shapes, 10 images; \(cifarHint)"])
    #expect(document.results.count == 10 && document.results.allSatisfy { $0.ok == "yes" })
    for row in document.results where row.quantity.hasPrefix("largest difference") {
      let difference = Double(row.ours) ?? 1
      #expect(difference > 0 && difference < 1e-6, "\(row)")
    }
    #expect(document["shape for stride 3, padding 0, dilation 2"]?.ours == "[10, 3, 10, 10]")
  }

  @Test("dlcv conv-fit: least squares finds the filters to 1e-6, and descent brings the loss down")
  func convFit() throws {
    let document = try document(["dlcv", "conv-fit", "--quick", "--no-figures"])
    #expect(
      document.data == [
        "generated shapes, 20 images; \(cifarHint)",
        "random filters, uniform in −1…1; C0_weights.npy was not found",
      ])
    let exact = try #require(document["least squares: max |C − C₀|"])
    #expect(exact.ok == "yes" && document.number(exact.quantity) < 1e-6)
    #expect(document.number("descent: last loss as a part of the first") < 0.5)
  }

  @Test("dlcv conv-fit: filters of another shape, and a file that is no array, are one line")
  func badFilters() throws {
    let data = try TemporaryFolder()
    let file = data.url.appendingPathComponent("C0_weights.npy")
    try Tensor.zeros([20, 3, 5, 4]).write(npy: file)
    let shape = try homework("dlcv", "conv-fit", "--quick", "--no-figures", "--data", data.path)
    #expect(shape.status == 1)
    #expect(
      shape.errors == "error: \(file.path): float filters [20, 3, 5, 5] expected, found float32 [20, 3, 5, 4]\n")
    try Data("C0".utf8).write(to: file)
    let text = try homework("dlcv", "conv-fit", "--quick", "--no-figures", "--data", data.path)
    #expect(text.status == 1 && text.errors.hasPrefix("error: \(file.path): "))
    #expect(text.errors.filter { $0 == "\n" }.count == 1)
  }

  @Test(
    "real photographs and filters: the condition number of the paper's data, and the filters to 1e-6",
    .enabled(if: ProcessInfo.processInfo.environment["NEURAL_DATA"] != nil))
  func realConvFit() throws {
    let folder = ProcessInfo.processInfo.environment["NEURAL_DATA"] ?? ""
    let document = try document(
      ["dlcv", "conv-fit", "--steps", "3", "--no-figures"], environment: ["NEURAL_DATA": folder])
    #expect(document.number("condition number of the patches' moments") == 2.365e6)
    #expect(document.number("least squares: max |C − C₀|") < 1e-6)
  }

  @Test("dlcv linear and mlp: quick runs try every setting, each class and each part of the data, and draw it")
  func classifiers() throws {
    let out = try TemporaryFolder()
    let linear = try HomeworkTests.document(["dlcv", "linear", "--quick", "--report", out.path])
    #expect(linear.content.first { $0.header?.first == "learning rate" }?.rows?.count == 4)
    #expect(linear.number("test accuracy") > 60)
    let mlp = try HomeworkTests.document(["dlcv", "mlp", "--quick", "--no-figures"])
    #expect(mlp.content.first { $0.header?.first == "learning rate" }?.rows?.count == 2)
    #expect(mlp.number("linear: largest relative error of its gradients") < 1e-6)
    for document in [linear, mlp] {
      for percent in [10, 20, 50] { #expect(document["test accuracy, trained on \(percent) %"] != nil) }
      #expect(document["best class"] != nil && document["worst class"] != nil)
    }
    let drawn = linear.content.compactMap(\.figure)
    #expect(drawn == ["sweep", "loss", "weights", "classes", "fractions"])
    for name in drawn {
      for format in ["png", "svg"] {
        let file = out.url.appendingPathComponent("dlcv-linear/\(name).\(format)")
        #expect(FileManager.default.fileExists(atPath: file.path), "\(name).\(format)")
      }
    }
  }
}

/// How a message ends that says that CIFAR-10 was not found.
let cifarHint =
  "CIFAR-10 was not found: homework data fetch cifar10 downloads it"
