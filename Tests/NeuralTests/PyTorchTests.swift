import Foundation
import Neural
import Testing

@Suite("PyTorch gives the same")
struct PyTorchTests {
  @Test("convolutions of integers are equal, with all gradients", .exactConvolution)
  func convolutions() throws {
    let fixture = try fixture("ops")
    let names = cases(fixture, "conv")
    #expect(names.count == 12)
    for name in names {
      let s = try #require(fixture["conv.\(name).settings"]).array(Int32.self).map(Int.init)
      let hasBias = fixture["conv.\(name).bias"] != nil
      try compare(fixture, "conv.\(name)", ["x", "weight"] + (hasBias ? ["bias"] : []), relative: 0) {
        conv2d(
          $0[0], weight: $0[1], bias: hasBias ? $0[2] : nil, stride: Size2D(s[0], s[1]),
          padding: .explicit(Size2D(s[2], s[3])), dilation: Size2D(s[4], s[5]), groups: s[6])
      }
    }
  }

  @Test("pools and linear layers of integers are equal, with all gradients")
  func poolsAndLinear() throws {
    let fixture = try fixture("ops")
    for kind in ["maxpool", "avgpool"] {
      for name in cases(fixture, kind) {
        let s = try #require(fixture["\(kind).\(name).settings"]).array(Int32.self).map(Int.init)
        let (kernel, stride, padding) = (Size2D(s[0], s[1]), Size2D(s[2], s[3]), Size2D(s[4], s[5]))
        try compare(fixture, "\(kind).\(name)", ["x"], relative: kind == "maxpool" ? 0 : 1e-6) {
          kind == "maxpool"
            ? maxPool2d($0[0], kernelSize: kernel, stride: stride, padding: padding)
            : avgPool2d($0[0], kernelSize: kernel, stride: stride, padding: padding)
        }
      }
    }
    for name in cases(fixture, "linear") {
      try compare(fixture, "linear.\(name)", ["x", "weight", "bias"], relative: 0) {
        linear($0[0], weight: $0[1], bias: $0[2])
      }
    }
  }

  @Test("cross-entropy and softmax agree to rounding")
  func losses() throws {
    let fixture = try fixture("ops")
    let labels = try #require(fixture["crossentropy.labels"])
    for reduction in Reduction.allCases {
      try compare(fixture, "crossentropy.\(reduction)", ["logits"], relative: 2e-6) {
        crossEntropy(logits: $0[0], labels: labels, reduction: reduction)
      }
    }
    for axis in 0...2 {
      try compare(fixture, "softmax.\(axis)", ["x"], relative: 2e-6) { softmax($0[0], axis: axis) }
      try compare(fixture, "logsoftmax.\(axis)", ["x"], relative: 2e-6) { logSoftmax($0[0], axis: axis) }
    }
  }
}
