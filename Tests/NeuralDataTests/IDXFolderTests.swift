import Foundation
import NeuralData
import Testing

@Suite struct IDXFolderTests {
  /// `labels.count` images of 2 rows of 3, whose first pixel counts them.
  private func put(
    _ labels: [UInt8], as name: String, in folder: URL, height: Int = 2, width: Int = 3, packed: Bool = false
  ) throws {
    let size = height * width
    let pixels = labels.indices.flatMap { image in (0..<size).map { UInt8(10 * image + $0) } }
    let end = packed ? ".gz" : ""
    try IDXFile(dimensions: [labels.count, height, width], bytes: pixels).write(to: folder.appending(path: name + end))
    let labelName = name.replacing("images", with: "labels").replacing("idx3", with: "idx1")
    try IDXFile(dimensions: [labels.count], bytes: labels).write(to: folder.appending(path: labelName + end))
  }

  @Test(arguments: [
    ("train-images-idx3-ubyte", "t10k-images-idx3-ubyte"), ("train-images.idx3-ubyte", "test-images.idx3-ubyte"),
    ("flowers_test_images_idx3", "flowers_train_images_idx3"),
  ])
  func `the part is read from the names, whatever they are called besides`(names: (String, String)) throws {
    try withTemporaryFolder { folder in
      for (name, packed) in [(names.0, false), (names.1, true)] {
        try put(name.contains("train") ? [3, 5, 3] : [5, 3], as: name, in: folder, packed: packed)
      }
      try folder.appending(path: "readme.txt").put([1])
      #expect(IDXFolder.hasImages(folder))
      let (train, test) = try IDXFolder.load(folder)
      #expect(train.labels == [0, 1, 0] && test?.labels == [1, 0])
      #expect(train.classNames == ["3", "5"] && test?.classNames == ["3", "5"])
      #expect(train.channels == 1 && train.height == 2 && train.width == 3)
      #expect(train.pixels == (0..<3).flatMap { image in (0..<6).map { UInt8(10 * image + $0) } })
    }
  }

  @Test func `images that are not set apart are one part, and a plain file goes before its packed one`() throws {
    for name in ["images-idx3-ubyte", "train-images-idx3-ubyte", "t10k-images-idx3-ubyte"] {
      try withTemporaryFolder { folder in
        try put([1, 2], as: name, in: folder)
        try put([7], as: name, in: folder, packed: true)
        let (train, test) = try IDXFolder.load(folder)
        #expect(train.classNames == ["1", "2"] && test == nil)
      }
    }
  }

  @Test func `EMNIST's images stand upright, and its mapping names the classes`() throws {
    try withTemporaryFolder { folder in
      try put([1, 26], as: "emnist-letters-train-images-idx3-ubyte", in: folder, packed: true)
      try put([2], as: "emnist-letters-test-images-idx3-ubyte", in: folder, packed: true)
      let numbers = try IDXFolder.load(folder).train
      #expect(numbers.classNames == ["1", "2", "26"] && numbers.labels == [0, 2])
      // Rows 0 1 2 and 3 4 5 of the file are columns.
      #expect(numbers.height == 3 && numbers.width == 2)
      #expect(Array(numbers.pixels.prefix(6)) == [0, 3, 1, 4, 2, 5] as [UInt8])
      let mapping = folder.appending(path: "emnist-letters-mapping.txt")
      try mapping.put(Array("1 65 97\n2 66 98\r\n26 90 122\n".utf8))
      let (train, test) = try IDXFolder.load(folder)
      #expect(train.classNames == ["A", "B", "Z"] && test?.classNames == ["A", "B", "Z"] && test?.labels == [1])
      // Neither numbers nor characters: those labels keep their numbers.
      try mapping.put(Array("1 55296\n2 99999999999\n26\n-3 65\n\n\u{1F600} 9 ".utf8) + [0xFF, 0xFE])
      #expect(try IDXFolder.load(folder).train.classNames == ["1", "2", "26"])
    }
  }

  @Test func `what does not fit together is one line with the files' names`() throws {
    try withTemporaryFolder { folder in
      func message() throws -> String {
        try #require(#expect(throws: DatasetError.self) { try IDXFolder.load(folder) }).description
      }
      let path = folder.path
      #expect(!IDXFolder.hasImages(folder) && !IDXFolder.hasImages(folder.appending(path: "none")))
      #expect(try message() == "\(path): no files named …images…idx3…")
      try put([1, 2], as: "train-images-idx3-ubyte", in: folder)
      try put([1, 2], as: "t10k-images-idx3-ubyte", in: folder, height: 3, width: 2)
      #expect(
        try message() == "\(path)/t10k-images-idx3-ubyte: shape N × 2 × 3, as in \(path)/train-images-idx3-ubyte, "
          + "expected, found 2 × 3 × 2")
      try put([1, 2], as: "digits-train-images-idx3-ubyte", in: folder)
      #expect(
        try message() == "\(path): digits-train-images-idx3-ubyte and train-images-idx3-ubyte are both to train on; "
          + "give each a folder of its own")
      try FileManager.default.removeItem(at: folder.appending(path: "digits-train-images-idx3-ubyte"))
      try put([1], as: "test-images-idx3-ubyte", in: folder)
      #expect(try message().contains("t10k-images-idx3-ubyte and test-images-idx3-ubyte are both to test on"))
      try FileManager.default.removeItem(at: folder.appending(path: "test-images-idx3-ubyte"))
      let labels = folder.appending(path: "train-labels-idx1-ubyte")
      try FileManager.default.removeItem(at: labels)
      #expect(
        try message()
          == "\(path)/train-images-idx3-ubyte: its labels, train-labels-idx1-ubyte(.gz), are not beside it")
      try IDXFile(dimensions: [3], bytes: [1, 2, 3]).write(to: labels)
      #expect(
        try message() == "\(path)/train-images-idx3-ubyte: 2 images, but 3 labels in \(path)/train-labels-idx1-ubyte")
      try put([], as: "train-images-idx3-ubyte", in: folder)
      #expect(
        try message()
          == "\(path)/train-images-idx3-ubyte: shape N × height × width, each positive, expected, found 0 × 2 × 3")
      try folder.appending(path: "train-images-idx3-ubyte").put([0xFF, 0xD8])
      #expect(try message().hasPrefix("\(path)/train-images-idx3-ubyte: "))
      #expect(throws: DatasetError.missingFolder(path: path + "/none")) {
        try IDXFolder.load(folder.appending(path: "none"))
      }
    }
  }
}
