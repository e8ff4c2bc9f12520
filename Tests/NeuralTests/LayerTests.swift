import Neural
import Testing

/// The residual block of the PyTorch fixture: plain Swift.
private final class Residual: Module, Layer {
  let conv1: Conv2d, norm1: BatchNorm2d, conv2: Conv2d, norm2: BatchNorm2d
  init(dtype: DType) {
    conv1 = Conv2d(2, 3, kernelSize: 3, padding: 1, bias: false, dtype: dtype)
    norm1 = BatchNorm2d(3, dtype: dtype)
    conv2 = Conv2d(3, 2, kernelSize: 3, padding: 1, bias: false, dtype: dtype)
    norm2 = BatchNorm2d(2, dtype: dtype)
  }
  func forward(_ x: Tensor) -> Tensor { relu(x + norm2(conv2(relu(norm1(conv1(x)))))) }
}

@Suite("Layers")
struct LayerTests {
  private static let layers: [String: @Sendable (DType) -> any Layer] = [
    "linear": { Linear(5, 4, dtype: $0) },
    "linearWithoutBias": { Linear(5, 4, bias: false, dtype: $0) },
    "conv": { Conv2d(2, 3, kernelSize: 3, dtype: $0) },
    "convSame": { Conv2d(1, 2, kernelSize: Size2D(2, 3), padding: .same, dtype: $0) },
    "convSameDilated": {
      Conv2d(2, 2, kernelSize: Size2D(3, 2), padding: .same, dilation: Size2D(2, 3), dtype: $0)
    },
    "convGrouped": {
      Conv2d(
        4, 6, kernelSize: Size2D(1, 3), stride: Size2D(2, 1), padding: .explicit(Size2D(0, 1)), groups: 2, bias: false,
        dtype: $0)
    },
    "transposed": { ConvTranspose2d(2, 3, kernelSize: 3, dtype: $0) },
    "transposedStrided": {
      ConvTranspose2d(
        3, 2, kernelSize: Size2D(2, 3), stride: 2, padding: Size2D(0, 1), outputPadding: Size2D(1, 0), dtype: $0)
    },
    "transposedBlock": { ConvTranspose2d(2, 1, kernelSize: 4, stride: 2, padding: 1, dtype: $0) },
    "transposedAll": {
      ConvTranspose2d(
        4, 6, kernelSize: Size2D(2, 3), stride: Size2D(3, 2), padding: Size2D(1, 2), outputPadding: Size2D(2, 1),
        groups: 2, bias: false, dilation: 2, dtype: $0)
    },
    "table": { TableConv2d(3, table: [[0, 1], [2], [0, 1, 2], [1]], kernelSize: Size2D(2, 3), dtype: $0) },
    "tableBlock": { TableConv2d(2, table: [[1, 0], [0]], kernelSize: Size2D(2, 3), dtype: $0) },
    "maxPool": { _ in MaxPool2d(kernelSize: 2) },
    "maxPoolCeil": { _ in MaxPool2d(kernelSize: 3, stride: 2, ceilMode: true) },
    "maxPoolAll": { _ in
      MaxPool2d(kernelSize: Size2D(3, 2), stride: Size2D(2, 1), padding: Size2D(1, 0), ceilMode: true)
    },
    "avgPool": { _ in AvgPool2d(kernelSize: Size2D(3, 2), stride: 2, padding: 1) },
    "avgPoolCeil": { _ in AvgPool2d(kernelSize: 3, stride: 2, padding: 1, ceilMode: true) },
    "avgPoolInside": { _ in
      AvgPool2d(kernelSize: 3, stride: 2, padding: 1, ceilMode: true, countIncludePad: false)
    },
    "avgPoolDivisor": { _ in AvgPool2d(kernelSize: 2, stride: 3, ceilMode: true, divisorOverride: 3) },
    "adaptive": { _ in AdaptiveAvgPool2d(Size2D(3, 2)) },
    "adaptiveWhole": { _ in AdaptiveAvgPool2d(1) },
    "adaptiveMixed": { _ in AdaptiveAvgPool2d(Size2D(2, 4)) },
    "batchNorm1d": { BatchNorm1d(5, dtype: $0) },
    "batchNorm1dBlock": { BatchNorm1d(3, epsilon: 1e-2, momentum: 0.3, dtype: $0) },
    "batchNorm1dLength": { BatchNorm1d(2, momentum: nil, dtype: $0) },
    "batchNorm2d": { BatchNorm2d(3, dtype: $0) },
    "batchNorm2dBlock": { BatchNorm2d(2, momentum: nil, dtype: $0) },
    "batchNorm2dPlain": { BatchNorm2d(2, affine: false, dtype: $0) },
    "batchNorm2dUntracked": { BatchNorm2d(2, trackRunningStatistics: false, dtype: $0) },
    "layerNorm": { LayerNorm([7], dtype: $0) },
    "layerNormAxes": { LayerNorm([2, 3], epsilon: 1e-2, dtype: $0) },
    "layerNormPlain": { LayerNorm([18], affine: false, dtype: $0) },
    "leakyRelu": { _ in LeakyReLU(slope: 0.2) },
    "elu": { _ in ELU(alpha: 1.5) },
    "gelu": { _ in GELU() },
    "geluApproximate": { _ in GELU(approximate: true) },
    "silu": { _ in SiLU() },
    "softplus": { _ in Softplus(beta: 2, threshold: 3) },
    "hardtanh": { _ in Hardtanh(-0.5...1.5) },
    "relu": { _ in ReLU() },
    "tanh": { _ in Tanh() },
    "sigmoid": { _ in Sigmoid() },
    "softmax": { _ in Softmax(axis: 1) },
    "logSoftmax": { _ in LogSoftmax(axis: 0) },
    "flatten": { _ in Flatten() },
    "dropoutNone": { _ in Dropout(0) },
    "sequential": { dtype in
      Sequential {
        Conv2d(1, 2, kernelSize: 3, dtype: dtype)
        BatchNorm2d(2, dtype: dtype)
        SiLU()
        AdaptiveAvgPool2d(2)
        Flatten()
        Linear(8, 3, dtype: dtype)
      }
    },
    "residual": { Residual(dtype: $0) },
  ]

