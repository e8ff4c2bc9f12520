import Foundation
import Neural
import NeuralModels
import SwiftProtobuf
import Testing

@testable import NeuralONNX

@Suite("ONNX models")
struct ONNXTests {
  /// The file, read back.
  private func exported(_ network: any Layer, _ inputShape: Shape) throws -> Onnx_ModelProto {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("model.onnx")
      try network.write(onnx: url, inputShape: inputShape)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["model.onnx"])
      return try Onnx_ModelProto(serializedBytes: Data(contentsOf: url))
    }
  }

  private func text(_ model: Onnx_ModelProto) -> String {
    func type(_ info: Onnx_ValueInfoProto) -> String {
      let sizes = info.type.tensorType.shape.dim.map { $0.dimParam.isEmpty ? "\($0.dimValue)" : $0.dimParam }
      return "\(info.name) [\(sizes.joined(separator: ", "))]"
    }
    let nodes = model.graph.node.map { node in
      let settings = node.attribute.map {
        $0.ints.isEmpty ? "\($0.name)=\($0.type == .float ? "\($0.f)" : "\($0.i)")" : "\($0.name)=\($0.ints)"
      }
      return "  \(node.output[0]) = \(node.opType)(\(node.input.joined(separator: ", ")))"
        + (settings.isEmpty ? "" : " " + settings.joined(separator: " "))
    }
    let head =
      "\(model.graph.name): \(model.graph.input.map(type).joined()) -> \(model.graph.output.map(type).joined())"
    return ([head] + nodes).joined(separator: "\n")
  }

  /// Renewed by running the tests with NEURAL_RENEW=1 in the environment, after onnxruntime has agreed with the models.
  @Test("the graphs of all layers are as onnxruntime has found them right")
  func graphs() throws {
    let found =
      try ONNXNetwork.all.map { "\($0.name)\n" + text(try exported($0.network, $0.inputShape)) }
      .joined(separator: "\n\n") + "\n"
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "Fixtures/graphs.txt")
    if ProcessInfo.processInfo.environment["NEURAL_RENEW"] != nil { try Data(found.utf8).write(to: source) }
    let url = try #require(Bundle.module.url(forResource: "graphs", withExtension: "txt", subdirectory: "Fixtures"))
    let expected = try String(contentsOf: url, encoding: .utf8)
    let differing = zip(found.split(separator: "\n"), expected.split(separator: "\n")).first { $0 != $1 }
    #expect(differing == nil && found.count == expected.count, "\(differing.map { "\($0)\n\($1)" } ?? "")")
  }

  @Test("weights have their names, shapes and values; every input of a node is there before it")
  func weights() throws {
    for network in ONNXNetwork.all {
      let model = try exported(network.network, network.inputShape)
      #expect(model.irVersion == 8 && model.opsetImport.map(\.version) == [17] && model.producerName == "Neural")
      var known = Set(model.graph.initializer.map(\.name) + model.graph.input.map(\.name) + [""])
      #expect(known.count == model.graph.initializer.count + 2, "\(network.name): names are unique")
      for node in model.graph.node {
        #expect(known.isSuperset(of: node.input), "\(network.name): \(node.name)")
        #expect(node.output.count == 1 && known.insert(node.output[0]).inserted, "\(network.name): \(node.name)")
      }
      #expect(known.contains("output") || network.name == "nothing")
    }
    let model = LeNet()
    let graph = try exported(model, [1, 28, 28]).graph
    for (name, parameter) in model.namedParameters() {
      let tensor = try #require(graph.initializer.first { $0.name == name })
      #expect(tensor.dims == parameter.shape.sizes.map(Int64.init) && tensor.dataType == 1)
      #expect(tensor.rawData == parameter.value.array(Float.self).withUnsafeBytes { Data($0) })
    }
    #expect(graph.node.map(\.name).starts(with: ["conv1/Conv", "Relu", "pool1/MaxPool"]))
  }

  @Test("what cannot be exported is named, and no file is written")
  func refusals() throws {
    let expected = [
      "Unexportable: cumulativeSum cannot be written as ONNX",
      "Unexportable: where cannot be written as ONNX",
      "Unexportable: a constant or setting of multiply changes with the input, which a graph cannot express",
      "Unexportable: the result does not depend on the input",
      "Unexportable: a constant or setting of multiply changes with the input, which a graph cannot express",
    ]
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("model.onnx")
      for (kind, text) in expected.enumerated() {
        let error = #expect(throws: ONNXError.self) { try Unexportable(kind).write(onnx: url, inputShape: [3]) }
        #expect(error?.description == text)
      }
      let missing = folder.appendingPathComponent("no/model.onnx")
      let error = #expect(throws: ONNXError.self) { try LeNet().write(onnx: missing, inputShape: [1, 28, 28]) }
      #expect(error?.description == "\(missing.path): cannot be written: no such file or folder")
      let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(files.isEmpty)
    }
  }

  @Test("onnxruntime gives the same results for any batch size", .enabled(if: Python.has("onnxruntime", "numpy")))
  func onnxruntime() throws {
    try withTemporaryFolder { folder in
      for (number, network) in ONNXNetwork.all.enumerated() {
        try network.network.write(
          onnx: folder.appendingPathComponent("\(network.name).onnx"), inputShape: network.inputShape)
        for batch in [1, 3, 17] {
          var generator = Philox(seed: UInt64(number), stream: UInt64(batch))
          let input = Tensor.normal(Shape([batch] + network.inputShape.sizes), using: &generator)
          let output = network.network.evaluating { network.network(input) }
          try input.write(npy: folder.appendingPathComponent("\(network.name).\(batch).input.npy"))
          try output.write(npy: folder.appendingPathComponent("\(network.name).\(batch).output.npy"))
        }
      }
      try Python.run("onnxruntime_check", folder.path)
    }
  }
}
