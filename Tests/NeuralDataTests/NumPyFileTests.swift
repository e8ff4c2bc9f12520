import Foundation
import Neural
import Testing

@testable import NeuralData

/// The files are NumPy's own, made by Fixtures/numpy_files.py.
@Suite("NumPy's files")
struct NumPyFileTests {
  private struct Case: Decodable {
    var file: Data, type: String, shape: [Int], values: [Double]
  }

  private func fixture(_ name: String) throws -> URL {
    try #require(Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Fixtures"))
  }

  private func cases() throws -> [Case] {
    try JSONDecoder().decode([Case].self, from: Data(contentsOf: fixture("npy.json")))
  }

  /// Row-major values, of complex numbers real and imaginary parts in turn.
  private func values(_ tensor: Tensor) -> [Double] {
    (tensor.dtype.isComplex ? tensor.complexAsPairs() : tensor).cast(to: .float64).array()
  }

  /// Reads an .npy file of these bytes.
  private func read(_ bytes: Data) throws -> Tensor {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.npy")
      try bytes.write(to: url)
      return try Tensor(npy: url)
    }
  }

  @Test("every type, byte order, element order and version is read")
  func npy() throws {
    let dtypes: [String: DType] = [
      "b1": .bool, "u1": .uint8, "i1": .int32, "i2": .int32, "u2": .int32, "i4": .int32, "u4": .int64, "i8": .int64,
      "f2": .float32, "f4": .float32, "f8": .float64, "c8": .complex64, "c16": .complex128,
    ]
    let cases = try cases()
    #expect(cases.count > 200)
    #expect(Set(cases.map { String($0.type.dropFirst()) }) == Set(dtypes.keys))
    #expect(cases.contains { $0.type == ">c16" } && cases.contains { $0.type == ">f2" })
    for (number, c) in cases.enumerated() {
      let tensor = try read(c.file)
      #expect(tensor.shape.sizes == c.shape && tensor.dtype == dtypes[String(c.type.dropFirst())], "case \(number)")
      #expect(values(tensor) == c.values, "case \(number): \(c.type) \(c.shape)")
    }
  }

  @Test("what is written is byte for byte what NumPy writes, and comes back")
  func writing() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.npy")
      for (number, c) in try cases().enumerated() {
        let tensor = try read(c.file)
        try tensor.write(npy: url)
        let back = try Tensor(npy: url), file = try Data(contentsOf: url)
        #expect(back.dtype == tensor.dtype && back.shape == tensor.shape && values(back) == values(tensor))
        #expect(file.starts(with: [0x93] + Array("NUMPY".utf8) + [1, 0]) && (10 + Int(file[8])) % 64 == 0)
        // The first cases are as NumPy writes by default; those of types that tensors have are written the same.
        if number < 13 && !["i1", "i2", "u2", "u4", "f2"].contains(c.type.dropFirst()) {
          #expect(file == c.file, "case \(number): \(c.type)")
        }
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["x.npy"])
    }
  }

  @Test("headers are read as Python's literals are, and nothing else is")
  func headers() throws {
    func file(_ header: String, _ body: [UInt8] = [1, 2, 3, 4], version: [UInt8] = [1, 0]) -> Data {
      let count = UInt8(header.utf8.count)
      return Data([0x93] + Array("NUMPY".utf8) + version + [count, 0] + Array(header.utf8) + body)
    }
    for good in [
      "{'descr': '|u1', 'fortran_order': False, 'shape': (4,), }\n",
      "{'shape':(2,2),'fortran_order':True,'descr':\"<u1\"}",
      "  { 'shape' : ( 4L , ) , 'descr' : '=u1' , 'fortran_order' : False }  ",
    ] {
      #expect(try read(file(good)).dtype == .uint8, "\(good)")
    }
    for (bad, reason) in [
      ("", "not a dictionary"), ("{}", "not a dictionary"), ("{'descr': '|u1', 'shape': (4,)}", "not a dictionary"),
      ("{'descr': '|u1', 'fortran_order': 0, 'shape': (4,)}", "not a dictionary"),
      ("{'descr': '|u1', 'fortran_order': False, 'shape': (4,), 'x': 1}", "not a dictionary"),
      ("{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (4,)}", "not a dictionary"),
      ("{'descr': [('x', '|u1')], 'fortran_order': False, 'shape': (4,)}", "not a dictionary"),
      ("{'descr': '|u1', 'fortran_order': False, 'shape': (-4,)}", "not a dictionary"),
      ("{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999,)}", "not a dictionary"),
      ("{'descr': '|u1', 'fortran_order': False, 'shape': (4,)} x", "not a dictionary"),
      ("{'descr': '|u1', 'fortran_order': False, 'shape': (4", "not a dictionary"),
      ("{'descr': '|O', 'fortran_order': False, 'shape': (4,)}", "type '|O'"),
      ("{'descr': '<>u1', 'fortran_order': False, 'shape': (4,)}", "type '<>u1'"),
      ("{'descr': '<U1', 'fortran_order': False, 'shape': (1,)}", "type '<U1'"),
      ("{'descr': '|u1', 'fortran_order': False, 'shape': (5,)}", "5 bytes expected for |u1 [5], found 4"),
      ("{'descr': '|u1', 'fortran_order': False, 'shape': (3,)}", "3 bytes expected for |u1 [3], found 4"),
      ("{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904,)}", "larger than any memory"),
      ("{'descr': '<f8', 'fortran_order': False, 'shape': (0, 4611686018427387904, 8)}", "larger than any memory"),
      ("{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776,)}", "8,796,093,022,208 bytes expected"),
      ("{'descr': '|b1', 'fortran_order': False, 'shape': (4,)}", "neither 0 nor 1"),
      ("{'descr': '|u1', 'fortran_order': True, 'shape': (4,1,1,1,1,1,1,1,1)}", "9 axes are too many"),
    ] {
      let error = try #require(throws: CheckpointError.self) { try read(file(bad)) }
      #expect("\(error)".contains("x.npy: ") && "\(error)".contains(reason), "\(bad): \(error)")
    }
    let version = try #require(throws: CheckpointError.self) { try read(file("{}", version: [4, 0])) }
    #expect("\(version)".contains("version 1.0, 2.0 or 3.0 of the format expected, found 4.0"))
    #expect("\(try #require(throws: CheckpointError.self) { try read(Data([1, 2])) })".contains("begins with"))
  }

  @Test("archives of NumPy are read, stored and deflated")
  func npz() throws {
    for name in ["arrays.npz", "compressed.npz"] {
      let arrays = try NPZ.read(fixture(name))
      #expect(Set(arrays.keys) == ["arr_0", "images", "fc1.weight", "naïve", "zeros", "step"])
      #expect(arrays["images"]?.array() == (0..<24).map { UInt8($0 * 10) } && arrays["images"]?.shape == [2, 3, 4])
      #expect(arrays["fc1.weight"]?.dtype == .float32 && arrays["naïve"]?.dtype == .complex128)
      #expect(arrays["arr_0"]?.dtype == (name == "arrays.npz" ? .int64 : .int32))
      #expect(arrays["zeros"]?.shape == [40, 50] && arrays["step"]?.scalar == 7)
    }
  }

  @Test("archives that are written come back; the same arrays give the same file", arguments: [false, true])
  func npzWriting(compressed: Bool) throws {
    let arrays = ["w": Tensor.arange(10000).reshaped([100, 100]), "leer": Tensor.zeros([0, 3]), "ß": Tensor([true])]
    try withTemporaryFolder { folder in
      let (a, b) = (folder.appending(path: "a.npz"), folder.appending(path: "b.npz"))
      try NPZ.write(arrays, to: a, compressed: compressed)
      try NPZ.write(arrays, to: b, compressed: compressed)
      #expect(try a.bytes() == b.bytes() && (a.bytes().count < 20000) == compressed)
      let back = try NPZ.read(a)
      #expect(Set(back.keys) == Set(arrays.keys))
      for (name, tensor) in arrays {
        #expect(back[name]?.shape == tensor.shape && back[name].map(values) == values(tensor))
      }
      try NPZ.write([:], to: a)
      #expect(try NPZ.read(a).isEmpty)
    }
  }

  @Test("every file cut short, and archives that claim what is not there, are refused with a reason")
  func damaged() throws {
    let whole = try [UInt8](Data(contentsOf: fixture("compressed.npz")))
    try withTemporaryFolder { folder in
      func refusal(_ bytes: [UInt8]) throws -> String {
        let url = folder.appending(path: "\(UUID().uuidString).npz")
        try url.put(bytes)
        let error = try #require(throws: CheckpointError.self) { try NPZ.read(url) }
        return error.description
      }
      for length in 0..<whole.count { #expect(try refusal(Array(whole[..<length])).contains("not a ZIP file")) }
      let text = try #require(whole.indices.last { whole[$0...].starts(with: [0x50, 0x4B, 1, 2]) })
      func changed(_ place: Int, _ value: UInt8) -> [UInt8] {
        var bytes = whole
        bytes[text + place] = value
        return bytes
      }
      #expect(try refusal(changed(8, 1)).contains("encrypted"))
      #expect(try refusal(changed(10, 12)).contains("packed by method 12"))
      #expect(try refusal(changed(16, whole[text + 16] ^ 1)).contains("checksum"))
      #expect(try refusal(changed(27, 1)).contains("does not unpack to"))
      #expect(try refusal(changed(42, whole[text + 42] ^ 1)).contains("the place of"))
      #expect(try refusal(whole + whole[text...]).contains("does not fit"))
      let missing = #expect(throws: CheckpointError.self) { try NPZ.read(folder.appending(path: "none.npz")) }
      #expect(missing?.description.hasSuffix("none.npz: cannot be read: no such file or folder") == true)
      let directory = #expect(throws: CheckpointError.self) { try NPZ.read(folder) }
      #expect(directory?.description.contains("not a regular file") == true)
    }
  }

  @Test("thousands of damaged files give arrays or a typed error in one line", arguments: [UInt64(1), 2])
  func mutations(seed: UInt64) throws {
    let cases = try cases()
    let archives = try ["arrays.npz", "compressed.npz"].map { try [UInt8](Data(contentsOf: fixture($0))) }
    let small = try withTemporaryFolder { folder in
      let url = folder.appending(path: "x")
      try NPZ.write(["a": Tensor([1, 2]), "b": Tensor([true])], to: url, compressed: true)
      return try url.bytes()
    }
    try withTemporaryFolder { folder in
      for index in 0..<2000 {
        let url = folder.appending(path: "\(index)")
        var random = SplitMix64(seed: seed, stream: 7, index: index)
        let isArchive = index.isMultiple(of: 2)
        let valid =
          isArchive ? (index % 10 == 0 ? archives[index / 10 % 2] : small) : [UInt8](cases[index % cases.count].file)
        try url.put(mutated(valid, &random))
        do throws(CheckpointError) {
          if isArchive { _ = try NPZ.read(url) } else { _ = try Tensor(npy: url) }
        } catch {
          #expect(
            error.description.hasPrefix(url.path) && !error.description.contains("\n"),
            "seed \(seed), mutation \(index): \(error)")
        }
      }
    }
  }
}