  /// The tensors of a fixture under a prefix, without it.
  private func tensors(_ fixture: [String: Tensor], _ prefix: String) -> [String: Tensor] {
    Dictionary(
      uniqueKeysWithValues: fixture.filter { $0.key.hasPrefix(prefix + ".") }
        .map { (String($0.key.dropFirst(prefix.count + 1)), $0.value) })
  }

  @Test("every layer, its gradients and three training steps are PyTorch's", arguments: [DType.float32, .float64])
  func fixtures(dtype: DType) throws {
    let fixture = try fixture("layers")
    #expect(Set(fixture.keys.map { String($0.split(separator: ".")[0]) }) == Set(LayerTests.layers.keys))
    let (relative, absolute) = dtype == .float64 ? (1e-11, 1e-13) : (2e-5, 2e-6)
    for (name, make) in LayerTests.layers {
      func expect(_ what: String, _ found: Tensor?, _ expected: Tensor?) throws {
        let expected = try #require(expected, "\(name) \(what)")
        let problem = difference(try #require(found), expected, relative: relative, absolute: absolute)
        #expect(problem == nil, "\(name) \(what): \(problem ?? "")")
      }
      let layer = make(dtype)
      try layer.load(StateDict(tensors(fixture, "\(name).initial")))
      let x = try #require(fixture["\(name).x"]).cast(to: dtype), dy = try #require(fixture["\(name).dy"])
      let optimizer = SGD(layer, learningRate: 0.05, momentum: 0.9)
      for step in 0..<3 {
        let leaf = x.requiringGrad()
        let y = layer(leaf)
        optimizer.zeroGrad()
        y.backward(gradient: dy.cast(to: dtype))
        if step == 0 {
          try expect("y", y, fixture["\(name).y"])
          try expect("dx", leaf.grad, fixture["\(name).dx"])
          for (key, parameter) in layer.namedParameters() {
            try expect("gradient of \(key)", parameter.grad, fixture["\(name).grad.\(key)"])
          }
        }
        if layer.parameters.isEmpty { break }
        optimizer.step()
      }
      for (key, value) in tensors(fixture, "\(name).final") { try expect(key, layer.stateDict().tensors[key], value) }
      try expect("in evaluation", layer.evaluating { layer(x) }, fixture["\(name).evaluated"])
    }
  }

  @Test("gradients of normalisations equal central differences, with given moments too")
  func normGradients() {
    var generator = Philox(seed: 21)
    func draw(_ shape: Shape) -> Tensor { Tensor.uniform(shape, in: -1..<1, dtype: .float64, using: &generator) }
    for evaluates in [false, true] {
      let layer = BatchNorm2d(2, dtype: .float64)
      layer.runningMean?.value = draw([2])
      layer.train(!evaluates)
      for shape: Shape in [[2, 2, 3, 2], [3, 2, 1, 1]] {
        let result = gradCheck(
          { inputs in
            layer.weight?.value = inputs[1].detached()
            return layer(inputs[0])
          }, at: [draw(shape), draw([2])])
        // The weight went in as a value: its derivative is 0 both ways.
        #expect(result.entries.filter { $0.input == 0 }.allSatisfy { $0.error < 1e-5 }, "\(shape): \(result)")
      }
    }
    let layered = gradCheck(
      { layerNorm($0[0], shape: [2, 3], weight: $0[1], bias: $0[2]) },
      at: [draw([2, 2, 3]), draw([2, 3]), draw([2, 3])])
    #expect(layered.passed, "\(layered)")
    let transposed = gradCheck(
      { convTranspose2d($0[0], weight: $0[1], bias: $0[2], stride: 2, padding: 1, outputPadding: 1) },
      at: [draw([2, 2, 3, 2]), draw([2, 2, 3, 3]), draw([2])])
    #expect(transposed.passed, "\(transposed)")
  }

  @Test("normalisations give the same bits for 1, 2 and 5 threads, and padding lanes stay out of it")
  func normThreads() {
    var generator = Philox(seed: 22)
    let x = Tensor.normal([37, 20, 9, 7], using: &generator), dy = Tensor.normal([37, 20, 9, 7], using: &generator)
    func run(_ threads: Int) -> [[UInt32]] {
      let before = Runtime.threadCount
      defer { Runtime.threadCount = before }
      Runtime.threadCount = threads
      let batch = BatchNorm2d(20), layer = LayerNorm([7])
      let leaf = x.requiringGrad()
      // A convolution of ones makes the input interleaved, with lanes past the batch.
      let input = conv2d(leaf, weight: Tensor.ones([20, 1, 1, 1]), groups: 20)
      let y = layer(batch(input))
      y.backward(gradient: dy)
      return [y, leaf.grad!, batch.weight!.grad!, batch.bias!.grad!, layer.weight!.grad!, batch.runningMean!.value].map(
        bits)
    }
    let one = run(1)
    for threads in [2, 5] { #expect(run(threads) == one, "\(threads) threads") }
  }

  @Test("Runtime.exactConvolution computes sums as they are written, both ways; otherwise they are close")
  func exactConvolution() async {
    await #expect(processExitsWith: .success) {  // the switch is for the whole process
      var generator = Philox(seed: 23)
      let images = generator.integers([32, 32, 12, 11]), weight = generator.integers([24, 32, 3, 3])
      func run(_ dtype: DType) -> [[Double]] {
        let x = images.cast(to: dtype).requiringGrad(), w = weight.cast(to: dtype).requiringGrad()
        let y = conv2d(x, weight: w, padding: .same)
        y.backward(gradient: images.narrowed(axis: 1, 0..<24).cast(to: dtype))
        return [y, x.grad!, w.grad!].map { $0.cast(to: .float64).array() }
      }
      func relativeError(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } / b.reduce(0) { max($0, abs($1)) }
      }
      let (fast, expected) = (run(.float32), run(.float64))
      Runtime.exactConvolution = true
      let exact = run(.float32)
      guard exact == expected else { fatalError("not exact") }
      // The gradient of whole weights is whole, and exact either way.
      guard fast[0] != expected[0], fast[1] != expected[1] else { fatalError("not Winograd's algorithm") }
      for (a, b) in zip(fast, expected) {
        guard relativeError(a, b) < 1e-4 else { fatalError("\(relativeError(a, b))") }
      }
    }
  }

