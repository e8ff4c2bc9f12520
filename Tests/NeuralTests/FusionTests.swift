import Neural
import Testing

/// Convolution, activation and pooling in one pass, each way, give the bits that they give one after the other.
@Suite("Fusion")
struct FusionTests {
  /// The layers and an input whose first use decides nothing about the second.
  private struct Case: CustomTestStringConvertible {
    var batch = 20, channels = (2, 7), size = (12, 13), groups = 1, kernel: Size2D = 3, padding: Padding2D = .valid
    var dilation: Size2D = 1, pool: Size2D = 2, stride: Size2D? = nil, poolPadding: Size2D = 0
    var testDescription: String {
      "\(batch)×\(channels) \(size), dilation \(dilation), pool \(pool) stride \(stride ?? pool) padding \(poolPadding)"
    }
  }

  @Test(
    "values and gradients are bitwise those of separate operations",
    arguments: [
      Case(), Case(batch: 100, channels: (1, 6), size: (28, 28), kernel: 5), Case(batch: 16, padding: .same),
      Case(size: (13, 11), pool: 3), Case(pool: 3, stride: 2), Case(pool: 2, stride: 3), Case(pool: 2, poolPadding: 1),
      Case(channels: (4, 6), groups: 2), Case(batch: 17, size: (6, 300)), Case(batch: 3), Case(pool: Size2D(1, 2)),
      Case(batch: 33, channels: (24, 20), size: (19, 16)),  // Winograd's algorithm
      Case(batch: 33, channels: (24, 20), size: (19, 16), padding: 3, dilation: Size2D(3, 2)),
      Case(batch: 3, channels: (24, 20), size: (19, 16)),  // of row-major images
      Case(batch: 15, channels: (24, 20), size: (19, 16), padding: 3, dilation: Size2D(3, 2)),
      Case(batch: 1, channels: (24, 20), size: (13, 14), padding: 1),
      Case(batch: 2, channels: (5, 20), size: (13, 14), kernel: 5),
      Case(batch: 2, channels: (20, 20), groups: 20, padding: 1),
    ])
  private func bitwise(_ c: Case) {
    var generator = Philox(seed: 9)
    let layer = Conv2d(
      c.channels.0, c.channels.1, kernelSize: c.kernel, padding: c.padding, dilation: c.dilation, groups: c.groups)
    layer.weight.value = .uniform(layer.weight.shape, in: -1..<1, using: &generator)
    let images = Tensor.uniform([c.batch, c.channels.0, c.size.0, c.size.1], in: -1..<1, using: &generator)
    let activations: [(String, (Tensor) -> Tensor)] = [
      ("none", { $0 }), ("relu", relu), ("tanh", tanh), ("sigmoid", sigmoid),
    ]
    let pools: [(String, (Tensor) -> Tensor)] = [
      ("none", { $0 }), ("max", { maxPool2d($0, kernelSize: c.pool, stride: c.stride, padding: c.poolPadding) }),
      ("average", { avgPool2d($0, kernelSize: c.pool, stride: c.stride, padding: c.poolPadding) }),
    ]
    for (activation, activate) in activations {
      for (pooling, pool) in pools {
        for (last, finish) in [activations[0], activations[2]] {
          var results: [[[UInt32]]] = []
          for separate in [true, false] {
            func step(_ y: Tensor) -> Tensor {
              // An operation of one's own reads its input, and the gradient on the way back.
              separate ? customOperation("same", inputs: [y], forward: { $0[0] }) { _, _, dy in [dy] } : y
            }
            let x = images.requiringGrad()
            SGD(layer, learningRate: 0).zeroGrad()
            let y = finish(step(pool(step(activate(step(layer(x)))))))
            (y * y + y).sum().backward()
            results.append([y, x.grad, layer.weight.grad, layer.bias?.grad].compactMap { $0 }.map(bits))
            let inference = noGrad { finish(step(pool(step(activate(step(layer(images))))))) }
            #expect(bits(inference) == results[results.count - 1][0], "\(activation), \(pooling), \(last)")
          }
          #expect(results[0].count == 4 && results[0] == results[1], "\(activation), \(pooling), \(last)")
        }
      }
    }
  }

