import Neural
import Testing

/// A batch of 16 or more images lies interleaved in memory after a convolution. Nothing but time may show that.
@Suite("The interleaved layout is invisible")
struct LayoutTests {
  /// The same whole numbers twice: as they come from a convolution, interleaved, and in row-major order.
  private func twins(_ batch: Int, seed: UInt64 = 1) -> (interleaved: Tensor, rowMajor: Tensor) {
    var generator = Philox(seed: seed)
    let x = generator.integers([batch, 2, 5, 4])
    let y = conv2d(
      x, weight: generator.integers([3, 2, 2, 2]), bias: generator.integers([3]) * 3 + 20, padding: .same)
    return (y, Tensor(y.array(Float.self), shape: y.shape))
  }

  private let operations: [(String, (Tensor) -> Tensor)] = [
    ("elements", { $0 }), ("+", { $0 + $0 }), ("-", { $0 - $0.relu() }), ("*", { $0 * $0 }), ("/", { $0 / ($0 + 100) }),
    ("+ bias", { $0 + Tensor([1, 2, 3]).reshaped([3, 1, 1]) }), ("+ 1", { $0 + 1 }), ("1 -", { 1 - $0 }),
    ("* 3", { $0 * 3 }), ("/ 2", { $0 / 2 }), ("negate", { -$0 }), ("abs", { ($0 - 20).abs() }),
    ("relu", { ($0 - 20).relu() }), ("squared", { $0.squared() }), ("maximum", { Tensor.maximum($0, 40 - $0) }),
    ("sign", { ($0 - 20).sign() }), ("tanh", { $0.tanh() }), ("exp", { ($0 / 50).exp() }),
    ("sum", { $0.sum() }), ("sum over the batch", { $0.sum(axis: 0) }), ("sum over channels", { $0.sum(axis: 1) }),
    ("mean", { $0.mean(axes: [2, 3]) }), ("max", { $0.max(axis: 0) }), ("argmax", { $0.argmax(axis: 0) }),
    ("first row", { $0[0] }), ("last row", { $0[-1] }), ("rows", { $0[3..<9] }), ("row of a row", { $0[15][2][1..<3] }),
    ("narrowed", { $0.narrowed(axis: 1, 1..<3) }), ("transposed", { $0.transposed() }),
    ("permuted", { $0.permuted([3, 0, 2, 1]) }), ("flattened", { $0.flattened() }),
    ("flattened from 1", { $0.flattened(from: 1) }), ("flattened, then row", { $0.flattened(from: 1)[7] }),
    ("flattened, then sum", { ($0.flattened(from: 1) * 2).sum(axis: 1) }),
    ("reshaped to another batch", { $0.reshaped([-1, 4]) }), ("unsqueezed", { $0.unsqueezed(axis: 0) }),
    ("unsqueezed inside", { $0.unsqueezed(axis: 1) }), ("broadcast", { $0.broadcast(to: Shape([2] + $0.shape.sizes)) }),
    ("concatenated", { Tensor.concatenated([$0, $0 + 1]) }), ("stacked", { Tensor.stacked([$0, $0], axis: 1) }),
    ("taken rows", { $0.rows([5, 15, 0]) }), ("int32", { $0.cast(to: .int32) }), ("float64", { $0.cast(to: .float64) }),
    ("comparison", { $0 .> 40 - $0 }), ("where", { Tensor.where($0 .> $0 * 0, $0, -$0) }),
    ("softmax", { softmax($0 / 50, axis: 1) }), ("pool", { maxPool2d($0, kernelSize: 2) }),
    ("average", { avgPool2d($0, kernelSize: 2) }), ("leaf", { $0.requiringGrad() }), ("detached", { $0.detached() }),
    ("convolution", { conv2d($0, weight: Tensor.ones([1, 3, 3, 3])) }),
    ("linear", { linear($0.flattened(from: 1), weight: Tensor.ones([2, 60]), bias: Tensor([1, 2])) }),
    ("matmul", { matmul($0.flattened(from: 1), Tensor.ones([60, 2])) }),
  ]

