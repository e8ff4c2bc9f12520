import Foundation

// The safetensors format (https://huggingface.co/docs/safetensors): 8 bytes little-endian header length, a JSON header
// {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, …, "__metadata__": {text: text}} padded with
// spaces, then the tensors without gaps, offsets counted from the end of the header.
extension StateDict {
  private static let largestHeader = 100 << 20

  /// Writes a safetensors file that PyTorch's `safetensors` reads: to a temporary file, then renamed.
  public func write(safetensors url: URL) throws(CheckpointError) {
    var header: [String: Any] = [:]
    if !metadata.isEmpty { header["__metadata__"] = metadata }
    var end = 0
    // Larger elements first, then by name, so that every tensor is aligned to its element size.
    let order = tensors.sorted { ($1.value.dtype.byteCount, $0.key) < ($0.value.dtype.byteCount, $1.key) }
    for (name, tensor) in order {
      guard let code = StoredType.of(tensor.dtype).safetensors else {
        throw .file(
          path: url.relativePath,
          reason: "cannot be written: \(name) is \(tensor.dtype), which safetensors does not have")
      }
      let size = tensor.count * tensor.dtype.byteCount
      header[name] = ["dtype": code, "shape": tensor.shape.sizes, "data_offsets": [end, end + size]]
      end += size
    }
    guard
      var json = try? JSONSerialization.data(withJSONObject: header, options: [.sortedKeys, .withoutEscapingSlashes])
    else { throw .file(path: url.relativePath, reason: "cannot be written: its header is no JSON") }
    json.append(Data(repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8))
    var file = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) }
    file.reserveCapacity(8 + json.count + end)
    file.append(json)
    for (_, tensor) in order { tensor.withBytes { file.append(contentsOf: $0) } }
    try file.write(complete: url)
  }

  /// Reads a safetensors file.
  ///
  /// float16 and bfloat16 are read as float32, int8, int16 and uint16 as int32, uint32 as int64. Every length and offset
  /// is checked against the file before memory is taken for it.
  /// - Throws: ``CheckpointError/file(path:reason:)`` or ``CheckpointError/malformed(path:reason:)``.
  public init(safetensors url: URL) throws(CheckpointError) {
    self = try withFileContent(url) { bytes, path throws(CheckpointError) in
      try StateDict(safetensors: bytes, path: path)
    }
  }

  /// One tensor as the header describes it; `bytes` counts from the end of the header.
  private struct Entry {
    var name: String, type: StoredType, sizes: [Int], bytes: Range<Int>
  }

  private init(safetensors file: UnsafeRawBufferPointer, path: String) throws(CheckpointError) {
    func malformed(_ reason: String) -> CheckpointError { .malformed(path: path, reason: reason) }
    guard file.count >= 8 else { throw malformed("\(file.count) bytes are too few for a safetensors file") }
    let length = UInt64(littleEndian: file.loadUnaligned(as: UInt64.self))
    guard length <= UInt64(StateDict.largestHeader), Int(length) <= file.count - 8 else {
      throw malformed("a header of \(length) bytes in a file of \(file.count): not a safetensors file, or cut off")
    }
    let body = UnsafeRawBufferPointer(rebasing: file[(8 + Int(length))...])
    guard let json = try? JSONSerialization.jsonObject(with: Data(file[8..<8 + Int(length)])) as? [String: Any] else {
      throw malformed("the header is not a JSON object")
    }
    var metadata: [String: String] = [:]
    var entries: [Entry] = []
    for (name, value) in json {
      if name == "__metadata__" {
        guard let text = value as? [String: String] else { throw malformed("__metadata__ is not text") }
        metadata = text
        continue
      }
      guard let entry = value as? [String: Any], let code = entry["dtype"] as? String,
        let sizes = entry["shape"] as? [Int], let offsets = entry["data_offsets"] as? [Int], offsets.count == 2
      else { throw malformed("\(name): no dtype, shape and data_offsets") }
      guard let type = StoredType.all.first(where: { $0.safetensors == code }) else {
        throw malformed("\(name): dtype \(code) is not known")
      }
      guard offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= body.count else {
        throw malformed("\(name): bytes \(offsets[0]) to \(offsets[1]) of \(body.count)")
      }
      guard type.byteCount(sizes) == offsets[1] - offsets[0] else {
        throw malformed("\(name): \(code) \(sizes) in \(offsets[1] - offsets[0]) bytes")
      }
      entries.append(Entry(name: name, type: type, sizes: sizes, bytes: offsets[0]..<offsets[1]))
    }
    // Before any is read: a thousand that all claim the same bytes would take a thousand times the file's size.
    var end = 0
    entries.sort { ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound) }
    for entry in entries {
      guard entry.bytes.lowerBound == end else { throw malformed("the tensors overlap or leave gaps at byte \(end)") }
      end = entry.bytes.upperBound
    }
    guard end == body.count else { throw malformed("\(body.count - end) bytes after the last tensor") }
    var tensors: [String: Tensor] = [:]
    for entry in entries {
      let bytes = UnsafeRawBufferPointer(rebasing: body[entry.bytes])
      guard let tensor = entry.type.tensor(Shape(entry.sizes), from: bytes) else {
        throw malformed("\(entry.name): a bool is neither 0 nor 1")
      }
      tensors[entry.name] = tensor
    }
    self.init(tensors, metadata: metadata)
  }
}
