import Dispatch

/// What sets of drawn images have in common: who draws which image, and in which order the classes come.
enum GeneratedImages {
  /// `count` images of `size` bytes, drawn in parallel in tasks of `imagesPerTask`; `draw` gets each one's place among
  /// all and the bytes to fill, of a task that owns them.
  static func draw(
    count: Int, size: Int, imagesPerTask: Int,
    task: @Sendable () -> (_ index: Int, _ image: UnsafeMutableBufferPointer<UInt8>) -> Void
  ) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count * size) { buffer, initializedCount in
      // Each task writes its own images and no others.
      nonisolated(unsafe) let pixels = buffer
      DispatchQueue.concurrentPerform(iterations: (count + imagesPerTask - 1) / imagesPerTask) { number in
        let draw = task()
        for index in number * imagesPerTask..<min((number + 1) * imagesPerTask, count) {
          draw(index, UnsafeMutableBufferPointer(rebasing: pixels[index * size..<(index + 1) * size]))
        }
      }
      initializedCount = count * size
    }
  }

  /// The class of image `index`: its place in a random order of the classes, drawn anew for every `classes` images.
  static func label(of index: Int, classes: Int, seed: UInt64, stream: UInt64) -> UInt8 {
    var random = SplitMix64(seed: seed, stream: stream, index: index / classes)
    var order = Array(0..<UInt8(classes))
    for last in (1..<classes).reversed() {
      order.swapAt(last, Int(random.next() % UInt64(last + 1)))
    }
    return order[index % classes]
  }

  /// Streams of random numbers of their own for each use and split.
  enum Purpose: UInt64 {
    case image, order

    func stream(_ split: DataSplit) -> UInt64 {
      switch split {
      case .train: rawValue
      case .test: 2 + rawValue
      }
    }
  }
}