  @Test("a part of a result that waits is a part of it", arguments: [3, 20])
  func part(batch: Int) {
    var generator = Philox(seed: 5)
    let layer = Conv2d(2, 3, kernelSize: 3)
    let images = Tensor.uniform([batch, 2, 6, 6], in: -1..<1, using: &generator)
    let whole = relu(layer(images)).array(Float.self)
    #expect(relu(layer(images)[0..<1]).array(Float.self) == Array(whole[0..<48]))
    #expect(relu(layer(images)[1..<3]).array(Float.self) == Array(whole[48..<144]))
    #expect(relu(layer(images).reshaped([3, batch, 4, 4])).array(Float.self) == whole)
  }

  @Test("activated and pooled values that are read before what follows the pool, or after it, are right")
  func readBetween() {
    let layer = Conv2d(2, 3, kernelSize: 3)
    let images = Tensor.uniform([20, 2, 8, 8], in: -1..<1)
    func gradients(_ network: (Tensor) -> Tensor) -> [[UInt32]] {
      SGD(layer, learningRate: 0).zeroGrad()
      let x = images.requiringGrad()
      let y = network(x)
      y.squared().sum().backward()
      return [y, x.grad, layer.weight.grad].compactMap { $0 }.map(bits)
    }
    let expected = gradients { tanh(avgPool2d(tanh(layer($0)), kernelSize: 2)) }
    for read in 0..<4 {
      let found = gradients { x in
        let activated = tanh(layer(x))
        if read == 0 { _ = activated.array(Float.self) }
        let pooled = avgPool2d(activated, kernelSize: 2)
        if read == 1 { _ = activated.array(Float.self) }
        if read == 2 { _ = pooled.array(Float.self) }
        let y = tanh(pooled)
        if read == 3 {
          #expect(bits(y) == expected[0])
          #expect(bits(tanh(pooled.detached())) == expected[0] && bits(pooled) != expected[0])
        }
        return y
      }
      #expect(found == expected && found.count == 3, "read \(read)")
    }
  }

  @Test("a result that is pooled and used besides is right, and so are its gradients")
  func skipConnection() {
    var generator = Philox(seed: 4)
    let layer = Conv2d(1, 3, kernelSize: 3)
    let images = Tensor.uniform([18, 1, 6, 6], in: -1..<1, using: &generator)
    func run(_ images: Tensor, _ layer: Conv2d) -> (Tensor, Tensor?) {
      layer.weight.grad = nil
      let h = relu(layer(images))
      let p = maxPool2d(h, kernelSize: 2)
      let loss = (p * 2).sum() + (h * h).sum()
      loss.backward()
      return (loss.detached().cast(to: .float64), layer.weight.grad?.cast(to: .float64))
    }
    let exact = Conv2d(1, 3, kernelSize: 3, dtype: .float64)
    exact.weight.value = layer.weight.value.detached().cast(to: .float64)
    exact.bias?.value = layer.bias?.value.detached().cast(to: .float64) ?? exact.weight.value
    let expected = run(images.cast(to: .float64), exact)
    for round in 0..<3 {
      let found = run(images, layer)
      #expect(difference(found.0, expected.0, relative: 1e-5) == nil, "round \(round)")
      #expect(difference(found.1 ?? found.0, expected.1 ?? expected.0, relative: 1e-5) == nil, "round \(round)")
    }
  }

  @Test("what is detached, or made without recording, stays a constant through a pool")
  func constants() {
    let layer = Conv2d(1, 2, kernelSize: 3)
    let x = Tensor.ones([16, 1, 6, 6])
    #expect(!maxPool2d(relu(layer(x)).detached(), kernelSize: 2).requiresGrad)
    #expect(!maxPool2d(noGrad { relu(layer(x)) }, kernelSize: 2).requiresGrad)
    #expect(!noGrad { maxPool2d(relu(layer(x)), kernelSize: 2) }.requiresGrad)
  }