  @Test("every operation gives the elements of the row-major computation", arguments: [16, 17, 33])
  func operations(batch: Int) {
    let (interleaved, rowMajor) = twins(batch)
    for (name, operation) in operations {
      let (found, expected) = (operation(interleaved), operation(rowMajor))
      #expect(found.dtype == expected.dtype && Plain(found) == Plain(expected), "\(name), batch \(batch)")
      #expect(found.description == expected.description, "\(name), batch \(batch)")
    }
    // Both operands interleaved, one of them, or none.
    let (other, plain) = twins(batch, seed: 2)
    for (name, operation) in [("+", { $0 + $1 }), ("-", { $0 - $1 }), ("*", { $0 * $1 }), ("/", { $0 / ($1 + 200) })]
      as [(String, (Tensor, Tensor) -> Tensor)]
    {
      let expected = Plain(operation(rowMajor, plain))
      #expect(Plain(operation(interleaved, other)) == expected, "\(name), batch \(batch)")
      #expect(Plain(operation(rowMajor, other)) == expected, "\(name), batch \(batch)")
      #expect(Plain(operation(interleaved, plain)) == expected, "\(name), batch \(batch)")
    }
  }

  @Test("gradients through every operation are those of the row-major computation", arguments: [16, 17])
  func gradients(batch: Int) throws {
    let constant = ["argmax", "int32", "comparison", "leaf", "detached", "taken rows"]
    for (name, operation) in operations where !constant.contains(name) {
      var found: [[Double]] = []
      for isInterleaved in [true, false] {
        var generator = Philox(seed: 4)
        let x = Tensor.uniform([batch, 2, 5, 4], using: &generator).requiringGrad()
        let w = Tensor.uniform([3, 2, 2, 2], in: -1..<1, using: &generator).requiringGrad()
        let y = conv2d(x, weight: w, bias: Tensor([20, 21, 22]), padding: .same)
        // A reshape that moves the batch axis and back forces row-major order and has the same gradient.
        let same = isInterleaved ? y : y.reshaped([-1]).reshaped(y.shape)
        let result = operation(same)
        let weights = Tensor.uniform(result.shape, in: 0.5..<1, dtype: result.dtype, using: &generator)
        (result * weights).sum().backward()
        found.append(Plain(try #require(x.grad)).values + Plain(try #require(w.grad)).values)
      }
      let bound = 1e-5 * (found[1].map(abs).max() ?? 0)
      let worst = zip(found[0], found[1]).map { abs($0 - $1) }.max() ?? .nan
      #expect(worst <= bound, "\(name), batch \(batch): \(worst), allowed \(bound)")
    }
  }

  @Test("a quotient of two convolution outputs can be learnt through: padding lanes hold no 0 / 0")
  func quotient() throws {
    var generator = Philox(seed: 1)
    let x = Tensor.uniform([17, 2, 5, 4], in: 1..<2, using: &generator)
    // Without bias: where there is no image there is a 0.
    let a = conv2d(x, weight: Tensor.ones([2, 2, 1, 1])), b = conv2d(x, weight: Tensor.ones([2, 2, 1, 1]))
    for (name, y) in [("/", a / b), ("pow", Tensor.pow(a, -b)), ("reciprocal", a.reciprocal() * b), ("log", a.log())] {
      let w = Tensor.ones([1, 2, 2, 2]).requiringGrad()
      conv2d(y, weight: w).sum().backward()
      #expect(try #require(w.grad).array(Float.self).allSatisfy(\.isFinite), "\(name)")
      let v = Tensor.ones([1, 40]).requiringGrad()
      linear(y.flattened(from: 1), weight: v).sum().backward()
      #expect(try #require(v.grad).array(Float.self).allSatisfy(\.isFinite), "\(name)")
    }
  }

  @Test("a gradient that was itself a convolution output counts its images and no padding lanes")
  func givenGradient() throws {
    let (gradient, plain) = twins(17)
    var found: [[Float]] = []
    for dy in [gradient, plain] {
      let x = Tensor.ones([17, 2, 5, 4])
      let w = Tensor.ones([3, 2, 2, 2]).requiringGrad(), bias = Tensor.zeros([3]).requiringGrad()
      conv2d(x, weight: w, bias: bias, padding: .same).backward(gradient: dy)
      found.append(try #require(w.grad).array(Float.self) + #require(bias.grad).array(Float.self))
    }
    #expect(found[0] == found[1])
  }

  @Test("a pullback of one's own may add to the gradient without feeding padding lanes")
  func ownPullback() throws {
    var found: [[Float]] = []
    for batch in [17, 34] {
      let w = Tensor.ones([1, 1, 1, 1]).requiringGrad(), bias = Tensor.zeros([1]).requiringGrad()
      let y = conv2d(Tensor.ones([batch, 1, 2, 2]), weight: w, bias: bias)
      let same = customOperation("decayed", inputs: [y], forward: { $0[0] }) { inputs, _, dy in
        [dy + 0.5 + inputs[0] * 0.25]
      }
      conv2d(same, weight: Tensor.ones([1, 1, 1, 1])).sum().backward()
      found.append(try #require(w.grad).array(Float.self) + #require(bias.grad).array(Float.self))
    }
    #expect(found[0] == [119, 119], "17 images of 4 pixels with 1.75 each")
    #expect(found[1] == [238, 238])
  }

  @Test("cross-entropy reads logits as they lie, and its gradient counts no padding lanes", arguments: [16, 17, 33])
  func crossEntropyOfInterleaved(batch: Int) throws {
    var generator = Philox(seed: 3)
    let x = Tensor.normal([batch, 2, 5, 4], using: &generator), w = Tensor.normal([3, 2, 2, 2], using: &generator)
    let labels = Tensor((0..<batch).map { Int32($0 * 7 % 60) })
    for reduction in Reduction.allCases {
      let bias = Tensor.zeros([3]).requiringGrad()
      let y = conv2d(x, weight: w, bias: bias, padding: .same)
      y.retainGrad()
      let leaf = Tensor(y.array(Float.self), shape: [batch, 60]).requiringGrad()
      let found = crossEntropy(logits: y.flattened(from: 1), labels: labels, reduction: reduction)
      let expected = crossEntropy(logits: leaf, labels: labels, reduction: reduction)
      #expect(Plain(found) == Plain(expected), "\(reduction)")
      for loss in [found, expected] { (loss * 3).sum().backward() }
      let gradient = try #require(leaf.grad)
      #expect(try #require(y.grad).array(Float.self) == gradient.array(Float.self), "\(reduction)")
      let sums = gradient.reshaped([batch, 3, 20]).sum(axes: [0, 2]).array(Float.self)
      let biases = try #require(bias.grad).array(Float.self)
      for (bias, sum) in zip(biases, sums) { #expect(abs(bias - sum) < 1e-4 * Float(batch), "\(reduction)") }
    }
  }

  @Test("a parameter takes values and gradients from a convolution output")
  func parameters() {
    let (interleaved, rowMajor) = twins(17)
    final class Holder: Module {
      let w = Parameter(Tensor.zeros([17, 3, 5, 4]))
    }
    let holder = Holder()
    holder.w.value = interleaved
    #expect(Plain(holder.w.value) == Plain(rowMajor))
    holder.w.value = Tensor.zeros([17, 3, 5, 4])
    holder.w.grad = interleaved
    SGD(holder, learningRate: 1).step()
    #expect(Plain(-holder.w.value) == Plain(rowMajor))
    let state = StateDict(["x": interleaved])
    #expect(Plain(state.tensors["x"] ?? Tensor(0)) == Plain(rowMajor))
  }

  @Test("writing to an interleaved tensor changes that tensor alone")
  func writing() {
    let (original, _) = twins(17)
    var copy = original
    copy.withUnsafeMutableBuffer(Float.self) { $0[67] = 1234 }
    #expect(copy[1][0][1][3].item() == 1234 as Float && copy.max().scalar == 1234)
    #expect(original.max().scalar < 1234)
  }
}
