import Neural
import NeuralModels
import Testing

@Suite("Gradients equal central differences")
struct GradientTests {
  private func check(
    _ name: String, _ inputs: [Tensor], relativeTolerance: Double = 1e-5, _ function: @escaping ([Tensor]) -> Tensor
  ) {
    let result = gradCheck(function, at: inputs, relativeTolerance: relativeTolerance)
    #expect(result.passed, "\(name) at \(inputs.map(\.shape)): \(result)")
  }

  @Test("operations on one tensor")
  func unary() {
    var generator = Philox(seed: 1)
    let any = generator.awayFromZero([3, 4])
    let positive = any.abs() + 0.1
    let operations: [(String, Tensor, (Tensor) -> Tensor)] = [
      ("negate", any, { -$0 }), ("abs", any, { $0.abs() }), ("squared", any, { $0.squared() }),
      ("sqrt", positive, { $0.sqrt() }), ("reciprocal", any, { $0.reciprocal() }), ("exp", any, { $0.exp() }),
      ("log", positive, { $0.log() }), ("sin", any, { $0.sin() }), ("cos", any, { $0.cos() }),
      ("tanh", any, { $0.tanh() }), ("sigmoid", any, { $0.sigmoid() }), ("relu", any, { $0.relu() }),
      ("softplus", any, { $0.softplus() }), ("sign", any, { $0.sign() + $0 }),
      ("numbers", any, { 2 - (3 * $0 + 1) / 4 + 5 / $0 - $0 }), ("pow", positive, { $0.pow(2.5) }),
    ]
    for (name, x, operation) in operations { check(name, [x]) { operation($0[0]) } }
  }

  @Test("operations on two tensors, with broadcasting")
  func binary() {
    var generator = Philox(seed: 2)
    let operations: [(String, (Tensor, Tensor) -> Tensor)] = [
      ("add", { $0 + $1 }), ("subtract", { $0 - $1 }), ("multiply", { $0 * $1 }), ("divide", { $0 / $1 }),
      ("pow", { Tensor.pow($0.abs(), $1) }), ("maximum", { Tensor.maximum($0, $1) }),
      ("minimum", { Tensor.minimum($0, $1) }),
    ]
    let shapes: [(Shape, Shape)] = [
      ([3, 2], [3, 2]), ([2, 3], [3]), ([], [2, 2]), ([2, 1, 3], [4, 1]), ([1], [2, 1]), ([0, 3], [1, 3]),
    ]
    for (name, operation) in operations {
      for (a, b) in shapes {
        check(name, [generator.awayFromZero(a), generator.awayFromZero(b)]) { operation($0[0], $0[1]) }
      }
    }
  }

  @Test("reductions, shapes and products")
  func shapes() {
    var generator = Philox(seed: 3)
    let x = generator.distinct([2, 3, 4])
    for axes in [[0], [1], [2], [0, 2], [-1, 1], [0, 1, 2]] {
      for keepDims in [false, true] {
        check("sum \(axes)", [x]) { $0[0].sum(axes: axes, keepDims: keepDims).squared() }
        check("mean \(axes)", [x]) { $0[0].mean(axes: axes, keepDims: keepDims).squared() }
        check("max \(axes)", [x]) { $0[0].max(axes: axes, keepDims: keepDims).squared() }
        check("min \(axes)", [x]) { $0[0].min(axes: axes, keepDims: keepDims).squared() }
      }
    }
    let operations: [(String, (Tensor) -> Tensor)] = [
      ("reshape", { $0.reshaped([4, -1]) }), ("permute", { $0.permuted([2, 0, 1]) }),
      ("transpose", { $0.transposed() }),
      ("broadcast", { $0.unsqueezed(axis: 1).broadcast(to: [2, 5, 3, 4]) }),
      ("narrow", { $0.narrowed(axis: 1, 1..<3) }),
      ("subscript", { $0[1] }), ("rows", { $0[0..<1] }), ("flatten", { $0.flattened(from: 1) }),
      ("softmax", { softmax($0) }), ("softmax of axis 1", { softmax($0, axis: 1) }),
      ("logSoftmax", { logSoftmax($0) }), ("logSoftmax of axis 0", { logSoftmax($0, axis: 0) }),
      ("concatenate", { Tensor.concatenated([$0, $0.squared()], axis: 1) }),
      ("stack", { Tensor.stacked([$0.exp(), $0], axis: -1) }),
      ("where", { Tensor.where($0 .> $0 * 0, $0.squared(), $0 * 3) }),
    ]
    for (name, operation) in operations { check(name, [x]) { operation($0[0]).squared() } }
    for (a, b): (Shape, Shape) in [
      ([2, 3], [3, 4]), ([3], [3, 2]), ([2, 3], [3]), ([3], [3]), ([2, 1, 2, 3], [4, 3, 1]), ([2, 3], [2, 3, 2]),
    ] {
      check("matmul", [generator.awayFromZero(a), generator.awayFromZero(b)]) { matmul($0[0], $0[1]).squared() }
    }
  }

