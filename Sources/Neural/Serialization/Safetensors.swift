import Foundation

// The safetensors format (https://huggingface.co/docs/safetensors): 8 bytes little-endian header length, a JSON header
// {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, …, "__metadata__": {text: text}} padded with
// spaces, then the tensors without gaps, offsets counted from the end of the header.
extension StateDict {
  private static let largestHeader = 100 << 20

  private static let codes: [DType: String] = [
    .float32: "F32", .float64: "F64", .int32: "I32", .int64: "I64", .uint8: "U8", .bool: "BOOL",
  ]

  /// Writes a safetensors file that PyTorch's `safetensors` reads: to a temporary file, then renamed.
  public func write(safetensors url: URL) throws(CheckpointError) {
    var header: [String: Any] = [:]
    if !metadata.isEmpty { header["__metadata__"] = metadata }
    var end = 0
    // Larger elements first, then by name, so that every tensor is aligned to its element size.
    let order = tensors.sorted { ($1.value.dtype.byteCount, $0.key) < ($0.value.dtype.byteCount, $1.key) }
    for (name, tensor) in order {
      let size = tensor.count * tensor.dtype.byteCount
      header[name] = [
        "dtype": StateDict.codes[tensor.dtype] ?? "", "shape": tensor.shape.sizes, "data_offsets": [end, end + size],
      ]
      end += size
    }
    do {
      var json = try JSONSerialization.data(withJSONObject: header, options: [.sortedKeys, .withoutEscapingSlashes])
      json.append(Data(repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8))
      var file = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) }
      file.reserveCapacity(8 + json.count + end)
      file.append(json)
      for (_, tensor) in order {
        let values = tensor.rowMajor
        file.append(values.pointer.assumingMemoryBound(to: UInt8.self), count: values.count * values.dtype.byteCount)
      }
      try file.write(to: url, options: .atomic)
    } catch {
      throw .file(path: url.relativePath, reason: "cannot be written: \(reason(error))")
    }
  }

  /// Reads a safetensors file.
  ///
  /// Every length and offset is checked against the file before memory is taken for it.
  /// - Throws: ``CheckpointError/file(path:reason:)`` or ``CheckpointError/malformed(path:reason:)``.
  public init(safetensors url: URL) throws(CheckpointError) {
    let path = url.relativePath
    let file: Data
    do {
      file = try Data(contentsOf: url, options: .mappedIfSafe)
    } catch {
      throw .file(path: path, reason: "cannot be read: \(reason(error))")
    }
    func malformed(_ reason: String) -> CheckpointError { .malformed(path: path, reason: reason) }
    guard file.count >= 8 else { throw malformed("\(file.count) bytes are too few for a safetensors file") }
    let length = file.prefix(8).enumerated().reduce(UInt64(0)) { $0 | UInt64($1.element) << (8 * UInt64($1.offset)) }
    guard length <= UInt64(StateDict.largestHeader), Int(length) <= file.count - 8 else {
      throw malformed("a header of \(length) bytes in a file of \(file.count): not a safetensors file, or cut off")
    }
    let bodyStart = 8 + Int(length)
    let bodySize = file.count - bodyStart
    guard let json = try? JSONSerialization.jsonObject(with: file[8..<bodyStart]) as? [String: Any] else {
      throw malformed("the header is not a JSON object")
    }
    var tensors: [String: Tensor] = [:]
    var metadata: [String: String] = [:]
    var ranges: [Range<Int>] = []
    for (name, value) in json {
      if name == "__metadata__" {
        guard let text = value as? [String: String] else { throw malformed("__metadata__ is not text") }
        metadata = text
        continue
      }
      guard let entry = value as? [String: Any], let code = entry["dtype"] as? String,
        let sizes = entry["shape"] as? [Int], let offsets = entry["data_offsets"] as? [Int], offsets.count == 2
      else { throw malformed("\(name): no dtype, shape and data_offsets") }
      guard let dtype = StateDict.codes.first(where: { $0.value == code })?.key else {
        throw malformed("\(name): dtype \(code) is not known")
      }
      guard offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= bodySize else {
        throw malformed("\(name): bytes \(offsets[0]) to \(offsets[1]) of \(bodySize)")
      }
      guard let bytes = StateDict.byteCount(sizes, dtype), bytes == offsets[1] - offsets[0] else {
        throw malformed("\(name): \(code) \(sizes) in \(offsets[1] - offsets[0]) bytes")
      }
      let tensor = Tensor(uninitialized: Shape(sizes), dtype: dtype)
      file.copyBytes(
        to: UnsafeMutableRawBufferPointer(start: tensor.pointer, count: bytes),
        from: bodyStart + offsets[0]..<bodyStart + offsets[1])
      if dtype == .bool { try StateDict.requireBooleans(tensor, name, path) }
      tensors[name] = tensor
      ranges.append(offsets[0]..<offsets[1])
    }
    var end = 0
    for range in ranges.sorted(by: { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }) {
      guard range.lowerBound == end else { throw malformed("the tensors overlap or leave gaps at byte \(end)") }
      end = range.upperBound
    }
    guard end == bodySize else { throw malformed("\(bodySize - end) bytes after the last tensor") }
    self.init(tensors, metadata: metadata)
  }

  /// Bytes of a shape; nil if a size is negative or a product of sizes overflows, also one next to a size of 0.
  private static func byteCount(_ sizes: [Int], _ dtype: DType) -> Int? {
    let bytes = sizes.reduce(Optional(dtype.byteCount)) { product, size in
      guard let product, size >= 0 else { return nil }
      let (next, overflow) = product.multipliedReportingOverflow(by: max(size, 1))
      return overflow ? nil : next
    }
    return sizes.contains(0) ? bytes.map { _ in 0 } : bytes
  }

  private static func requireBooleans(_ tensor: Tensor, _ name: String, _ path: String) throws(CheckpointError) {
    let bytes = UnsafeBufferPointer(start: tensor.pointer.assumingMemoryBound(to: UInt8.self), count: tensor.count)
    guard bytes.allSatisfy({ $0 <= 1 }) else {
      throw .malformed(path: path, reason: "\(name): a bool is neither 0 nor 1")
    }
  }
}

/// The system's words for a failed file operation, without Foundation's long-winded ones.
private func reason(_ error: any Error) -> String {
  let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError ?? error as NSError
  if underlying.domain == NSPOSIXErrorDomain, let text = strerror(Int32(underlying.code)) {
    return String(cString: text)
  }
  switch CocoaError.Code(rawValue: (error as NSError).code) {
  case .fileReadNoSuchFile, .fileNoSuchFile: return "no such file or folder"
  case .fileReadNoPermission, .fileWriteNoPermission: return "permission denied"
  case .fileWriteOutOfSpace: return "no space left"
  case .fileWriteVolumeReadOnly: return "the file system is read-only"
  default: return error.localizedDescription
  }
}
