import Neural
import Testing

@Suite("Text of tensors")
struct TensorDescriptionTests {
  @Test("descriptions are exactly these")
  func exact() {
    let cases: [(Tensor, String)] = [
      (Tensor(3), "3."),
      (Tensor(-0.25), "-0.2500"),
      (Tensor([1, 2, 3]), "[1., 2., 3.]"),
      (Tensor([1, -20, 0.5]), "[  1.0000, -20.0000,   0.5000]"),
      (Tensor([[1, 2], [3, 40]]), "[[ 1.,  2.],\n [ 3., 40.]]"),
      (Tensor([1, 1e9]), "[1., 1.0000e+09]"),
      (Tensor([0.00001, 1]), "[0.0000, 1.0000]"),
      (Tensor([0.000001, 1]), "[1.0000e-06, 1.0000e+00]"),
      (Tensor([.nan, .infinity, -.infinity, 1]), "[ nan,  inf, -inf,   1.]"),
      (Tensor([1, -2] as [Int32]), "[ 1, -2]"),
      (Tensor([7, 255] as [UInt8]), "[  7, 255]"),
      (Tensor([true, false]), "[ true, false]"),
      (Tensor([Int.max]), "[9223372036854775807]"),
      (Tensor([Float]()), "[]"),
      (Tensor.zeros([2, 0]), "[[],\n []]"),
      (Tensor.arange(8).reshaped([2, 2, 2]), "[[[0., 1.],\n  [2., 3.]],\n\n [[4., 5.],\n  [6., 7.]]]"),
    ]
    for (tensor, text) in cases { #expect(tensor.description == text) }
  }

  @Test("above 1,000 elements the middle of long axes is left out")
  func long() {
    #expect(Tensor.arange(1001).description == "[   0.,    1.,    2., ...,  998.,  999., 1000.]")
    #expect(Tensor.arange(1000).description.count == 6000)
    #expect(
      Tensor.arange(7 * 200, dtype: .int32).reshaped([7, 200]).description == """
        [[   0,    1,    2, ...,  197,  198,  199],
         [ 200,  201,  202, ...,  397,  398,  399],
         [ 400,  401,  402, ...,  597,  598,  599],
         ...,
         [ 800,  801,  802, ...,  997,  998,  999],
         [1000, 1001, 1002, ..., 1197, 1198, 1199],
         [1200, 1201, 1202, ..., 1397, 1398, 1399]]
        """)
  }

  @Test("the debug text has shape, dtype and history")
  func debug() {
    let x = Tensor([[1, 2]])
    #expect(x.debugDescription == "Tensor(shape: [1, 2], dtype: float32)")
    #expect(x.requiringGrad().debugDescription == "Tensor(shape: [1, 2], dtype: float32, leaf)")
    #expect((x.requiringGrad() * 2).debugDescription == "Tensor(shape: [1, 2], dtype: float32, operation: multiply)")
  }
}
