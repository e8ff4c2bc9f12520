import NeuralData
import Testing

@Suite struct LabeledImagesTests {
  /// Three images of 2×1×2 pixels.
  private func images() throws -> LabeledImages {
    try LabeledImages(
      name: "three", channels: 2, height: 1, width: 2, classCount: 3, pixels: Array(0..<12),
      labels: [2, 0, 1])
  }

  @Test func `a subset has the images and labels in the order asked for`() throws {
    let subset = try images().subset([2, 0, 2])
    #expect(subset.count == 3)
    #expect(subset.pixels == [8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11])
    #expect(subset.labels == [1, 2, 1])
    #expect(subset.classCount == 3)
    #expect(try images().subset(0..<3) == images())
  }

  @Test func `a prefix has the first images, or all`() throws {
    #expect(try images().prefix(2).pixels == Array(0..<8))
    #expect(try images().prefix(2).labels == [2, 0])
    #expect(try images().prefix(10) == images())
    #expect(try images().prefix(0).count == 0)
  }

  @Test func `pixels that do not fit the shape are an error`() {
    #expect(
      throws: DatasetError.wrongByteCount(
        path: "x", expected: 8, basis: "for 2 × 1 × 2 × 2 pixels", found: 7)
    ) {
      try LabeledImages(
        name: "x", height: 2, width: 2, classCount: 2, pixels: [UInt8](repeating: 0, count: 7),
        labels: [0, 1])
    }
    #expect(throws: DatasetError.self) {
      try LabeledImages(name: "x", height: .max, width: .max, classCount: 2, pixels: [0], labels: [0])
    }
  }

  @Test func `a size of zero is an error`() {
    #expect(throws: DatasetError.self) {
      try LabeledImages(name: "x", height: 0, width: 2, classCount: 2, pixels: [], labels: [0])
    }
  }

  @Test func `a label that is no class is an error`() {
    #expect(throws: DatasetError.labelOutOfRange(path: "x", index: 1, label: 3, classes: 3)) {
      try LabeledImages(name: "x", height: 1, width: 1, classCount: 3, pixels: [0, 0], labels: [2, 3])
    }
  }
}
