import Neural
import NeuralModels
import Testing

@Suite("Modules")
struct ModuleTests {
  private final class Zoo: Module {
    let array = [Linear(1, 2), Linear(2, 1, bias: false)]
    let missing: Linear? = nil
    let present: Linear? = Linear(3, 1)
    let named = ["b": ReLU() as Module, "a": Linear(1, 1)]
    let scale = Parameter(Tensor([1]))
    let count = 3
  }

  @Test("names are PyTorch's, in the order of declaration")
  func names() {
    #expect(
      LeNet().namedParameters().map(\.name) == [
        "conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias", "fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias",
        "fc3.weight", "fc3.bias",
      ])
    #expect(
      Zoo().namedParameters().map(\.name) == [
        "scale", "array.0.weight", "array.0.bias", "array.1.weight", "present.weight", "present.bias", "named.a.weight",
        "named.a.bias",
      ])
    let sequential = Sequential {
      Flatten()
      Linear(4, 2)
      for _ in 0..<2 { Linear(2, 2, bias: false) }
    }
    #expect(sequential.namedParameters().map(\.name) == ["1.weight", "1.bias", "2.weight", "3.weight"])
    #expect(LeNet().parameterCount == 44_426)
  }

  private final class Twins: Module, Layer {
    let first = Linear(2, 2)
    let second: Linear
    override init() { second = first }
    func forward(_ x: Tensor) -> Tensor { second(first(x)) }
  }

  @Test("a shared module is counted and updated once")
  func shared() {
    let model = Twins()
    #expect(model.parameterCount == 6 && model.summary(inputShape: [1, 2]).parameterCount == 6)
    #expect(model.namedParameters().map(\.name) == ["first.weight", "first.bias"])
  }

  @Test("evaluating switches dropout off and recording too, and puts both back")
  func modes() {
    let dropout = Dropout(0.5)
    let model = Sequential {
      Linear(8, 8)
      dropout
    }
    let x = Tensor.ones([4, 8])
    #expect(model(x).requiresGrad && dropout.isTraining)
    let (a, b) = model.evaluating { (model(x), model(x)) }
    #expect(a.array(Float.self) == b.array(Float.self) && !a.requiresGrad)
    #expect(dropout.isTraining && model.isTraining)
    model.train(false)
    model.evaluating {}
    #expect(!dropout.isTraining)
  }

  @Test("frozen parameters get no gradient and do not move")
  func freezing() {
    let model = LeNet()
    model.freeze("conv*")
    let before = model.conv1.weight.value.array(Float.self)
    let optimizer = SGD(model, learningRate: 1, weightDecay: 0.5)
    model(Tensor.ones([16, 1, 28, 28])).sum().backward()
    optimizer.step()
    #expect(model.conv1.weight.grad == nil && model.fc1.weight.grad != nil)
    #expect(model.conv1.weight.value.array(Float.self) == before)
  }

  @Test("a model prints as a tree, and its summary as a table")
  func printing() {
    let model = Sequential {
      Conv2d(1, 2, kernelSize: 3, padding: .same)
      ReLU()
      MaxPool2d(kernelSize: 2)
      Flatten()
      Linear(8, 10)
    }
    #expect(
      model.description == """
        Sequential(
          (0): Conv2d(1, 2, kernelSize: 3×3, stride: 1×1, padding: same)
          (1): ReLU()
          (2): MaxPool2d(kernelSize: 2×2, stride: 2×2)
          (3): Flatten()
          (4): Linear(8, 10, bias: true)
        )
        """)
    #expect(
      model.summary(inputShape: [1, 1, 4, 4]).description == """
        layer  type       input         output        parameters  multiplications
        0      Conv2d     [1, 1, 4, 4]  [1, 2, 4, 4]          20              288
        1      ReLU       [1, 2, 4, 4]  [1, 2, 4, 4]           0                0
        2      MaxPool2d  [1, 2, 4, 4]  [1, 2, 2, 2]           0                0
        3      Flatten    [1, 2, 2, 2]  [1, 8]                 0                0
        4      Linear     [1, 8]        [1, 10]               90               80
        total                                                110              368
        """)
  }

  @Test("the summary of LeNet is exactly this")
  func leNet() {
    #expect(
      LeNet().summary(inputShape: [100, 1, 28, 28]).description == """
        layer  type       input             output            parameters  multiplications
        conv1  Conv2d     [100, 1, 28, 28]  [100, 6, 24, 24]         156        8,640,000
        pool1  MaxPool2d  [100, 6, 24, 24]  [100, 6, 12, 12]           0                0
        conv2  Conv2d     [100, 6, 12, 12]  [100, 16, 8, 8]        2,416       15,360,000
        pool2  MaxPool2d  [100, 16, 8, 8]   [100, 16, 4, 4]            0                0
        fc1    Linear     [100, 256]        [100, 120]            30,840        3,072,000
        fc2    Linear     [100, 120]        [100, 84]             10,164        1,008,000
        fc3    Linear     [100, 84]         [100, 10]                850           84,000
        total                                                     44,426       28,164,000
        """)
  }

  @Test("dropping: a fraction of `rate` is 0, the mean stays, and each call draws anew")
  func dropping() {
    let x = Tensor.ones([100_000])
    for rate in [0.1, 0.5, 0.9] {
      let layer = Dropout(rate)
      let y = layer(x)
      let zeros = (y .== Tensor(0)).cast(to: .float32).mean().scalar
      #expect(abs(zeros - rate) < 0.01 && abs(y.mean().scalar - 1) < 0.03, "rate \(rate)")
      #expect(bits(y) != bits(layer(x)))
    }
    #expect(bits(Dropout(0)(x)) == bits(x) && Dropout(1)(x).abs().sum().scalar == 0)
    let evaluated = Dropout(0.5)
    evaluated.train(false)
    #expect(bits(evaluated(x)) == bits(x))
  }

  // In a process of its own: other tests draw from the default generator too.
  @Test("a seed fixes the initial weights and what dropout drops, and a saved generator continues")
  func seeds() async {
    await #expect(processExitsWith: .success) {
      func draw() -> [[UInt32]] {
        let model = LeNet()
        return model.parameters.map { bits($0.value) } + [bits(dropout(Tensor.ones([99]), rate: 0.5))]
      }
      Random.seed(5)
      let first = draw()
      let saved = Random.generator
      let second = draw()
      Random.generator = saved
      guard draw() == second, first != second else { fatalError("a restored generator does not continue") }
      Random.seed(5)
      guard draw() == first else { fatalError("a seed does not repeat") }
      Random.seed(6)
      guard draw() != first else { fatalError("seeds do not differ") }
    }
  }

  @Test("initial values have the documented bounds and moments")
  func initializers() {
    func moments(_ initializer: Initializer) -> (mean: Double, deviation: Double, largest: Double) {
      let w = Linear(400, 300, initializer: initializer).weight.value.detached().cast(to: .float64)
      return ((w.mean()).scalar, (w - w.mean()).squared().mean().sqrt().scalar, w.abs().max().scalar)
    }
    for (initializer, bound) in [
      (Initializer.fanIn, 0.05), (.xavierUniform, (6.0 / 700).squareRoot()),
      (.kaimingUniform, (6.0 / 400).squareRoot()),
      (.uniform(bound: 2), 2),
    ] {
      let found = moments(initializer)
      #expect(
        abs(found.mean) < 0.01 * bound && found.largest <= bound && found.largest > 0.999 * bound, "\(initializer)")
      #expect(abs(found.deviation - bound / 3.0.squareRoot()) < 0.01 * bound, "\(initializer)")
    }
    for (initializer, deviation) in [
      (Initializer.kaimingNormal, (2.0 / 400).squareRoot()), (.normal(standardDeviation: 3), 3),
    ] {
      let found = moments(initializer)
      #expect(abs(found.mean) < 0.02 * deviation && abs(found.deviation - deviation) < 0.02 * deviation)
    }
    #expect(moments(.zeros).largest == 0 && moments(.constant(4)).mean == 4)
    #expect(Linear(9, 50, initializer: .kaimingNormal).bias?.value.detached().abs().sum().scalar == 0)
    #expect(
      Linear(9, 50).weight.shape == [50, 9]
        && Conv2d(4, 6, kernelSize: Size2D(3, 5), groups: 2).weight.shape == [6, 2, 3, 5])
    let bias = Conv2d(3, 500, kernelSize: 5).bias?.value.detached().abs().max().scalar ?? 0
    #expect(bias <= 1 / 75.0.squareRoot() && bias > 0.98 / 75.0.squareRoot())
  }
}
