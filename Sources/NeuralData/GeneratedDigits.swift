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
    let classes = DigitShape.all.count
    let labels = (0..<count).map {
      GeneratedImages.label(of: $0, classes: classes, seed: seed, stream: GeneratedImages.Purpose.order.stream(split))
    }
    let pixels = GeneratedImages.draw(
      count: count, size: DigitRenderer.size * DigitRenderer.size, imagesPerTask: imagesPerTask
    ) {
      let renderer = DigitRenderer()
      return { index, image in
        var random = SplitMix64(seed: seed, stream: GeneratedImages.Purpose.image.stream(split), index: index)
        let shapes = DigitShape.all[Int(labels[index])]
        let shape = shapes[Int(random.next() % UInt64(shapes.count))]
        renderer.draw(shape, with: &random, into: image)
      }
    }
    return LabeledImages(
      unchecked: "generated digits, \(split)", channels: 1, height: DigitRenderer.size, width: DigitRenderer.size,
      classNames: (0..<classes).map(String.init), pixels: pixels, labels: labels)
  }
}
