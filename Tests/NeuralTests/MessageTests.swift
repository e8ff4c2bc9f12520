import Neural
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
  }
}