  @Test("convolution over strides, paddings, dilations, groups and kernels")
  func convolution() {
    var generator = Philox(seed: 4)
    let settings: [(Shape, Shape, Size2D, Padding2D, Size2D, Int)] = [
      ([2, 1, 5, 5], [2, 1, 3, 3], 1, .valid, 1, 1), ([2, 2, 4, 5], [3, 2, 3, 2], 1, .same, 1, 1),
      ([1, 2, 6, 5], [2, 2, 3, 3], 2, 1, 1, 1),
      ([1, 2, 7, 7], [2, 2, 2, 3], Size2D(1, 2), .explicit(Size2D(0, 2)), 2, 1),
      ([2, 4, 4, 4], [4, 2, 3, 3], 1, 1, 1, 2), ([2, 3, 4, 4], [3, 1, 3, 3], 1, 1, 1, 3),
      ([1, 2, 3, 3], [2, 2, 1, 1], 1, .valid, 1, 1), ([1, 1, 3, 3], [1, 1, 3, 3], 1, .valid, 1, 1),
    ]
    for (x, w, stride, padding, dilation, groups) in settings {
      check("conv2d", [generator.awayFromZero(x), generator.awayFromZero(w), generator.awayFromZero([w[0]])]) {
        conv2d(
          $0[0], weight: $0[1], bias: $0[2], stride: stride, padding: padding, dilation: dilation, groups: groups
        ).tanh()
      }
    }
  }

  @Test("pools, linear layers and losses")
  func layers() {
    var generator = Philox(seed: 5)
    let settings: [(Size2D, Size2D?, Size2D)] = [
      (2, nil, 0), (3, 2, 1), (3, 1, 0), (Size2D(2, 3), Size2D(1, 2), Size2D(1, 0)),
    ]
    for (kernel, stride, padding) in settings {
      check("maxPool2d", [generator.distinct([2, 2, 5, 6])]) {
        maxPool2d($0[0], kernelSize: kernel, stride: stride, padding: padding).squared()
      }
      check("avgPool2d", [generator.distinct([2, 2, 5, 6])]) {
        avgPool2d($0[0], kernelSize: kernel, stride: stride, padding: padding).squared()
      }
    }
    check("linear", [generator.awayFromZero([4, 3]), generator.awayFromZero([2, 3]), generator.awayFromZero([2])]) {
      linear($0[0], weight: $0[1], bias: $0[2]).squared()
    }
    let logits = generator.awayFromZero([5, 3]) * 2
    for reduction in Reduction.allCases {
      check("crossEntropy", [logits]) {
        crossEntropy(logits: $0[0] * 1, labels: Tensor([0, 2, 1, 1, 0] as [UInt8]), reduction: reduction).squared()
      }
      check("meanSquaredError", [logits, generator.awayFromZero([5, 3])]) {
        meanSquaredError(predictions: $0[0], targets: $0[1], reduction: reduction)
      }
      check("sigmoidSquaredError", [generator.awayFromZero([6])]) {
        sigmoidSquaredError(
          logits: $0[0], labels: Tensor([1, -1, 1, 1, -1, -1] as [Double]), reduction: reduction)
      }
    }
  }

