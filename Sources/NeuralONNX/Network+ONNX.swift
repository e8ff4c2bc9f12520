import Foundation
import Neural
import SwiftProtobuf

// onnx.pb.swift is generated: protoc --swift_out=. onnx.proto, with protoc-gen-swift of swift-protobuf 1.39.0 and the
// onnx.proto of ONNX 1.23.2 (https://github.com/onnx/onnx, Apache License 2.0).

extension Layer {
  /// Writes the network, as it is in evaluation, as an ONNX model for onnxruntime and others: to a temporary file, then
  /// renamed.
  ///
  /// The batch size is symbolic. Weights have their names, `conv1.weight`. What is exported are all layers of Neural, and
  /// operations between them: arithmetic, elementwise functions, `matmul`, sums, means and extrema over axes, reshaping,
  /// transposing, padding, concatenating. Dropout is left out.
  ///
  /// - Parameters:
  ///   - url: the file, replaced if it exists.
  ///   - inputShape: the shape of one example, without the batch: `[1, 28, 28]`.
  ///   - input: the name of the model's input.
  ///   - output: the name of the model's output.
  /// - Throws: ``ONNXError``. Nothing is written then.
  public func write(
    onnx url: URL, inputShape: Shape, input: String = "input", output: String = "output"
  ) throws(ONNXError) {
    let model = try onnxModel(inputShape: inputShape, input: input, output: output)
    do {
      let data: Data = try model.serializedBytes()
      try data.write(complete: url)
    } catch let error as CheckpointError {
      throw .file(error)
    } catch {
      throw .file(.file(path: url.relativePath, reason: "cannot be written: \(error)"))
    }
  }

  /// The model: ONNX's IR version 8, operator set 17.
  func onnxModel(inputShape: Shape, input: String, output: String) throws(ONNXError) -> Onnx_ModelProto {
    let trace = try BatchedTrace(self, inputShape: inputShape)
    var builder = GraphBuilder(trace, input: input, output: output)
    for number in trace.needed { try builder.add(number) }
    builder.finish()
    var graph = builder.graph
    graph.name = "\(type(of: self))"
    graph.input = [valueInfo(input, [nil] + inputShape.sizes, trace.dtype)]
    var (sizes, dtype): ([Int?], DType) = ([nil] + inputShape.sizes, trace.dtype)
    if case .result(let last) = trace.result { (sizes, dtype) = (trace.sizes[last], trace.operations[last].dtype) }
    graph.output = [valueInfo(output, sizes, dtype)]

    var model = Onnx_ModelProto()
    model.irVersion = 8
    model.producerName = "Neural"
    model.opsetImport = [.with { ($0.domain, $0.version) = ("", 17) }]
    model.graph = graph
    return model
  }
}

private func valueInfo(_ name: String, _ sizes: [Int?], _ dtype: DType) -> Onnx_ValueInfoProto {
  .with {
    $0.name = name
    $0.type.tensorType.elemType = Int32(dtype.onnx.rawValue)
    $0.type.tensorType.shape.dim = sizes.map { size in
      .with { if let size { $0.dimValue = Int64(size) } else { $0.dimParam = "batch" } }
    }
  }
}

extension DType {
  /// ONNX's number for it.
  var onnx: Onnx_TensorProto.DataType {
    switch self {
    case .float32: .float
    case .float64: .double
    case .int32: .int32
    case .int64: .int64
    case .uint8: .uint8
    case .bool: .bool
    case .complex64: .complex64
    case .complex128: .complex128
    }
  }
}