  @Test("a channel of large numbers that differ little is normalised well")
  func cancellation() {
    let values = (0..<64).map { Float(10_000 + $0 % 4) }
    let y = BatchNorm1d(1)(Tensor(values, shape: [64, 1]))
    let expected = values.map { (Double($0) - 10_001.5) / (1.25 + 1e-5).squareRoot() }
    for (a, b) in zip(y.array(Float.self), expected) { #expect(abs(Double(a) - b) < 1e-5) }
  }

  @Test("initialisers have the bounds and deviations that their papers give")
  func initializers() {
    let cases: [(Initializer, Double, Bool)] = [
      (.xavierUniform, (6.0 / 700).squareRoot(), true), (.kaimingUniform, (6.0 / 400).squareRoot(), true),
      (.xavierNormal, (2.0 / 700).squareRoot(), false), (.kaimingNormal, (2.0 / 400).squareRoot(), false),
      (.scaled(gain: 5.0 / 3, .output, .uniform), (3.0 / 300).squareRoot() * 5 / 3, true),
      (.fanIn, 1 / 400.0.squareRoot(), true), (.normal(standardDeviation: 0.3), 0.3, false),
    ]
    func rounded(_ bound: Double) -> Double { Double(Float(bound)) }  // a weight may be this, above the bound itself
    for (initializer, size, isUniform) in cases {
      let weight = Linear(400, 300, initializer: initializer).weight.value.detached()
      let largest = weight.abs().max().scalar, deviation = weight.squared().mean().scalar.squareRoot()
      #expect(abs(deviation / (isUniform ? size / 3.0.squareRoot() : size) - 1) < 0.02, "\(initializer)")
      if isUniform { #expect(largest <= rounded(size) && largest > 0.999 * size, "\(initializer)") }
    }
    let model = Sequential {
      Conv2d(8, 16, kernelSize: 5, groups: 2)
      Linear(3, 2)
    }
    model.initialize("*", .zeros)
    #expect(model.parameters.allSatisfy { $0.value.abs().sum().scalar == 0 })
    model.initialize("0.weight", .kaimingUniform)
    let bound = (6.0 / 100).squareRoot(), largest = model.parameters[0].value.abs().max().scalar
    #expect(largest <= rounded(bound) && largest > 0.99 * bound && model.parameters[2].value.abs().sum().scalar == 0)
    let table = TableConv2d(6, table: TableConv2d.leNet5, kernelSize: 5)
    #expect(table.parameterCount == 1516)
  }

  @Test("layers print their settings")
  func descriptions() {
    let layers: [any Layer] = [
      ConvTranspose2d(2, 4, kernelSize: 3, stride: 2, outputPadding: 1, groups: 2, bias: false),
      TableConv2d(6, table: TableConv2d.leNet5, kernelSize: 5),
      AvgPool2d(kernelSize: 3, stride: 2, padding: 1, ceilMode: true, countIncludePad: false, divisorOverride: 5),
      BatchNorm2d(4, momentum: nil, affine: false), LayerNorm([2, 3]), AdaptiveAvgPool2d(7), GELU(approximate: true),
    ]
    #expect(
      layers.map(\.description) == [
        "ConvTranspose2d(2, 4, kernelSize: 3×3, stride: 2×2, outputPadding: 1×1, groups: 2, bias: false)",
        "TableConv2d(6, 16, connections: 60, kernelSize: 5×5, stride: 1×1)",
        "AvgPool2d(kernelSize: 3×3, stride: 2×2, padding: 1×1, ceilMode: true, countIncludePad: false, divisorOverride: 5)",
        "BatchNorm2d(4, epsilon: 1e-05, momentum: nil, affine: false)", "LayerNorm([2, 3], epsilon: 1e-05)",
        "AdaptiveAvgPool2d(7×7)", "GELU(approximate: true)",
      ])
  }
}

extension Mistake {
  static let layers: [Mistake] = [
    .init(
      "BatchNorm2d: input [2, 3, 4, 4] for 4 channels (in Sequential.0)",
      { _ = Sequential { BatchNorm2d(4) }(Tensor.zeros([2, 3, 4, 4])) }
    ),
    .init("BatchNorm1d: input [2, 3, 4, 4] for 3 channels", { _ = BatchNorm1d(3)(Tensor.zeros([2, 3, 4, 4])) }),
    .init("a variance needs more than one value in a channel", { _ = BatchNorm1d(3)(Tensor.zeros([1, 3])) }),
    .init("layerNorm: input [2, 4] does not end in [3]", { _ = LayerNorm([3])(Tensor.zeros([2, 4])) }),
    .init(
      "convTranspose2d: output padding 1×1 must be below the stride 1×1",
      { _ = ConvTranspose2d(1, 1, kernelSize: 2, outputPadding: 1)(Tensor.zeros([1, 1, 2, 2])) }
    ),
    .init(
      "convTranspose2d: input [1, 1, 1, 1], weight [1, 1, 2, 2]: nothing is left of the output",
      { _ = ConvTranspose2d(1, 1, kernelSize: 2, padding: 1)(Tensor.zeros([1, 1, 1, 1])) }
    ),
    .init(
      "TableConv2d: [0, 2] are not different channels of 0..<2",
      { _ = TableConv2d(2, table: [[0], [0, 2]], kernelSize: 1) }
    ),
    .init("avgPool2d: divisor 0 is not positive", { _ = AvgPool2d(kernelSize: 2, divisorOverride: 0) }),
    .init("initialize: bias [2] has no fan-in", { Linear(2, 2).initialize("bias", .kaimingNormal) }),
  ]
}
