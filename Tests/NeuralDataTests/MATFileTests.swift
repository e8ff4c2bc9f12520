import Foundation
import Neural
import NeuralData
import Testing

@Suite struct MATFileTests {
  /// A file that SciPy wrote: `Fixtures/mat.py`.
  private func fixture(_ name: String) throws -> URL {
    try #require(Bundle.module.url(forResource: name, withExtension: "mat", subdirectory: "Fixtures"))
  }

  @Test(arguments: ["v5", "v5-compressed"])
  func `numeric arrays have SciPy's names, shapes and values in float64; other things are left out`(
    name: String
  ) throws {
    let arrays = try MATFile.read(fixture(name))
    #expect(arrays.keys.sorted() == ["X", "bytes", "cube", "empty", "flag", "small"])
    #expect(arrays.values.allSatisfy { $0.dtype == .float64 })
    #expect(arrays["X"]?.shape == [2, 3] && arrays["X"]?.array(Double.self) == [0, 0.25, 0.5, 0.75, 1, 1.25])
    #expect(arrays["cube"]?.shape == [2, 3, 4] && arrays["cube"]?.array(Double.self) == (0..<24).map(Double.init))
    #expect(arrays["small"]?.shape == [1, 2] && arrays["small"]?.array(Double.self) == [-1, 300])
    #expect(arrays["bytes"]?.shape == [2, 1] && arrays["bytes"]?.array(Double.self) == [0, 255])
    #expect(arrays["flag"]?.array(Double.self) == [1, 0])
    #expect(arrays["empty"]?.shape == [0, 3])
  }

