import Foundation
import NeuralData
import Testing

@Suite struct CIFAR10Tests {
  /// A record whose three planes are `label`, `label` + 50 and `label` + 100.
  private func record(_ label: UInt8) -> [UInt8] {
    [label] + (0..<3).flatMap { [UInt8](repeating: label + 50 * $0, count: 1024) }
  }

  private func write(in folder: URL, _ batches: [String: [UInt8]]) throws {
    for (name, labels) in batches { try folder.appending(path: name + ".bin").put(labels.flatMap(record)) }
  }

  @Test(arguments: ["", "cifar10", "cifar-10-batches-bin", "cifar10/cifar-10-batches-bin"])
  func `the batches that are there are read in order, planes first`(subfolder: String) throws {
    try withTemporaryFolder { root in
      let folder = subfolder.isEmpty ? root : root.appending(path: subfolder)
      try write(in: folder, ["data_batch_4": [7], "data_batch_2": [1, 2], "test_batch": [9, 0]])
      let train = try CIFAR10.load(from: root, split: .train)
      #expect(train.labels == [1, 2, 7])
      #expect(train.pixels == [1, 2, 7].flatMap { record($0).dropFirst() })
      let sizes: [Int] = [train.count, train.channels, train.height, train.width, train.classCount]
      #expect(sizes == [3, 3, 32, 32, 10] as [Int])
      #expect(train.classNames[9] == "truck")
      #expect(try CIFAR10.load(from: root, split: .test).labels == [9, 0])
    }
  }

  @Test func `a packed batch is read`() throws {
    try withTemporaryFolder { folder in
      try folder.appending(path: "test_batch.bin.gz").put(Gzip.compress(record(3)))
      #expect(try CIFAR10.load(from: folder, split: .test).labels == [3])
    }
  }

  @Test(arguments: [(0, 1), (1, 1), (3072, 1), (3074, 2), (2 * 3073 - 1, 2)])
  func `a file that is no whole number of records is an error`(count: Int, records: Int) throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "test_batch.bin")
      try url.put(Array((record(1) + record(2)).prefix(count)))
      let error = #expect(throws: DatasetError.self) { try CIFAR10.load(from: folder, split: .test) }
      let basis = "for \(records) record\(records == 1 ? "" : "s") of 1 + 3 × 32 × 32"
      let expected = DatasetError.wrongByteCount(
        path: url.path, expected: records * 3073, basis: basis, found: count)
      #expect(error == expected)
    }
  }

  @Test func `a label above 9 is an error that names its place in its file`() throws {
    try withTemporaryFolder { folder in
      try write(in: folder, ["data_batch_1": [1, 1], "data_batch_2": [5, 10]])
      #expect(
        throws: DatasetError.labelOutOfRange(
          path: folder.path + "/data_batch_2.bin", index: 1, label: 10, classes: 10)
      ) { try CIFAR10.load(from: folder, split: .train) }
    }
  }

  @Test func `a folder counts as one that holds it if both parts are there`() throws {
    try withTemporaryFolder { root in
      func locate(_ explicit: URL? = nil) throws -> String? {
        try CIFAR10.locate(explicit: explicit, environment: [:], currentDirectory: root, home: root)?.path
      }
      try write(in: root.appending(path: "data/cifar10"), ["data_batch_5": [1]])
      #expect(try locate() == nil)
      let error = #expect(throws: DatasetError.self) { try locate(root.appending(path: "data")) }
      #expect(try #require(error).description.contains("data: CIFAR-10 lacks test_batch.bin(.gz) (looked in "))
      try write(in: root.appending(path: "data/cifar10"), ["test_batch": [1]])
      #expect(try locate() == root.path + "/data")
    }
  }

  @Test(arguments: [false, true])
  func `a damaged batch gives whole records or an error`(packed: Bool) throws {
    let valid = (0..<3).flatMap { record($0) }
    try survives(1000, mutationsOf: packed ? Gzip.compress(valid) : valid, seed: 3, name: "test_batch.bin") {
      url, place in
      let images = try CIFAR10.load(from: url.deletingLastPathComponent(), split: .test)
      #expect(images.pixels.count == images.count * 3072 && images.labels.allSatisfy { $0 < 10 }, place)
    }
  }

  // MARK: - The stand-in

  @Test func `generated shapes depend on seed, split and index alone, and show every class`() {
    let images = GeneratedShapes.generate(count: 250, seed: 1, split: .train)
    let sizes: [Int] = [images.channels, images.height, images.width, images.classCount]
    #expect(sizes == [3, 32, 32, 10] as [Int])
    #expect(GeneratedShapes.generate(count: 90, seed: 1, split: .train) == images.prefix(90))
    #expect(GeneratedShapes.generate(count: 90, seed: 2, split: .train).pixels != images.prefix(90).pixels)
    #expect(GeneratedShapes.generate(count: 90, seed: 1, split: .test).pixels != images.prefix(90).pixels)
    for start in stride(from: 0, to: 250, by: 10) {
      #expect(images.labels[start..<start + 10].sorted() == Array(0..<10))
    }
    #expect(Set(images.pixels).count > 200)
  }

  // MARK: - The real files

  private static let data = ProcessInfo.processInfo.environment["NEURAL_DATA"].map(URL.init(fileURLWithPath:))

  @Test(.enabled(if: data != nil, "set NEURAL_DATA to a folder with CIFAR-10"))
  func `the real files hold what they are known to hold`() throws {
    let images = try CIFAR10.load(from: #require(Self.data), split: .test)
    #expect(images.count == 10_000)
    #expect((0..<10).allSatisfy { label in images.labels.count { $0 == label } == 1000 })
    // The mean of each channel, as it is published for normalising (.494, .485, .450 of 255).
    for (channel, mean) in [0.4942, 0.4851, 0.4504].enumerated() {
      var sum = 0
      for image in 0..<10_000 {
        let start = (image * 3 + channel) * 1024
        sum += images.pixels[start..<start + 1024].reduce(0) { $0 + Int($1) }
      }
      #expect(abs(Double(sum) / 10_240_000 / 255 - mean) < 1e-3)
    }
  }
}
