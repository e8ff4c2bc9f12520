import Dispatch

/// Handwriting-like digits drawn by this library: a stand-in for MNIST that needs no files.
///
/// The shape is MNIST's: 28×28 grey, bright ink on a dark ground, ten classes. Each image varies in the way
/// its digit is written, in size, slant, rotation, place, pen width, unsteadiness, blur, contrast and noise.
/// Scores are not MNIST's, and say nothing about a network on real handwriting.
public enum GeneratedDigits {
  /// Draws a data set.
  ///
  /// Image i and its label depend on (seed, split, i) alone: the result is the same for any number of threads
  /// and on any machine, and a smaller set is the beginning of a larger one. Every ten images in a row, from
  /// a multiple of ten on, show each digit once, in random order.
  /// - Parameters:
  ///   - count: how many images, 0 or more.
  ///   - seed: any number; other seeds give other images.
  ///   - split: train and test images are drawn independently of each other.
  /// - Returns: `count`×1×28×28 pixels, 0 to 255, and labels 0 to 9.
  public static func generate(count: Int, seed: UInt64, split: DataSplit) -> LabeledImages {
    generate(count: count, seed: seed, split: split, imagesPerTask: 500)
  }

  static func generate(count: Int, seed: UInt64, split: DataSplit, imagesPerTask: Int) -> LabeledImages {
    guard count >= 0 else { fatalError("GeneratedDigits: count \(count) is negative") }
    let labels = (0..<count).map { label(of: $0, seed: seed, split: split) }
    let imageSize = DigitRenderer.size * DigitRenderer.size
    let pixels = [UInt8](unsafeUninitializedCapacity: count * imageSize) { buffer, initializedCount in
      // Each task writes its own images and no others.
      nonisolated(unsafe) let pixels = buffer
      let tasks = (count + imagesPerTask - 1) / imagesPerTask
      DispatchQueue.concurrentPerform(iterations: tasks) { task in
        let renderer = DigitRenderer()
        for index in task * imagesPerTask..<min((task + 1) * imagesPerTask, count) {
          var random = SplitMix64(seed: seed, stream: stream(split, .image), index: index)
          let shapes = DigitShape.all[Int(labels[index])]
          let shape = shapes[Int(random.next() % UInt64(shapes.count))]
          let image = pixels[index * imageSize..<(index + 1) * imageSize]
          renderer.draw(shape, with: &random, into: UnsafeMutableBufferPointer(rebasing: image))
        }
      }
      initializedCount = count * imageSize
    }
    return LabeledImages(
      unchecked: "generated digits, \(split)", channels: 1, height: DigitRenderer.size,
      width: DigitRenderer.size,
      classCount: DigitShape.all.count, pixels: pixels, labels: labels)
  }

  /// Its place in a random order of the digits, drawn anew for every ten images.
  private static func label(of index: Int, seed: UInt64, split: DataSplit) -> UInt8 {
    let classes = DigitShape.all.count
    var random = SplitMix64(seed: seed, stream: stream(split, .order), index: index / classes)
    var order = Array(0..<UInt8(classes))
    for last in (1..<classes).reversed() {
      order.swapAt(last, Int(random.next() % UInt64(last + 1)))
    }
    return order[index % classes]
  }

  private enum Purpose: UInt64 { case image, order }

  private static func stream(_ split: DataSplit, _ purpose: Purpose) -> UInt64 {
    switch split {
    case .train: purpose.rawValue
    case .test: 2 + purpose.rawValue
    }
  }
}