  @Test("at kinks and ties gradients are those that are documented", arguments: [DType.float32, .float64])
  func kinks(_ dtype: DType) throws {
    func gradient(at values: [Float], _ function: (Tensor) -> Tensor) throws -> [Double] {
      let x = Tensor(values).cast(to: dtype).requiringGrad()
      function(x).sum().backward()
      return Plain(try #require(x.grad)).values
    }
    #expect(try gradient(at: [0, -0, 2, -2]) { $0.relu() } == [0, 0, 1, 0])
    #expect(try gradient(at: [0, 2, -2]) { $0.abs() } == [0, 1, -1])
    #expect(try gradient(at: [0, 2]) { $0.sign() } == [0, 0])
    #expect(try gradient(at: [0, 3]) { $0.pow(2) } == [0, 6])
    #expect(try gradient(at: [3, 1, 3, 3]) { $0.max() * 6 } == [2, 0, 2, 2], "ties share")
    #expect(try gradient(at: [1, 1, 3]) { $0.min(axis: 0) } == [0.5, 0.5, 0])
    #expect(try gradient(at: [1, 2, 3]) { Tensor.maximum($0, $0 * 0 + 2) } == [0, 0.5, 1])
    #expect(try gradient(at: [1, 2, 3]) { Tensor.minimum($0 * 0 + 2, $0) } == [1, 0.5, 0])
    // Of equal elements of a window the first gets the gradient.
    #expect(try gradient(at: [5, 5, 5, 5]) { maxPool2d($0.reshaped([1, 1, 2, 2]), kernelSize: 2) } == [1, 0, 0, 0])
    #expect(try gradient(at: [0.5, 0]) { Tensor.pow(Tensor(0, dtype: dtype), $0 + 1) } == [0, 0])
  }

  @Test("the gradient of dropout repeats its draw, in both layouts and dtypes")
  func dropping() throws {
    for (shape, dtype) in [([3, 5], DType.float32), ([3, 5], .float64), ([17, 2, 3, 3], .float32)] {
      let x = Tensor.full(Shape(shape), 2, dtype: dtype).requiringGrad()
      // Through a convolution with weight 1, which leaves 16 images and more interleaved.
      let y = shape.count == 4 ? conv2d(x, weight: Tensor.full([2, 1, 1, 1], 1), groups: 2) : x
      let dropped = dropout(y, rate: 0.25)
      dropped.sum().backward()
      let values = Plain(dropped).values
      #expect(Set(values).isSubset(of: [0, Double(Float(2 / 0.75)), 2 / 0.75]))
      let gradient = Plain(try #require(x.grad)).values
      #expect(zip(values, gradient).allSatisfy { abs($0 - 2 * $1) < 1e-6 }, "\(dtype) \(shape)")
    }
  }

  @Test("gradients of float32 images, interleaved, equal those of float64", arguments: [16, 17, 40])
  func interleaved(batch: Int) throws {
    var generator = Philox(seed: UInt64(batch))
    let images = Tensor.uniform([batch, 1, 28, 28], dtype: .float64, using: &generator)
    let labels = (0..<batch).map { Int32($0 % 10) }
    var results: [[String: Tensor]] = []
    for dtype in [DType.float64, .float32] {
      let model = LeNet(dtype: dtype)
      model.fill(seed: 3)
      let x = images.cast(to: dtype).requiringGrad()
      let hidden = model.pool2(tanh(model.conv2(sigmoid(avgPool2d(model.conv1(x), kernelSize: 2)))))
      let y = model.fc3(relu(model.fc2(relu(model.fc1(hidden.flattened(from: 1))))))
      crossEntropy(logits: y, labels: Tensor(labels)).backward()
      var found = Dictionary(uniqueKeysWithValues: model.namedParameters().map { ($0.name, $0.parameter.grad) })
        .compactMapValues { $0 }
      found["x"] = x.grad
      found["y"] = y.detached()
      results.append(found)
    }
    #expect(results[0].count == 12)
    for (name, exact) in results[0] {
      let problem = difference(try #require(results[1][name]).cast(to: .float64), exact, relative: 1e-4)
      #expect(problem == nil, "\(name): \(problem ?? "")")
    }
  }

  @Test("a wrong gradient is found, and the report names the worst element")
  func wrong() {
    let x = Tensor([1, 2, 3] as [Double])
    let result = gradCheck(
      { customOperation("wrong", inputs: $0, forward: { $0[0].squared() }) { inputs, _, dy in [dy * inputs[0]] } },
      at: [x])
    #expect(!result.passed)
    #expect(result.description.hasPrefix("3 of 3 derivatives differ, worst first:\n  input 0 element "))
  }
}
