/// Coloured shapes and patterns drawn by this library: a stand-in for CIFAR-10 that needs no files.
///
/// The form is CIFAR-10's: 32×32 in colour, ten classes. Place, size, rotation, both colours, a slope of the light and
/// noise vary from image to image. Scores are not CIFAR-10's, and say nothing about a network on photographs.
public enum GeneratedShapes {
  /// The names of the classes, in the order of their labels.
  public static let classNames = patterns.map(\.name)

  /// Draws a data set.
  ///
  /// Image i and its label depend on (seed, split, i) alone: the result is the same for any number of threads and on
  /// any machine, and a smaller set is the beginning of a larger one. Every ten images in a row, from a multiple of ten
  /// on, show each class once, in random order.
  /// - Parameters:
  ///   - count: how many images, 0 or more.
  ///   - seed: any number; other seeds give other images.
  ///   - split: train and test images are drawn independently of each other.
  /// - Returns: `count`×3×32×32 pixels, 0 to 255, and labels 0 to 9.
  public static func generate(count: Int, seed: UInt64, split: DataSplit) -> LabeledImages {
    guard count >= 0 else { fatalError("GeneratedShapes: count \(count) is negative") }
    let labels = (0..<count).map {
      GeneratedImages.label(
        of: $0, classes: patterns.count, seed: seed, stream: GeneratedImages.Purpose.order.stream(split))
    }
    let pixels = GeneratedImages.draw(count: count, size: 3 * size * size, imagesPerTask: 200) {
      { index, image in
        var random = SplitMix64(seed: seed, stream: GeneratedImages.Purpose.image.stream(split), index: index)
        draw(patterns[Int(labels[index])].coverage, with: &random, into: image)
      }
    }
    return LabeledImages(
      unchecked: "generated shapes, \(split)", channels: 3, height: size, width: size, classNames: classNames,
      pixels: pixels, labels: labels)
  }

  private static let size = 32

  /// How much of the ink is at (u, v), 0 to 1, where a shape fills about −1…1 in both directions.
  private typealias Coverage = @Sendable (_ u: Float, _ v: Float) -> Float

  private static let patterns: [(name: String, coverage: Coverage)] = [
    ("disc", { u, v in u * u + v * v < 1 ? 1 : 0 }),
    ("ring", { u, v in (0.4..<1).contains(u * u + v * v) ? 1 : 0 }),
    ("square", { u, v in max(abs(u), abs(v)) < 0.85 ? 1 : 0 }),
    ("frame", { u, v in (0.5..<0.9).contains(max(abs(u), abs(v))) ? 1 : 0 }),
    ("triangle", { u, v in v > -0.6 && 1.8 * abs(u) < 1.1 - v ? 1 : 0 }),
    ("cross", { u, v in min(abs(u), abs(v)) < 0.3 && max(abs(u), abs(v)) < 1 ? 1 : 0 }),
    ("stripes", { u, _ in isEven(2 * u) ? 1 : 0 }),
    ("checks", { u, v in isEven(1.6 * u) == isEven(1.6 * v) ? 1 : 0 }),
    ("dots", { u, v in square(1.5 * u) + square(1.5 * v) < 0.1 ? 1 : 0 }),
    ("gradient", { u, _ in min(max(0.5 + 0.6 * u, 0), 1) }),
  ]

  private static func isEven(_ x: Float) -> Bool { Int(x.rounded(.down)).isMultiple(of: 2) }

  /// The squared distance of `x` from the nearest whole number and a half.
  private static func square(_ x: Float) -> Float {
    let distance = x - x.rounded(.down) - 0.5
    return distance * distance
  }

  private static func draw(
    _ coverage: Coverage, with random: inout SplitMix64, into image: UnsafeMutableBufferPointer<UInt8>
  ) {
    let paper = (0..<3).map { _ in random.uniform(20...235) }
    // Another colour: each channel at least 60 away, on the side that has more room.
    let ink = paper.map { $0 < 128 ? $0 + random.uniform(60...110) : $0 - random.uniform(60...110) }
    let (x0, y0) = (random.uniform(12...20), random.uniform(12...20))
    let scale = 1 / random.uniform(7...12)
    // A random direction as a normalised vector: its sine and cosine without trigonometry, which differs by machine.
    let (a, b) = (random.uniform(0.2...1), random.uniform(-1...1))
    let length = (a * a + b * b).squareRoot()
    let (cosine, sine) = (a / length * scale, b / length * scale)
    let (lightX, lightY) = (random.uniform(-0.8...0.8), random.uniform(-0.8...0.8))

    let samples: [Float] = [1 / 6, 0.5, 5 / 6]
    for y in 0..<size {
      for x in 0..<size {
        var covered: Float = 0
        for dy in samples {
          for dx in samples {
            let (s, t) = (Float(x) + dx - x0, Float(y) + dy - y0)
            covered += coverage(cosine * s - sine * t, sine * s + cosine * t)
          }
        }
        let light = lightX * Float(x - size / 2) + lightY * Float(y - size / 2) + 6 * random.normal()
        for channel in 0..<3 {
          let value = paper[channel] + (ink[channel] - paper[channel]) * covered / 9 + light
          image[(channel * size + y) * size + x] = UInt8(min(max(value.rounded(), 0), 255))
        }
      }
    }
  }
}
