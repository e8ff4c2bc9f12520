import Foundation
import Neural
import NeuralModels
import Testing

@Suite("Weights go both ways between PyTorch and Neural", .enabled(if: Python.has("torch", "numpy")))
struct PyTorchTests {
  @Test("a model that PyTorch has trained and saved gives the same logits here, also from 16-bit floats")
  func fromPyTorch() throws {
    try withTemporaryFolder { folder in
      try Python.run("pytorch", "write", folder.path)
      let images = try Tensor(npy: folder.appendingPathComponent("images.npy"))
      for name in ["float32", "float16", "bfloat16"] {
        let model = LeNet()
        try model.load(StateDict(safetensors: folder.appendingPathComponent("\(name).safetensors")))
        let logits = model.evaluating { model(images) }
        let expected = try Tensor(npy: folder.appendingPathComponent("\(name).npy"))
        let text = difference(logits, expected, bound: 1e-5)
        #expect(text == nil, "\(name): \(text ?? "")")
      }
    }
  }

  @Test("a model that was trained and saved here gives the same logits in PyTorch")
  func toPyTorch() throws {
    try withTemporaryFolder { folder in
      let model = LeNet()
      let optimizer = SGD(model, learningRate: 0.05, momentum: 0.9)
      var generator = Philox(seed: 21)
      let images = Tensor.uniform([20, 1, 28, 28], using: &generator)
      let labels = Tensor((0..<20).map { Int32($0 % 10) })
      for _ in 0..<3 {
        optimizer.zeroGrad()
        crossEntropy(logits: model(images), labels: labels).backward()
        optimizer.step()
      }
      try model.stateDict().write(safetensors: folder.appendingPathComponent("model.safetensors"))
      try images.write(npy: folder.appendingPathComponent("images.npy"))
      try model.evaluating { model(images) }.write(npy: folder.appendingPathComponent("logits.npy"))
      try Python.run("pytorch", "check", folder.path)
    }
  }
}