  @Test("changing the weights before the result is read does not change the result")
  func laterUpdate() {
    let layer = Conv2d(1, 1, kernelSize: 1, bias: false)
    layer.weight.value = Tensor([2], shape: [1, 1, 1, 1])
    let y = layer(Tensor.ones([16, 1, 2, 2]))
    layer.weight.grad = Tensor.ones([1, 1, 1, 1])
    SGD(layer, learningRate: 1).step()
    #expect(layer.weight.value.item() == 1 as Float)
    #expect(y.array(Float.self).allSatisfy { $0 == 2 })
  }

  @Test("a gradient goes through an operation of one's own between the ReLU and the pool")
  func ownOperation() throws {
    var generator = Philox(seed: 6)
    let layer = Conv2d(1, 2, kernelSize: 3, bias: false)
    layer.weight.value = .uniform(layer.weight.shape, in: -1..<1, using: &generator)
    let images = Tensor.uniform([16, 1, 6, 6], in: -1..<1, using: &generator)
    func gradient(_ hidden: (Tensor) -> Tensor) throws -> [Float] {
      layer.weight.grad = nil
      maxPool2d(hidden(layer(images)), kernelSize: 2).sum().backward()
      return try #require(layer.weight.grad).array()
    }
    let plain = try gradient { relu($0) }
    let tenfold = try gradient { y in
      customOperation("tenfold", inputs: [relu(y)], forward: { $0[0] }) { _, _, dy in [dy * 10] }
    }
    #expect(zip(tenfold, plain).allSatisfy { abs($0 - 10 * $1) <= 1e-3 })
    #expect(plain.contains { abs($0) > 1 })
    // The pullback of a straight-through ReLU passes everything on, also below 0.
    let straight = try gradient { y in
      customOperation("straight", inputs: [y], forward: { relu($0[0]) }) { _, _, dy in [dy] }
    }
    let computed = try gradient { y in
      customOperation("straight", inputs: [y], forward: { $0[0].rowMajorCopy.relu() }) { _, _, dy in [dy] }
    }
    #expect(zip(straight, computed).allSatisfy { abs($0 - $1) <= 1e-4 })
  }

  @Test("a NaN in a window stays one")
  func nan() {
    var images = Tensor.full([16, 1, 4, 4], -1)
    images.withUnsafeMutableBuffer(Float.self) { $0[5] = .nan }
    let layer = Conv2d(1, 1, kernelSize: 1, bias: false, initializer: .constant(1))
    let pooled = maxPool2d(relu(layer(images)), kernelSize: 2)
    #expect(pooled.flattened()[0].scalar.isNaN && pooled.flattened()[1].scalar == 0)
  }

  @Test("long chains of results that wait neither overflow the stack when read nor when dropped")
  func chains() async {
    await #expect(processExitsWith: .success) {
      for isRead in [true, false] {
        let layer = Conv2d(1, 1, kernelSize: 1, bias: false, initializer: .constant(1))
        var y = Tensor.ones([16, 1, 1, 1])
        noGrad { for _ in 0..<30_000 { y = layer(y) } }
        for _ in 0..<30_000 { y = y.relu() }
        noGrad { for _ in 0..<30_000 { y = relu(layer(y)) } }
        if isRead, y.sum().scalar != 16 { fatalError("\(y)") }
      }
    }
  }

  @Test("many tasks may read one result that waits")
  func concurrentReaders() async {
    let layer = Conv2d(1, 4, kernelSize: 3)
    let y = relu(layer(Tensor.ones([32, 1, 20, 20])).detached())
    let sums = await withTaskGroup(of: Double.self) { group in
      for _ in 0..<8 { group.addTask { y.sum().scalar } }
      return await group.reduce(into: [Double]()) { $0.append($1) }
    }
    #expect(Set(sums).count == 1)
  }
}

extension Tensor {
  /// The elements copied out and in: nothing that waits, nothing interleaved.
  fileprivate var rowMajorCopy: Tensor { Tensor(array(Float.self), shape: shape) }
}
