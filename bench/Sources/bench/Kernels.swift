import ArgumentParser
import CCore
import Foundation
import Neural

// CCore's functions, as layers call them: in the layout that a network's activations have at that batch, between buffers
// that are there already.

/// Larger workloads are left out: they say what the same shape says at a smaller batch.
private let mostOperations = 32e9
private let batches: [Int32] = [1, 16, 64]

func convolutionWorkloads() throws -> [Workload] {
  let shapes = try shapeList("convolution") + shapeList("convolution-imagenet")
  return batches.flatMap { batch in
    shapes.flatMap { name, n -> [Workload] in
      let shape = cc_conv_shape(
        batch: batch, in_channels: n[0], in_height: n[1], in_width: n[2], out_channels: n[3], kernel_height: n[4],
        kernel_width: n[5], stride_height: n[6], stride_width: n[6], pad_top: n[7], pad_left: n[7], pad_bottom: n[7],
        pad_right: n[7], dilation_height: n[8], dilation_width: n[8], groups: n[9])
      return convolutionWorkloads(
        name, shape,
        Dictionary(
          uniqueKeysWithValues: zip(
            [
              "channels", "height", "width", "outChannels", "kernelHeight", "kernelWidth", "stride", "padding",
              "dilation", "groups",
            ], n.map(Int.init))))
    }
  }
}

private func convolutionWorkloads(_ name: String, _ shape: cc_conv_shape, _ sizes: [String: Int]) -> [Workload] {
  var (shape, height, width) = (shape, Int32(0), Int32(0))
  check(cc_conv_output_size(&shape, &height, &width), name)
  let batch = Int(shape.batch)
  let x = batch * Int(shape.in_channels * shape.in_height * shape.in_width)
  let y = batch * Int(shape.out_channels * height * width)
  let w = Int(shape.out_channels * (shape.in_channels / shape.groups) * shape.kernel_height * shape.kernel_width)
  let k = Int(shape.out_channels)
  let operations = 2 * Double(y) * Double(w / k)
  if operations > mostOperations { return [] }

  return ["forward", "backward-data", "backward-weights"].map { operation in
    Workload(
      group: "convolution", name: "\(operation) \(name) batch \(batch)", operation: operation,
      sizes: sizes.merging(["batch": batch]) { $1 }, operations: operations, bytes: 4 * Double(x + y + w)
    ) {
      var shape = shape
      var plan: OpaquePointer?
      check(cc_conv_plan_create(&shape, CC_FLOAT32, layout(batch), CC_CONV_FASTEST, &plan), name)
      let workspace = Buffer((cc_conv_workspace_bytes(plan) + 3) / 4)
      let (x, y) = (Buffer(padded(x, batch)), Buffer(padded(y, batch)))
      let (w, bias) = (Buffer(w), Buffer(k))
      return {
        switch operation {
        case "forward": check(cc_conv_forward(plan, x.floats, w.floats, bias.floats, y.floats, workspace.floats), name)
        case "backward-data": check(cc_conv_backward_data(plan, y.floats, w.floats, x.floats, workspace.floats), name)
        default:
          check(
            cc_conv_backward_weights(plan, x.floats, y.floats, w.floats, bias.floats, workspace.floats), name)
        }
      }
    }
  }
}

func poolingWorkloads() throws -> [Workload] {
  let shapes = try shapeList("pooling") + shapeList("pooling-imagenet")
  return batches.flatMap { batch in
    shapes.flatMap { name, n -> [Workload] in
      let shape = cc_pool_shape(
        batch: batch, channels: n[0], in_height: n[1], in_width: n[2], kernel_height: n[3], kernel_width: n[4],
        stride_height: n[5], stride_width: n[5], pad_height: n[6], pad_width: n[6], rectifies: false, ceils: false,
        excludes_padding: false, divisor: 0)
      let sizes = zip(["channels", "height", "width", "kernelHeight", "kernelWidth", "stride", "padding"], n)
      return ["max forward", "max backward", "average forward", "average backward"].map {
        poolingWorkload($0, name, shape, Dictionary(uniqueKeysWithValues: sizes.map { ($0, Int($1)) }))
      }
    }
  }
}

