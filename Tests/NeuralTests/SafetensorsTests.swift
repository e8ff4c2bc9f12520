import Foundation
import Neural
import NeuralModels
import Testing

@Suite("Safetensors")
struct SafetensorsTests {
  private func file(_ header: String, _ body: [UInt8]) -> Data {
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) } + Data(header.utf8) + Data(body)
  }

  private func read(_ data: Data) throws -> StateDict {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("x.safetensors")
      try data.write(to: url)
      return try StateDict(safetensors: url)
    }
  }

  @Test("all dtypes, scalars and empty tensors come back, with the text")
  func roundTrip() throws {
    let state = StateDict(
      [
        "f": Tensor([[1.5, -2], [.infinity, 0]]), "d": Tensor([1e300, .pi] as [Double]),
        "i": Tensor([Int32.min, 7] as [Int32]),
        "l": Tensor([Int64.max] as [Int64]), "u": Tensor([0, 255, 3] as [UInt8]), "b": Tensor([true, false] as [Bool]),
        "scalar": Tensor(4), "empty": Tensor.zeros([0, 3]), "naïve \"name\"": Tensor([1]),
      ], metadata: ["format": "pt"])
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("all.safetensors")
      try state.write(safetensors: url)
      let data = try Data(contentsOf: url)
      let length = Int(data[0]) | Int(data[1]) << 8
      #expect(length % 8 == 0 && data[2..<8].allSatisfy { $0 == 0 })
      let back = try StateDict(safetensors: url)
      #expect(back.metadata == ["format": "pt"] && Set(back.tensors.keys) == Set(state.tensors.keys))
      for (name, tensor) in state.tensors {
        let found = try #require(back.tensors[name])
        #expect(found.shape == tensor.shape && found.dtype == tensor.dtype)
        #expect(Plain(found) == Plain(tensor), "\(name)")
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["all.safetensors"])
    }
  }

  @Test("a file as Python writes it is read")
  func python() throws {
    let header = #"{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}  "#
    let state = try read(file(header, [0, 0, 128, 63, 0, 0, 0, 64]))
    #expect(state.tensors["w"]?.array() == [1, 2] as [Float] && state.tensors["w"]?.shape == [1, 2])
  }

  @Test("16-bit floats become float32, smaller integers wider ones, all values exactly")
  func widened() throws {
    func one(_ code: String, _ words: [UInt16]) throws -> Tensor {
      let size = ["I8": 1, "U32": 4][code] ?? 2
      let bytes = words.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
      let header = #"{"w":{"dtype":"\#(code)","shape":[\#(bytes.count / size)],"data_offsets":[0,\#(bytes.count)]}}"#
      return try #require(try read(file(header, bytes)).tensors["w"])
    }
    // Every float16 there is, against Swift's own.
    let all = (0...UInt16.max).map { $0 }
    let halves = try one("F16", all).array(Float.self)
    #expect(
      zip(halves, all).allSatisfy {
        Float(Float16(bitPattern: $1)).isNaN ? $0.isNaN : $0 == Float(Float16(bitPattern: $1))
      })
    #expect(halves[0x8000].sign == .minus)
    let brains = try one("BF16", all).array(Float.self)
    #expect(zip(brains, all).allSatisfy { $0.bitPattern == UInt32($1) << 16 })
    #expect(try one("I8", [0x80FF, 0x007F]).array() == [-1, -128, 127, 0] as [Int32])
    #expect(try one("I16", [0xFFFF, 0x8000, 7]).array() == [-1, -32768, 7] as [Int32])
    #expect(try one("U16", [0xFFFF, 7]).array() == [65535, 7] as [Int32])
    #expect(try one("U32", [0xFFFF, 0xFFFF]).array() == [4_294_967_295] as [Int64])
  }

  @Test("complex64 comes back; complex128, which the format does not have, is refused when writing")
  func complex() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("z")
      let z = Tensor([Complex(1, 2), Complex(3, -4)] as [Complex<Float>])
      try StateDict(["z": z]).write(safetensors: url)
      #expect(
        try StateDict(safetensors: url).tensors["z"]?.array() == [Complex(1, 2), Complex(3, -4)] as [Complex<Float>])
      let wide = StateDict(["z": z.cast(to: .complex128)])
      let error = #expect(throws: CheckpointError.self) { try wide.write(safetensors: url) }
      #expect(error?.description.hasSuffix("z is complex128, which safetensors does not have") == true)
    }
  }

  @Test("headers that do not fit the file are refused with a reason")
  func malformed() throws {
    let good = #""shape":[1],"data_offsets":[0,4]"#
    let cases = [
      (file("[]", []), "not a JSON object"), (file(#"{"w":3}"#, []), "no dtype"),
      (file(#"{"w":{"dtype":"F99",\#(good)}}"#, [0, 0, 0, 0]), "F99"),
      (file(#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, [0, 0, 0, 0]), "in 4 bytes"),
      (file(#"{"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, [0, 0, 0, 0]), "in 4 bytes"),
      (
        file(
          #"{"w":{"dtype":"F32","shape":[4611686018427387905,4],"data_offsets":[0,16]}}"#,
          [UInt8](repeating: 0, count: 16)), "in 16 bytes"
      ),
      // No elements, but sizes whose products nothing could count.
      (file(#"{"w":{"dtype":"F32","shape":[0,1099511627776,1099511627776],"data_offsets":[0,0]}}"#, []), "in 0 bytes"),
      (file(#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, [UInt8](repeating: 0, count: 8)), "gaps"),
      (file(#"{"w":{"dtype":"F32",\#(good)}}"#, [0, 0, 0, 0, 1]), "1 bytes after"),
      (file(#"{"a":{"dtype":"F32",\#(good)},"b":{"dtype":"F32",\#(good)}}"#, [0, 0, 0, 0]), "overlap"),
      (file(#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,9223372036854775807]}}"#, [0, 0, 0, 0]), "of 4"),
      (file(#"{"w":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}}"#, [2]), "neither 0 nor 1"),
      (Data([1, 2, 3]), "too few"), (Data([255, 255, 255, 255, 255, 255, 255, 255, 0]), "header of"),
    ]
    for (data, reason) in cases {
      let error = try #require(throws: CheckpointError.self) { try read(data) }
      #expect("\(error)".contains(reason) && "\(error)".contains("x.safetensors: "), "\(error)")
    }
  }

  @Test("cut at any length, or with bytes changed at random: a typed error or tensors, never a crash")
  func hostile() throws {
    let whole = try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("w")
      try Linear(3, 2).stateDict().write(safetensors: url)
      return try Data(contentsOf: url)
    }
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("w")
      func attempt(_ data: Data) throws -> Bool {
        try data.write(to: url)
        // Typed throws: nothing but a CheckpointError can come out.
        do { _ = try StateDict(safetensors: url) } catch { return false }
        return true
      }
      for length in 0..<whole.count { #expect(try !attempt(whole.prefix(length)), "cut at \(length)") }
      var generator = Philox(seed: 11)
      for _ in 0..<2000 {
        var data = whole
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
          data[Int.random(in: 0..<data.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
        }
        _ = try attempt(data)
      }
    }
  }

  @Test("files that cannot be read or written are named")
  func files() throws {
    let missing = #expect(throws: CheckpointError.self) { try StateDict(safetensors: URL(fileURLWithPath: "/no/such")) }
    #expect("\(missing.map { "\($0)" } ?? "")" == "/no/such: cannot be read: no such file or folder")
    #expect(throws: CheckpointError.self) { try StateDict().write(safetensors: URL(fileURLWithPath: "/no/such/file")) }
  }

  @Test("weights of another model are refused with all differences, and nothing is changed")
  func mismatch() throws {
    let model = LeNet()
    let before = bits(model.fc1.weight.value)
    var state = LeNet().stateDict()
    state.tensors["conv1.weight"] = Tensor.zeros([6, 3, 5, 5])
    state.tensors["fc9.weight"] = Tensor([1])
    state.tensors["fc2.bias"] = nil
    let error = #expect(throws: CheckpointError.self) { try model.load(state) }
    #expect(
      error.map { "\($0)" } == """
        the weights are of another model: missing fc2.bias; unexpected fc9.weight; \
        conv1.weight is [6, 3, 5, 5], the model has [6, 1, 5, 5]
        """)
    #expect(bits(model.fc1.weight.value) == before)
    state.tensors["conv1.weight"] = nil
    try model.load(state, strict: false)
    #expect(bits(model.fc1.weight.value) == state.tensors["fc1.weight"].map(bits))
  }
}
