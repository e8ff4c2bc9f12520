import Testing

@Suite("homework ece661") struct ECE661Tests {
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
  }
}