private func poolingWorkload(
  _ operation: String, _ name: String, _ shape: cc_pool_shape, _ sizes: [String: Int]
) -> Workload {
  var (shape, height, width) = (shape, Int32(0), Int32(0))
  check(cc_pool_output_size(&shape, &height, &width), name)
  let batch = Int(shape.batch)
  let x = batch * Int(shape.channels * shape.in_height * shape.in_width)
  let y = batch * Int(shape.channels * height * width)
  return Workload(
    group: "pooling", name: "\(operation) \(name) batch \(batch)", operation: operation,
    sizes: sizes.merging(["batch": batch]) { $1 }, bytes: 4 * Double(x + y)
  ) {
    var shape = shape
    let layout = layout(batch)
    let (x, y) = (Buffer(padded(x, batch)), Buffer(padded(y, batch)))
    let winners = Buffer((padded(y.count, batch) + 1) / 2)
    let winner = UnsafeMutableRawPointer(winners.floats).assumingMemoryBound(to: UInt16.self)
    check(cc_max_pool_forward(&shape, CC_FLOAT32, layout, x.floats, y.floats, winner), name)
    return {
      defer { withExtendedLifetime((x, y, winners)) {} }
      switch operation {
      case "max forward": check(cc_max_pool_forward(&shape, CC_FLOAT32, layout, x.floats, y.floats, winner), name)
      case "max backward": check(cc_max_pool_backward(&shape, CC_FLOAT32, layout, winner, y.floats, x.floats), name)
      case "average forward": check(cc_average_pool_forward(&shape, CC_FLOAT32, layout, x.floats, y.floats), name)
      default: check(cc_average_pool_backward(&shape, CC_FLOAT32, layout, y.floats, x.floats), name)
      }
    }
  }
}

func gemmWorkloads() throws -> [Workload] {
  try shapeList("gemm").flatMap { name, numbers in
    [("nn", false, false), ("nt", false, true), ("tn", true, false), ("tt", true, true)].map {
      operation, transposeA, transposeB in
      let (m, n, k) = (Int(numbers[0]), Int(numbers[1]), Int(numbers[2]))
      return Workload(
        group: "gemm", name: "\(operation) \(name)", operation: operation, sizes: ["m": m, "n": n, "k": k],
        operations: 2 * Double(m) * Double(n) * Double(k), bytes: 4 * Double(m * k + k * n + m * n)
      ) {
        let (a, b, c) = (Buffer(m * k), Buffer(k * n), Buffer(m * n))
        return {
          check(
            cc_gemm(
              CC_FLOAT32, transposeA, transposeB, m, n, k, a.floats, transposeA ? m : k, b.floats, transposeB ? k : n,
              false, c.floats, n), name)
        }
      }
    }
  }
}

/// As Tensor decides.
private func layout(_ batch: Int) -> cc_layout { batch < CC_LANES ? CC_ROW_MAJOR : CC_INTERLEAVED }

/// Floats in memory for `count` of `batch` images.
private func padded(_ count: Int, _ batch: Int) -> Int {
  layout(batch) == CC_ROW_MAJOR ? count : cc_interleaved_count(Int32(batch), count / batch)
}

private func check(_ status: cc_status, _ name: String) {
  if status != CC_OK { fatalError("\(name): \(String(cString: cc_status_text(status)))") }
}

/// Uniform numbers in −1 ..< 1, aligned as CCore asks.
private final class Buffer {
  let floats: UnsafeMutablePointer<Float>
  let count: Int

  init(_ count: Int) {
    self.count = count
    let raw = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * 4, alignment: 64)
    floats = raw.bindMemory(to: Float.self, capacity: max(count, 1))
    // A stretch of them again and again: fast, and as good for timing.
    var filled = min(count, 65_521)
    var state: UInt32 = 1
    for index in 0..<filled {
      state = state &* 1_664_525 &+ 1_013_904_223
      floats[index] = Float(Int32(bitPattern: state)) * 0x1p-31
    }
    while filled < count {
      let more = min(filled, count - filled)
      (floats + filled).update(from: floats, count: more)
      filled += more
    }
  }

  deinit { free(floats) }
}

/// The lines of a list in bench/shapes that are not comments: a name and numbers.
private func shapeList(_ name: String) throws -> [(name: String, numbers: [Int32])] {
  let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../shapes")
  let path = folder.appending(path: "\(name).txt").standardized.path
  guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
    throw ValidationError("\(path): cannot be read")
  }
  return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
    let words = line.split(separator: " ")
    return (String(words[0]), words.dropFirst().compactMap { Int32($0) })
  }
}
