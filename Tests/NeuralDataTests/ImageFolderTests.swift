import Foundation
import NeuralData
import Testing

@Suite struct ImageFolderTests {
  /// A picture of one value per channel.
  private func put(_ values: [UInt8], height: Int = 2, width: Int = 3, at url: URL) throws {
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    let pixels = values.flatMap { [UInt8](repeating: $0, count: height * width) }
    try Picture(channels: values.count, height: height, width: width, pixels: pixels).write(png: url)
  }

  @Test func `classes are the sorted folders, images come in the order of their names`() throws {
    try withTemporaryFolder { folder in
      try put([30], at: folder.appending(path: "train/dog/b.png"))
      try put([20], at: folder.appending(path: "train/dog/a.PNG"))
      try put([10], at: folder.appending(path: "train/cat/z.png"))
      try put([99], at: folder.appending(path: "test/cat/z.png"))
      try folder.appending(path: "train/dog/readme.txt").put([1])
      try folder.appending(path: "train/dog/.hidden.png").put([1])
      try folder.appending(path: "train/.cache/x.png").put([1])
      try folder.appending(path: "train/labels.csv").put([1])
      let images = try ImageFolder.load(folder, split: .train)
      #expect(images.classNames == ["cat", "dog"])
      #expect(images.labels == [0, 1, 1])
      #expect(images.pixels == [10, 20, 30].flatMap { [UInt8](repeating: $0, count: 6) })
      let sizes: [Int] = [images.channels, images.height, images.width]
      #expect(sizes == [1, 2, 3] as [Int])
      #expect(try ImageFolder.load(folder.appending(path: "test")).pixels.first == 99)
    }
  }

  @Test func `one colour image makes all of them colour, unless channels are asked for`() throws {
    try withTemporaryFolder { folder in
      try put([10], at: folder.appending(path: "a/1.png"))
      try put([100, 0, 0], at: folder.appending(path: "a/2.png"))
      let images = try ImageFolder.load(folder)
      #expect(images.channels == 3 && images.pixels.prefix(18).allSatisfy { $0 == 10 })
      #expect(try ImageFolder.load(folder, channels: 1).pixels.suffix(6).allSatisfy { $0 == 30 })
    }
  }

  @Test func `images of several sizes are an error, or resized`() throws {
    try withTemporaryFolder { folder in
      try put([10], at: folder.appending(path: "a/1.png"))
      try put([20], height: 4, width: 4, at: folder.appending(path: "b/1.png"))
      let error = #expect(throws: DatasetError.self) { try ImageFolder.load(folder) }
      #expect(
        try #require(error).description
          == "\(folder.path)/b/1.png: 3 × 2 pixels expected, as in \(folder.path)/a/1.png, found 4 × 4; "
          + "give a size to resize all to")
      let images = try ImageFolder.load(folder, size: (height: 5, width: 7))
      #expect(images.pixels == [10, 20].flatMap { [UInt8](repeating: $0, count: 35) })
    }
  }

  @Test func `no folder, no classes, no images and damaged images are errors with their path`() throws {
    try withTemporaryFolder { folder in
      func message() throws -> String {
        try #require(#expect(throws: DatasetError.self) { try ImageFolder.load(folder) }).description
      }
      #expect(try message() == "\(folder.path): 1 to 256 folders expected, one per class, found 0")
      try folder.appending(path: "a/photo.jpg").put([1])
      #expect(try message() == "\(folder.path)/a: no .png files, and 1 other file")
      try folder.appending(path: "a/1.png").put([0xFF, 0xD8, 0xFF])
      #expect(try message() == "\(folder.path)/a/1.png: not a readable PNG image: it is a JPEG image")
      #expect(throws: DatasetError.missingFolder(path: folder.path + "/none")) {
        try ImageFolder.load(folder.appending(path: "none"))
      }
    }
  }
}
