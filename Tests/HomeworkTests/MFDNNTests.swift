import Foundation
import Testing

@Suite("homework mfdnn") struct MFDNNTests {
  @Test("differences, averages and grey of convolutions equal their definitions", arguments: ["4", "5"])
  func filters(width: String) throws {
    let found = try document(["mfdnn", "filters", "--kernel", width, "--images", "20"])
    #expect(found.data == ["generated shapes, 20 images; \(cifarHint)"])
    #expect(found.results.count == 10)
    for row in found.results { #expect(found.number(row.quantity) < 1e-6 && row.ok == "yes", "\(row)") }
  }

  @Test("max-pooling commutes exactly with the functions that do not fall, and not with −x")
  func commute() throws {
    for (arguments, count) in [([], "76,800"), (["--kernel", "5", "--images", "10"], "1,080")] {
      let found = try document(["mfdnn", "commute"] + arguments)
      for name in ["ReLU", "sigmoid", "tanh", "sign, which has steps"] {
        #expect(found["\(name): elements of \(count) that differ"]?.ours == "0", "\(name)")
      }
      #expect(found["−x, which falls: it makes a difference"]?.ours == "true")
    }
  }

  @Test("layer-by-layer gradients agree with autograd and differences at every depth", arguments: ["1", "5", "20"])
  func mlpBackprop(depth: String) throws {
    let found = try document(["mfdnn", "mlp-backprop", "--depth", depth])
    for name in ["tanh", "sigmoid", "softplus"] {
      for way in ["autograd", "differences"] {
        #expect(found.number("\(name): formulas against \(way), all layers") < 1e-6)
      }
    }
    // A row for each layer.
    #expect(found.content.contains { $0.rows?.count == Int(depth) && $0.header?.first == "layer" })
  }

  @Test("the comparison of losses trains both, and follows its seed")
  func nonCE() throws {
    let data = try TemporaryFolder()
    try data.addDigits()
    let found = try document(["mfdnn", "non-ce", "--quick", "--data", data.path])
    #expect(found.data == ["MNIST, 500 + 100 images, from \(data.path)"])
    #expect(found.number("cross-entropy: mean accuracy") > 60)
    let other = try document(["mfdnn", "non-ce", "--quick", "--data", data.path, "--seed", "9"])
    let losses = [found, other].map { $0.content.compactMap(\.rows).first.map { $0.map(\.last) } }
    #expect(losses[0]?.count == 2 && losses[0] != losses[1])
  }

  @Test("LeNet-5 of both kinds has the parameters of the catalogue, and learns")
  func leNet5() throws {
    let data = try TemporaryFolder()
    try data.addDigits()
    let found = try document(["mfdnn", "lenet5", "--quick", "--batch-size", "20", "--data", data.path])
    for (kind, parameters, weights) in [("partial C3", "60806", "1500"), ("full C3", "61706", "2400")] {
      #expect(found["\(kind): parameters"]?.ours == parameters)
      #expect(found["\(kind): weights of C3"]?.ours == weights)
      #expect(found.number("\(kind): test loss") < 2.3)
    }
  }
}
