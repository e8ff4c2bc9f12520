import Neural
import NeuralModels
import Testing

/// Mistakes stop the program with a line that names the operation and the shapes.
@Suite("Messages")
struct MessageTests {
  private func expect(_ message: String, _ result: ExitTest.Result?) {
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains(message), "\(text.prefix(300))")
  }

  @Test("a wrong number of channels names shapes and the place in the network")
  func channels() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = LeNet()(Tensor.zeros([64, 3, 28, 28]))
    }
    expect("conv2d: input [64, 3, 28, 28] has 3 channels, weight [6, 1, 5, 5] expects 1 (in LeNet.conv1)", result)
  }

  @Test("a kernel that does not fit")
  func kernel() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = conv2d(Tensor.zeros([1, 1, 4, 4]), weight: Tensor.zeros([1, 1, 5, 5]))
    }
    expect(
      "conv2d: input [1, 1, 4, 4], weight [1, 1, 5, 5], stride 1×1: the kernel does not fit into the padded input",
      result)
  }

  @Test("matrices that do not fit")
  func matmul() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Neural.matmul(Tensor.zeros([2, 3]), Tensor.zeros([4, 5]))
    }
    expect("matmul: shapes [2, 3] and [4, 5]: 3 columns, 4 rows", result)
  }

  @Test("a largest element of nothing, whichever of the axes is empty")
  func emptyAxis() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor.zeros([0, 3, 4]).max(axes: [0, 2])
    }
    expect("max: nothing to choose from along axes of shape [0, 3, 4]", result)
  }

  @Test("shapes that do not broadcast, and dtypes that differ")
  func broadcasting() async {
    var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor.zeros([2, 3]) + Tensor.zeros([2])
    }
    expect("add: shapes [2, 3] and [2] do not broadcast", result)
    result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor.zeros([2]) * Tensor.zeros([2], dtype: .float64)
    }
    expect("multiply: float32 [2] and float64 [2]: convert one with cast(to:)", result)
  }

  @Test("a label out of range, a second backward, and a reshape of another count")
  func others() async {
    var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = crossEntropy(logits: Tensor.zeros([2, 3]), labels: Tensor([0, 3] as [Int32]))
    }
    expect("crossEntropy: a label is not in 0..<3", result)
    result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let y = Tensor([1]).requiringGrad().exp().sum()
      y.backward()
      y.backward()
    }
    expect("backward: the tape through sum was freed by an earlier call; pass retainGraph: true to that one", result)
    result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor.zeros([2, 3]).reshaped([4, -1])
    }
    expect("reshape: shape [2, 3] does not divide into [4, -1]", result)
    result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor.zeros([2, 3]).reshaped(Shape([7]))
    }
    expect("reshape: shape [2, 3] has 6 elements, [7] has 7", result)
  }

  @Test("a 64-bit label is not cut down to a valid one")
  func wideLabel() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = crossEntropy(logits: Tensor.zeros([1, 3]), labels: Tensor([1 << 32 + 1]))
    }
    expect("crossEntropy: a label is not in 0..<3", result)
  }

  @Test("a matrix and a vector are named as they were given")
  func vector() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Neural.matmul(Tensor.zeros([3]), Tensor.zeros([4]))
    }
    expect("matmul: shapes [3] and [4]: 3 columns, 4 rows", result)
  }

  @Test("the place is a path, also in nested modules and for each of several uses")
  func place() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let inner = Sequential {
        ReLU()
        Linear(3, 2)
      }
      let model = Sequential {
        Linear(2, 3)
        inner
      }
      let optimizer = SGD(inner, learningRate: 0.1)  // the inner names are found before the outer ones
      _ = model(Tensor.zeros([1, 2]))
      optimizer.zeroGrad()
      _ = Sequential([model])(Tensor.zeros([1, 3]))
    }
    expect("linear: input [1, 3], weight [3, 2]: the input must be [batch, 2] (in Sequential.0.0)", result)
  }

  @Test("gradients of another dtype or shape are refused, set by hand or computed by a pullback")
  func gradients() async {
    var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Linear(2, 1).weight.grad = Tensor.zeros([1, 2], dtype: .float64)
    }
    expect("grad: gradient float64 [1, 2] of a leaf float32 [1, 2]", result)
    result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Tensor([1, 2]).requiringGrad().grad = Tensor([1])
    }
    expect("grad: gradient float32 [1] of a leaf float32 [2]", result)
    result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let x = Tensor([1, 2]).requiringGrad()
      customOperation("mine", inputs: [x], forward: { $0[0] }) { _, _, dy in [dy.cast(to: .float64)] }.sum().backward()
    }
    expect("mine: its pullback gave a gradient float64 [2] for an input float32 [2]", result)
  }

  @Test("a number with a fraction beside integers, for every operator")
  func fractions() async {
    var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([1, 2] as [Int32]) * 0.5
    }
    expect("multiply: 0.5 is no whole number, the tensor is int32: cast it first", result)
    result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([1, 2] as [Int32]) / 0.5
    }
    expect("divide: 0.5 is no whole number, the tensor is int32: cast it first", result)
    result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([1, 2] as [UInt8]).pow(0.5)
    }
    expect("pow: 0.5 is no whole number, the tensor is uint8: cast it first", result)
  }

  @Test("a backward without a gradient to start from, of a constant, and of a vector")
  func backward() async {
    var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Tensor([1]).backward()
    }
    expect("backward: this tensor was not computed from one that requires a gradient", result)
    result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      (Tensor([1, 2]).requiringGrad() * 2).backward()
    }
    expect("backward: a result of shape [2] needs a gradient; only a scalar's is 1", result)
    result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      (Tensor([1, 2]).requiringGrad() * 2).backward(gradient: Tensor([[1, 2]]))
    }
    expect("backward: gradient float32 [1, 2] of a result float32 [2]", result)
  }
}
