import Foundation
import NeuralData
import Testing

@Suite struct MNISTTests {
  /// Two train and one test images, under their usual names in `folder`.
  private func write(in folder: URL, suffix: String = "") throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (prefix, labels) in [("train", [3, 9]), ("t10k", [7])] as [(String, [UInt8])] {
      let pixels = labels.flatMap { [UInt8](repeating: $0, count: 784) }
      try IDXFile(dimensions: [labels.count, 28, 28], bytes: pixels)
        .write(to: folder.appending(path: "\(prefix)-images-idx3-ubyte\(suffix)"))
      try IDXFile(dimensions: [labels.count], bytes: labels)
        .write(to: folder.appending(path: "\(prefix)-labels-idx1-ubyte\(suffix)"))
    }
  }

  // MARK: - load

  @Test(arguments: ["", "mnist"], ["", ".gz"])
  func `the files are found in the folder or its subfolder, plain or packed`(
    subfolder: String, suffix: String
  ) throws {
    try withTemporaryFolder { folder in
      try write(in: subfolder.isEmpty ? folder : folder.appending(path: subfolder), suffix: suffix)
      let train = try MNIST.load(from: folder, split: .train)
      #expect(train.labels == [3, 9])
      #expect(train.pixels == [UInt8](repeating: 3, count: 784) + [UInt8](repeating: 9, count: 784))
      let sizes: [Int] = [train.count, train.channels, train.height, train.width, train.classCount]
      #expect(sizes == [2, 1, 28, 28, 10] as [Int])
      #expect(try MNIST.load(from: folder, split: .test).labels == [7])
    }
  }

  @Test func `a plain file is preferred over a packed one`() throws {
    try withTemporaryFolder { folder in
      try write(in: folder)
      try folder.appending(path: "train-images-idx3-ubyte.gz").put([1, 2, 3])
      #expect(try MNIST.load(from: folder, split: .train).count == 2)
    }
  }

  @Test func `one split is read without the other's files`() throws {
    try withTemporaryFolder { folder in
      try write(in: folder)
      try FileManager.default.removeItem(at: folder.appending(path: "t10k-labels-idx1-ubyte"))
      #expect(try MNIST.load(from: folder, split: .train).count == 2)
      let error = #expect(throws: DatasetError.self) { try MNIST.load(from: folder, split: .test) }
      let path = folder.path
      #expect(
        try #require(error).description
          == "\(path): MNIST lacks t10k-labels-idx1-ubyte(.gz) (looked in \(path), \(path)/mnist)")
    }
  }

  @Test func `a missing folder is an error`() {
    #expect(throws: DatasetError.missingFolder(path: "/nowhere/at/all")) {
      try MNIST.load(from: URL(fileURLWithPath: "/nowhere/at/all"), split: .test)
    }
  }

  @Test func `other than one label per image is an error that names both files`() throws {
    try withTemporaryFolder { folder in
      try write(in: folder)
      try IDXFile(dimensions: [3], bytes: [1, 2, 3]).write(
        to: folder.appending(path: "t10k-labels-idx1-ubyte"))
      let error = #expect(throws: DatasetError.self) { try MNIST.load(from: folder, split: .test) }
      #expect(
        try #require(error).description
          == "\(folder.path)/t10k-images-idx3-ubyte: 1 images, but 3 labels in \(folder.path)/t10k-labels-idx1-ubyte"
      )
    }
  }

  @Test func `a label above 9 is an error that names its place`() throws {
    try withTemporaryFolder { folder in
      try write(in: folder)
      try IDXFile(dimensions: [2], bytes: [0, 10]).write(
        to: folder.appending(path: "train-labels-idx1-ubyte"))
      let error = #expect(throws: DatasetError.self) { try MNIST.load(from: folder, split: .train) }
      #expect(
        try #require(error).description
          == "\(folder.path)/train-labels-idx1-ubyte: label 10 at index 1, expected 0 to 9")
    }
  }

  @Test(arguments: [([1, 14, 56], "1 × 14 × 56"), ([0, 28, 28], "0 × 28 × 28")])
  func `images of another size, or none, are an error`(dimensions: [Int], shown: String) throws {
    try withTemporaryFolder { folder in
      try write(in: folder)
      let url = folder.appending(path: "t10k-images-idx3-ubyte")
      try IDXFile(dimensions: dimensions, bytes: [UInt8](repeating: 0, count: dimensions[0] * 784)).write(
        to: url)
      let error = #expect(throws: DatasetError.self) { try MNIST.load(from: folder, split: .test) }
      #expect(
        try #require(error).description == "\(url.path): shape N × 28 × 28, N ≥ 1, expected, found \(shown)")
    }
  }

  // MARK: - locate

  @Test func `the explicit folder comes first, then the variable, the current directory, the home`() throws {
    try withTemporaryFolder { root in
      let explicit = root.appending(path: "explicit")
      let variable = root.appending(path: "variable")
      let current = root.appending(path: "current")
      let home = root.appending(path: "home")
      func locate(_ explicit: URL? = nil) throws -> String? {
        try MNIST.locate(
          explicit: explicit, environment: ["NEURAL_DATA": variable.path], currentDirectory: current,
          home: home
        )?.path
      }
      try FileManager.default.createDirectory(at: variable, withIntermediateDirectories: true)
      #expect(try locate() == nil)
      try write(in: home.appending(path: ".cache/neural/mnist"), suffix: ".gz")
      #expect(try locate() == home.path + "/.cache/neural")
      try write(in: current.appending(path: "data"))
      #expect(try locate() == current.path + "/data")
      try write(in: variable.appending(path: "mnist"))
      #expect(try locate() == variable.path)
      try write(in: explicit)
      #expect(try locate(explicit) == explicit.path)
    }
  }

  @Test func `a relative variable starts from the current directory, an empty one is none`() throws {
    try withTemporaryFolder { folder in
      try write(in: folder.appending(path: "sets"))
      func locate(_ value: String) throws -> String? {
        try MNIST.locate(environment: ["NEURAL_DATA": value], currentDirectory: folder, home: folder)?.path
      }
      #expect(try locate("sets") == folder.path + "/sets")
      #expect(try locate("") == nil)
    }
  }

  @Test func `an explicit folder without the files is an error, whatever else there is`() throws {
    try withTemporaryFolder { folder in
      try write(in: folder.appending(path: "data"))
      func locate(_ explicit: URL) throws -> URL? {
        try MNIST.locate(explicit: explicit, environment: [:], currentDirectory: folder, home: folder)
      }
      #expect(throws: DatasetError.missingFolder(path: folder.path + "/none")) {
        try locate(folder.appending(path: "none"))
      }
      try FileManager.default.removeItem(at: folder.appending(path: "data/t10k-images-idx3-ubyte"))
      let path = folder.path + "/data"
      #expect(
        throws: DatasetError.missingDataset(
          path: path, name: "MNIST", files: ["t10k-images-idx3-ubyte(.gz)"],
          lookedIn: [path, path + "/mnist"])
      ) {
        try locate(folder.appending(path: "data"))
      }
    }
  }

  // MARK: - The real files

  private static let data = ProcessInfo.processInfo.environment["NEURAL_DATA"].map(URL.init(fileURLWithPath:))

  @Test(.enabled(if: data != nil, "set NEURAL_DATA to a folder with the MNIST files"))
  func `the real files hold what they are known to hold`() throws {
    let directory = try #require(Self.data)
    let train = try MNIST.load(from: directory, split: .train)
    let test = try MNIST.load(from: directory, split: .test)
    #expect(train.count == 60_000)
    #expect(test.count == 10_000)
    #expect(train.labels[42] == 7)
    #expect(test.labels[42] == 4)
    #expect(test.labels.count { $0 == 4 || $0 == 9 } == 1991)
  }
}
