import Foundation
import NeuralData
import Testing

@Suite("homework ece661") struct ECE661Tests {
  @Test("Adalines have the catalogue's weights, and a Madaline learns XOR from some starts only")
  func adaline() throws {
    let found = try document(["ece661", "adaline"])
    let expected = [
      "NAND: (w₀, w)": "[0.5000, -0.5000, -0.5000]", "NAND: features s": "[1.5000, 0.5000, 0.5000, -0.5000]",
      "majority: (w₀, w)": "[0.0000, 0.5000, 0.5000, 0.5000]",
      "XOR, second layer: (w₀, w)": "[1.0000, -1.0000, -1.0000]", "XOR of both layers": "[-1.0, 1.0, 1.0, -1.0]",
    ]
    for (quantity, value) in expected { #expect(found[quantity]?.ours == value, "\(quantity)") }
    let learned = found.number("XOR by error correction: starts of 100 that learn it")
    #expect(learned > 0 && learned < 100)
    let wide = try document(["ece661", "adaline", "--hidden", "5"])
    #expect(wide.number("XOR by error correction: starts of 100 that learn it") > learned)
    let single = try document(["ece661", "adaline", "--hidden", "1"])
    #expect(single["XOR by error correction: starts of 100 that learn it"]?.ours == "0")
  }

  @Test("LMS comes near Wiener's solution of generated points, and reports divergence")
  func lmsWithoutData() throws {
    let found = try document(["ece661", "lms"])
    #expect(found.data == ["100 generated points, d = 1 + x₁ − 2x₂ + noise; ece661/dataset.mat was not found"])
    #expect(found.number("largest |difference| of the weights of LMS at r = 0.01 and Wiener's") < 0.01)
    #expect(found["r = 0.05 diverges"]?.ours == "false" && found["r = 1 diverges"]?.ours == "true")
    let last = try #require(found.content.compactMap(\.rows).first?.last)
    #expect(last[0] == "1" && last[4].hasPrefix("diverged: at step "))
  }

  @Test(
    "LMS and Wiener's solution have the paper's weights to 8 digits",
    .enabled(if: ProcessInfo.processInfo.environment["NEURAL_DATA"] != nil))
  func lms() throws {
    let found = try document(
      ["ece661", "lms"], environment: ["NEURAL_DATA": ProcessInfo.processInfo.environment["NEURAL_DATA"] ?? ""])
    let expected = [
      "Wiener: W": "[1.00067810, 1.00061145, -2.00031968]", "Wiener: MSE · 10⁵": "5.03995157",
      "r = 0.01: W": "[1.00074855, 1.00082859, -2.00068123]", "r = 0.005: last MSE · 10⁵": "5.040",
      "r = 0.01: last MSE · 10⁵": "5.048", "r = 0.05: last MSE · 10⁵": "5.166", "r = 0.5: last MSE · 10⁵": "90.23",
      "r = 0.7: last MSE / 10⁴⁹": "7.0", "r = 1: last MSE": "inf", "r = 1 diverges": "true",
    ]
    for (quantity, value) in expected { #expect(found[quantity]?.ours == value, "\(quantity)") }
  }

  @Test("a .mat file without X, with points of another width, or cut short is one line and status 1")
  func badPoints() throws {
    let data = try TemporaryFolder()
    let file = data.url.appendingPathComponent("dataset.mat")
    func check(_ bytes: [UInt8], _ message: String) throws {
      try Data(bytes).write(to: file)
      let run = try homework("ece661", "lms", "--data", data.path, "--out", data.path + "/out")
      #expect(
        run.status == 1 && run.errors.hasPrefix("error: ") && run.errors.contains("dataset.mat: "), "\(run.errors)")
      #expect(run.errors.contains(message) && run.errors.filter { $0 == "\n" }.count == 1, "\(run.errors)")
    }
    try check(matlab([("Y", 1, 1)]), "X")
    try check(matlab([("X", 2, 2), ("D", 2, 1)]), "K × 3 and D of K × 1 expected, found 2 × 2 ×")
    try check(Array(matlab([("X", 4, 3), ("D", 4, 1)]).dropLast(5)), "damaged")
  }

  /// A MATLAB file of version 5 with arrays of zeros.
  private func matlab(_ arrays: [(name: String, rows: Int, columns: Int)]) -> [UInt8] {
    func numbers(_ values: [Int]) -> [UInt8] {
      values.flatMap { value in withUnsafeBytes(of: Int32(value).littleEndian) { Array($0) } }
    }
    /// A tag of type and length, and bytes that fill up eight.
    func element(_ type: Int, _ bytes: [UInt8]) -> [UInt8] {
      numbers([type, bytes.count]) + bytes + [UInt8](repeating: 0, count: (8 - bytes.count % 8) % 8)
    }
    let text = Array("MATLAB 5.0 MAT-file".utf8)
    return text + [UInt8](repeating: 32, count: 124 - text.count) + [0, 1] + Array("IM".utf8)
      + arrays.flatMap { name, rows, columns in
        element(
          14,
          element(6, numbers([6, 0])) + element(5, numbers([rows, columns])) + element(1, Array(name.utf8))
            + element(9, [UInt8](repeating: 0, count: 8 * rows * columns)))
      }
  }

  @Test("back-propagation gives the catalogue's losses and gradients, each way")
  func backprop() throws {
    let found = try document(["ece661", "backprop"])
    let expected = [
      "relu: L": "14.5", "relu: ∂L/∂W₁ᵀ": "[[0.0, 0.0], [13.0, -1.0], [26.0, -2.0]]",
      "relu: ∂L/∂W₂ᵀ": "[[-4.0, -10.0], [-4.0, -10.0]]", "relu: ∂L/∂b₁": "[13.0, -1.0]",
      "relu: ∂L/∂b₂": "[-2.0, -5.0]", "sigmoid: L": "4.2011",
      "sigmoid: ∂L/∂W₁ᵀ": "[[0.0000, 0.0000], [0.7774, -0.1050], [1.5547, -0.2100]]",
      "sigmoid: ∂L/∂W₂ᵀ": "[[-0.7758, -2.4324], [-0.7758, -2.4324]]", "sigmoid: ∂L/∂b₁": "[0.7774, -0.1050]",
      "sigmoid: ∂L/∂b₂": "[-0.8808, -2.7616]",
    ]
    for (quantity, value) in expected { #expect(found[quantity]?.ours == value, "\(quantity)") }
    for activation in ["relu", "sigmoid"] {
      for way in ["autograd", "differences"] {
        for network in ["\(activation)", "\(activation) and 25 random shapes"] {
          #expect(found.number("\(network): formula against \(way)") < 1e-6)
        }
      }
    }
    // Other networks: other errors. So the shapes are drawn, and from the seed.
    let other = try document(["ece661", "backprop", "--seed", "5"])
    #expect(
      other["relu and 25 random shapes: formula against differences"]?.ours
        != found["relu and 25 random shapes: formula against differences"]?.ours)
  }

  @Test("the simple network has the catalogue's shapes and multiplications; with zero weights only fc2 learns")
  func simpleNN() throws {
    let found = try document(["ece661", "simplenn"])
    let layers = [
      ("conv1", "[1, 3, 32, 32]", "[1, 16, 32, 32]", "1200", "1228800"),
      ("conv2", "[1, 16, 15, 15]", "[1, 16, 17, 17]", "2304", "665856"),
      ("conv3", "[1, 16, 8, 8]", "[1, 32, 6, 6]", "25088", "903168"), ("fc1", "[1, 288]", "[1, 32]", "9216", "9216"),
      ("fc2", "[1, 32]", "[1, 10]", "320", "320"),
    ]
    for (name, input, output, weights, multiplications) in layers {
      #expect(found["\(name): input"]?.ours == input && found["\(name): output"]?.ours == output)
      #expect(found["\(name): weights"]?.ours == weights && found["\(name): multiplications"]?.ours == multiplications)
    }
    for name in ["conv1", "conv2", "conv3", "fc1"] {
      #expect(found["\(name): largest |gradient| with zero weights"]?.ours == "0.0")
    }
    #expect(found["fc2: largest |gradient| with zero weights"]?.ours != "0")
  }

  @Test("the shape rule holds everywhere")
  func shapeRule() throws {
    let found = try document(["ece661", "shape-rule", "--largest", "8"])
    #expect(found["settings of 932 whose output differs from the rule"]?.ours == "0", "\(found)")
    #expect(found["settings where a larger kernel gives a larger output"]?.ours == "0")
  }

  @Test("the convolution gives the rows and energies of problem 4.1")
  func convolution() throws {
    let found = try document(["ece661", "convolution"])
    #expect(found.number("energy Σx² of the input") == 24)
    #expect(found.number("energy of the output") == 22)
    let rows = [
      "[0.0, 1.0, -0.5, 1.0, 0.0, -1.0, 0.5, -1.0, 0.0]", "[1.0, 0.0, 1.0, 0.0, 0.0, 0.0, -1.0, 0.0, -1.0]",
      "[-0.5, 1.0, 1.0, 0.5, 0.0, -0.5, -1.0, -1.0, 0.5]",
    ]
    for (number, row) in [0, 1, 2, 1, 0].enumerated() {
      #expect(found["row \(number + 1) of the output"]?.ours == rows[row])
    }
    #expect(found.data == ["a drawn scene"])
  }

  @Test("a PNG of one's own is filtered in grey; one that is none is one line and status 1")
  func image() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("picture.png")
    // 3 rows of 4: 10 everywhere, so that the energy is 12 · 10² and the squares fit into 8 bits.
    try Picture(channels: 1, height: 3, width: 4, pixels: [UInt8](repeating: 10, count: 12)).write(png: file)
    let found = try document(["ece661", "convolution", "--image", file.path])
    #expect(found.data == ["\(file.path), 3×4 in grey"])
    #expect(found["image"]?.ours == "3×4" && found.number("energy of the image before") == 1200)
    #expect(found.number("energy before, with squares kept in 8 bits") == 1200)
    // Corners have two neighbours (10 − 10 = 0), the other edges three (−5), the two in the middle four (−10).
    #expect(found.number("energy of the image after") == 6 * 25 + 2 * 100)

    try Data("not a picture".utf8).write(to: file)
    let run = try homework("ece661", "convolution", "--image", file.path, "--out", folder.path + "/out")
    #expect(run.status == 1 && run.errors.hasPrefix("error: \(file.path): "), "\(run.errors)")
    #expect(run.errors.filter { $0 == "\n" }.count == 1)
  }
}
