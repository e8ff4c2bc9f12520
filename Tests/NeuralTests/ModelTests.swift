import Neural
import NeuralModels
import Testing

@Suite("The networks of the courses")
struct ModelTests {
  static let models: [(name: String, image: Shape, parameters: Int, make: @Sendable () -> any Layer)] = [
    ("LeNet", [1, 28, 28], 44_426, { LeNet() }), ("LeNet-5, partial", [1, 28, 28], 60_806, { LeNet5() }),
    ("LeNet-5, full", [1, 28, 28], 61_706, { LeNet5(.full) }),
    ("MNIST CNN", [1, 28, 28], 1_199_882, { MNISTNet() }), ("SimpleNN", [3, 32, 32], 38_170, { SimpleNN() }),
    ("MLP", [1, 28, 28], 79_510, { MLP() }), ("softmax", [784], 7850, { MLP([784, 10]) }),
  ]

  @Test("have the papers' numbers of parameters, and classify")
  func parameters() {
    for (name, image, parameters, make) in ModelTests.models {
      let model = make()
      #expect(model.parameterCount == parameters, "\(name)")
      #expect(model(Tensor.zeros(Shape([3] + image.sizes))).shape == [3, 10], "\(name)")
    }
  }

  @Test("C3 has 1,500 weights in the original and 2,400 with full connections")
  func c3() {
    func weights(_ model: LeNet5) -> Int? {
      model.namedParameters().first { $0.name == "c3.weight" }?.parameter.shape.count
    }
    #expect(weights(LeNet5()) == 1500 && weights(LeNet5(.full)) == 2400)
  }

  @Test("SimpleNN has the paper's multiplications and feature maps")
  func simpleNN() {
    let rows = SimpleNN().summary(inputShape: [1, 3, 32, 32]).rows.filter { $0.multiplications > 0 }
    #expect(rows.map(\.multiplications) == [1_228_800, 665_856, 903_168, 9216, 320])
    #expect(rows.map(\.output) == [[1, 16, 32, 32], [1, 16, 17, 17], [1, 32, 6, 6], [1, 32], [1, 10]])
  }
}