  @Test func `big-endian files are read`() throws {
    // Version, byte order, then one array: flags, sizes 1 × 2, the name X, two 16-bit numbers of a double array.
    let header = Array("MATLAB 5.0 MAT-file".utf8) + [UInt8](repeating: 32, count: 105) + [1, 0] + Array("MI".utf8)
    let parts: [UInt8] =
      [0, 0, 0, 6, 0, 0, 0, 8, 0, 0, 0, 6, 0, 0, 0, 0]
      + [0, 0, 0, 5, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 2]
      + [0, 1, 0, 1, 88, 0, 0, 0] + [0, 4, 0, 3, 0xFF, 0xFE, 1, 0]
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.mat")
      try url.put(header + [0, 0, 0, 14, 0, 0, 0, UInt8(parts.count)] + parts)
      #expect(try MATFile.read(url, array: "X").array(Double.self) == [-2, 256])
    }
  }

  @Test func `other versions are an error that says what to do`() throws {
    let old = try fixture("v4")
    #expect(
      throws: DatasetError.badMATLABFile(
        path: old.path, reason: "it is no MATLAB file of version 5; save with -v7")
    ) { try MATFile.read(old) }
    try withTemporaryFolder { folder in
      let new = folder.appending(path: "new.mat")
      try new.put(Array("MATLAB 7.3 MAT-file".utf8) + [UInt8](repeating: 32, count: 105) + [0, 2] + Array("IM".utf8))
      #expect(throws: DatasetError.badMATLABFile(path: new.path, reason: "it is of version 7.3; save with -v7")) {
        try MATFile.read(new)
      }
    }
  }

  @Test func `an array that is not there is an error that names those that are`() throws {
    let url = try fixture("v5"), names = ["X", "bytes", "cube", "empty", "flag", "small"]
    #expect(throws: DatasetError.missingArray(path: url.path, name: "Y", found: names)) {
      try MATFile.read(url, array: "Y")
    }
    #expect(
      DatasetError.missingArray(path: "a.mat", name: "Y", found: ["X", "Z"]).description
        == "a.mat: no numeric array Y, found X, Z")
  }

  @Test(arguments: ["", "MATLAB", String(repeating: "neither a header nor data. ", count: 20)])
  func `what is no MATLAB file is an error`(content: String) throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.mat")
      try url.put(Array(content.utf8))
      #expect(throws: DatasetError.self) { try MATFile.read(url) }
      #expect(throws: DatasetError.missingFile(path: url.path + "x")) {
        try MATFile.read(URL(fileURLWithPath: url.path + "x"))
      }
    }
  }

  @Test(arguments: ["v5", "v5-compressed"])
  func `every truncation is an error, or gives the arrays before it`(name: String) throws {
    let bytes = try fixture(name).bytes(), all = try MATFile.read(fixture(name)).count
    try withTemporaryFolder { folder in
      var readable: [Int] = []
      for count in bytes.indices {
        let url = folder.appending(path: "\(count).mat")
        try url.put(Array(bytes.prefix(count)))
        do { readable.append(try MATFile.read(url).count) } catch DatasetError.badMATLABFile {}
      }
      // Only where an element of the file ends (there are ten), or in the padding of the last.
      #expect(readable.count <= 10 + 8 && readable.dropLast(8).allSatisfy { $0 < all })
    }
  }

  @Test func `sizes that do not fit the values are an error before anything is allocated for them`() throws {
    var bytes = try fixture("v5").bytes()
    // The sizes of the first array, X: 2 × 3 at 128 + 8 + 16 + 8.
    #expect(bytes[160..<168] == [2, 0, 0, 0, 3, 0, 0, 0])
    try withTemporaryFolder { folder in
      for sizes: [UInt8] in [
        [0, 0, 0, 0x70, 0, 0, 0, 0x70], [0xFF, 0xFF, 0xFF, 0xFF, 3, 0, 0, 0], [2, 0, 0, 0, 4, 0, 0, 0],
      ] {
        bytes.replaceSubrange(160..<168, with: sizes)
        let url = folder.appending(path: "\(sizes).mat")
        try url.put(bytes)
        let error = #expect(throws: DatasetError.self) { try MATFile.read(url) }
        #expect(try #require(error).description.hasSuffix("values expected, found 6"))
      }
    }
  }

  @Test(arguments: ["v5", "v5-compressed"])
  func `a damaged file gives arrays or an error`(name: String) throws {
    let read = try survives(2000, mutationsOf: fixture(name).bytes(), seed: 5, name: "x.mat") { url, place in
      for (name, array) in try MATFile.read(url) {
        #expect(array.array(Double.self).count == array.count, "\(name), \(place)")
      }
    }
    #expect(read > 0)
  }

  // MARK: - The real file

  private static let data = ProcessInfo.processInfo.environment["NEURAL_DATA"].map(URL.init(fileURLWithPath:))

  @Test(.enabled(if: data != nil, "set NEURAL_DATA to a folder with ece661/dataset.mat"))
  func `the course's data set is read`() throws {
    let url = try #require(Self.data).appending(path: "ece661/dataset.mat")
    let (x, d) = (try MATFile.read(url, array: "X"), try MATFile.read(url, array: "D"))
    #expect(x.shape == [100, 3] && d.shape == [100, 1])
    #expect(x.array(Double.self).enumerated().allSatisfy { $0.offset % 3 != 0 || $0.element == 1 })
  }

  @Test(.enabled(if: data != nil, "set NEURAL_DATA to a folder with ece661/dataset.mat"))
  func `its Wiener solution and where LMS ends are the course's to eight decimals`() throws {
    let url = try #require(Self.data).appending(path: "ece661/dataset.mat")
    let (x, d) = (try MATFile.read(url, array: "X"), try MATFile.read(url, array: "D"))
    func rounded(_ weights: [Double]) -> [Double] { weights.map { ($0 * 1e8).rounded() / 1e8 } }
    let wiener = try wienerSolution(inputs: x, desired: d)
    #expect(rounded(wiener.weights) == [1.00067810, 1.00061145, -2.00031968])
    #expect(abs(wiener.meanSquaredError / 2 - 5.03995157e-05) < 0.5e-13)
    var filter = LMS(3, stepSize: 0.01)
    filter.adapt(to: x, desired: d, epochs: 20)
    #expect(rounded(filter.weights) == [1.00074855, 1.00082859, -2.00068123] && filter.divergence == nil)
    for (size, last) in [(0.005, 5.040e-5), (0.01, 5.048e-5), (0.05, 5.166e-5), (0.5, 9.023e-4), (0.7, 7.0e49)] {
      var filter = LMS(3, stepSize: size)
      let halfError = try #require(filter.adapt(to: x, desired: d, epochs: 20).last) / 2
      #expect(abs(halfError - last) < last * (size == 0.7 ? 1e-2 : 1e-3), "\(size): \(halfError)")
      #expect((filter.divergence != nil) == (size == 0.7))
    }
    var wild = LMS(3, stepSize: 1)
    wild.adapt(to: x, desired: d, epochs: 20)
    #expect(wild.divergence != nil && wild.weights.allSatisfy(\.isFinite))
  }
}
