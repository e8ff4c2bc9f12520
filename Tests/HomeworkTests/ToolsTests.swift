import Foundation
import NeuralData
import Testing

@Suite("homework train, predict, data") struct ToolsTests {
  /// Trains and returns the weights' path.
  private func train(_ model: String, _ data: TemporaryFolder, _ more: String...) throws -> (run: Run, weights: String)
  {
    let weights = data.path + "/\(UUID().uuidString).safetensors"
    return (try homework(["train", "--model", model, "--data", data.path, "--out", weights] + more), weights)
  }

  /// One line on standard error, nothing else, and status 1.
  private func expectError(_ run: Run, _ message: String, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(run.status == 1 && run.output.isEmpty, sourceLocation: sourceLocation)
    #expect(run.errors == "error: \(message)\n", sourceLocation: sourceLocation)
  }

  @Test("drawn digits of any size, dark or bright, are read by a network that train made; its weights repeat")
  func digits() throws {
    let data = try TemporaryFolder()
    try data.addDigits()
    let first = try train("mlp", data, "--epochs", "12", "--lr", "0.003", "--threads", "1")
    #expect(first.run.status == 0 && first.run.errors.isEmpty)
    #expect(
      first.run.lines.first
        == "data: 500 + 100 images 1 × 28 × 28, 10 classes, from \(data.path) (IDX files)")
    #expect(first.run.output.contains("mlp, 79,510 parameters, input [1, 28, 28]; 12 epochs, batch 64, Adam"))
    #expect(first.run.output.contains("test: accuracy "))
    let second = try train("mlp", data, "--epochs", "12", "--lr", "0.003", "--threads", "2")
    #expect(
      try Data(contentsOf: URL(fileURLWithPath: first.weights))
        == Data(contentsOf: URL(fileURLWithPath: second.weights)))

    let digits = GeneratedDigits.generate(count: 40, seed: 7, split: .train)  // of the training data
    var files: [String] = []
    for index in 0..<digits.count {
      let pixels = digits.pixels[index * 784..<(index + 1) * 784].map { index % 2 == 0 ? 255 - $0 : $0 }
      files.append(data.path + "/\(index).png")
      try Picture(channels: 1, height: 28, width: 28, pixels: pixels).resized(height: 60 + index, width: 60 + index)
        .color.write(png: URL(fileURLWithPath: files[index]))
    }
    let run = try homework(["predict", "--weights", first.weights] + files)
    #expect(run.status == 0 && run.errors.isEmpty)
    var right = 0
    for (index, line) in run.lines.dropLast().enumerated() {
      #expect(line.wholeMatch(of: /.*\/\d+\.png: \d [0-9.]+ %, \d [0-9.]+ %, \d [0-9.]+ %/) != nil, "\(line)")
      if line.hasPrefix("\(files[index]): \(digits.labels[index]) ") { right += 1 }
    }
    #expect(right >= 34, "\(right) of 40")
  }

  @Test("image folders have their classes' names, with or without a test part")
  func imageFolders() throws {
    for parts in [["train/", "test/"], [""]] {
      let data = try TemporaryFolder()
      for part in parts {
        for (name, color) in [("blue", [10, 20, 220]), ("red", [230, 30, 10])] as [(String, [UInt8])] {
          for index in 0..<10 {
            let folder = data.url.appending(path: part + name)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let pixels = color.flatMap { [UInt8](repeating: $0 + UInt8(index), count: 30) }
            try Picture(channels: 3, height: 5, width: 6, pixels: pixels)
              .write(png: folder.appending(path: "\(index).png"))
          }
        }
      }
      let (run, weights) = try train("linear", data, "--epochs", "20", "--lr", "0.05")
      #expect(run.status == 0, "\(run.errors)")
      #expect(
        run.lines.first?.hasPrefix("data: \(parts.count == 2 ? "20 + 20" : "16 + 4") images 3 × 5 × 6, 2 classes")
          == true)
      #expect(run.output.contains("test: accuracy 100.00 %"))
      let answer = try homework("predict", "--weights", weights, data.path + "/\(parts[0])red/3.png")
      #expect(answer.output.contains("red/3.png: red "))
      #expect(answer.output.contains(", blue "))
    }
  }

  /// Bars of three kinds on images of 12 rows of 16: labels 1, 2 and 4, `count` of each.
  private func addBars(_ name: String, count: Int, to data: TemporaryFolder) throws {
    let labels = (0..<count).flatMap { _ in [1, 2, 4] as [UInt8] }
    var pixels: [UInt8] = []
    for (index, label) in labels.enumerated() {
      for row in 0..<12 {
        for column in 0..<16 {
          let middle = 5 + index % 3
          let isInk = [1: row == middle, 2: column == middle, 4: (row + column) % 4 == 0][label] ?? false
          pixels.append(isInk ? 200 + UInt8(index % 50) : 0)
        }
      }
    }
    try IDXFile(dimensions: [labels.count, 12, 16], bytes: pixels).write(to: data.url.appending(path: name + ".gz"))
    let labelName = name.replacing("images", with: "labels").replacing("idx3", with: "idx1")
    try IDXFile(dimensions: [labels.count], bytes: labels).write(to: data.url.appending(path: labelName))
  }

  @Test(
    "every network learns IDX files of any names, sizes and labels",
    arguments: ["lenet", "lenet5", "mnist-cnn", "mlp", "linear", "simplenn"])
  func anyIDX(model: String) throws {
    let data = try TemporaryFolder()
    try addBars("bars-train-images.idx3-ubyte", count: 40, to: data)
    try addBars("bars-test-images.idx3-ubyte", count: 7, to: data)
    let (run, weights) = try train(model, data, "--epochs", "8", "--batch-size", "10", "--classes", "row, column,check")
    #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
    #expect(run.lines[0] == "data: 120 + 21 images 1 × 12 × 16, 3 classes, from \(data.path) (IDX files)")
    #expect(run.output.contains("\n label  row colu chec   recall\n   row"))
    #expect(run.output.contains("test: accuracy 100.00 %"), "\(run.output)")
    let picture = data.path + "/x.png"
    let column = (0..<12 * 16).map { UInt8($0 % 16 == 6 ? 230 : 0) }
    try Picture(channels: 1, height: 12, width: 16, pixels: column).write(png: URL(fileURLWithPath: picture))
    let answer = try homework("predict", "--weights", weights, picture)
    #expect(answer.output.hasPrefix("\(picture): column "), "\(answer.output)\(answer.errors)")
  }

  @Test("letters of any size are read as EMNIST's mapping names them; a fifth of one part is tested on")
  func letters() throws {
    let data = try TemporaryFolder()
    let digits = GeneratedDigits.generate(count: 500, seed: 7, split: .train)
    // As EMNIST has them: labels from 1, rows and columns exchanged.
    var pixels: [UInt8] = []
    for image in 0..<500 {
      for place in 0..<784 { pixels.append(digits.pixels[image * 784 + place % 28 * 28 + place / 28]) }
    }
    let name = data.path + "/emnist-letters-train-"
    try IDXFile(dimensions: [500, 28, 28], bytes: pixels).write(to: URL(fileURLWithPath: name + "images-idx3-ubyte.gz"))
    try IDXFile(dimensions: [500], bytes: digits.labels.map { $0 + 1 })
      .write(to: URL(fileURLWithPath: name + "labels-idx1-ubyte.gz"))
    let letters = (0..<10).map { "\($0 + 1) \(65 + $0) \(97 + $0)\n" }.joined()
    try Data(letters.utf8).write(to: data.url.appending(path: "emnist-letters-mapping.txt"))
    let (run, weights) = try train("mlp", data, "--epochs", "12", "--lr", "0.003")
    #expect(
      run.lines.first
        == "data: 400 + 100 images 1 × 28 × 28, 10 classes, from \(data.path) (IDX files, a fifth to test on)")
    var right = 0
    for index in 0..<20 {
      let file = data.path + "/\(index).png", picture = digits.picture(index)
      try Picture(channels: 1, height: 28, width: 28, pixels: picture.pixels.map { 255 - $0 })
        .resized(height: 70, width: 70).write(png: URL(fileURLWithPath: file))
      let letter = Character(Unicode.Scalar(65 + digits.labels[index]))
      if try homework("predict", "--weights", weights, file).output.hasPrefix("\(file): \(letter) ") { right += 1 }
    }
    #expect(right >= 17, "\(right) of 20")
  }

  @Test("a folder with two data sets, and names that are not one for each class, are one line with both")
  func ambiguous() throws {
    let data = try TemporaryFolder(), path = data.path
    try addBars("bars-train-images.idx3-ubyte", count: 5, to: data)
    expectError(
      try train("linear", data, "--classes", "a,b").run, "--classes a,b: \(path) has 3 classes, 1, 2, 4")
    try addBars("train-images-idx3-ubyte", count: 5, to: data)
    expectError(
      try train("linear", data).run,
      "\(path): bars-train-images.idx3-ubyte.gz and train-images-idx3-ubyte.gz are both to train on; "
        + "give each a folder of its own")
    for name in ["data_batch_1.bin", "test_batch.bin"] {
      try Data(count: 3073).write(to: data.url.appending(path: name))
    }
    expectError(
      try train("linear", data).run, "\(path): IDX files and CIFAR-10's batches; name the folder of one of them")
  }

  @Test("what train and predict cannot use is one line and status 1")
  func mistakes() throws {
    let data = try TemporaryFolder(), path = data.path
    let nothing =
      "\(path): no data set: …images-idx3… with its labels, CIFAR-10's data_batch_1.bin and test_batch.bin, or a "
      + "folder of PNG files for each class expected"
    expectError(try train("mlp", data).run, nothing)
    try data.addDigits()
    expectError(
      try homework("train", "--model", "mlp", "--data", path + "/none"), "\(path)/none: no such folder")
    expectError(
      try homework("train", "--model", "mlp", "--data", path, "--out", path + "/none/w.safetensors"),
      "\(path)/none: the folder cannot be made or written to")

    let weights = try train("linear", data, "--epochs", "0").weights
    let picture = path + "/digit.png", jpeg = path + "/photo.png", blank = path + "/blank.png"
    try GeneratedDigits.generate(count: 1, seed: 1, split: .test).picture(0).write(png: URL(fileURLWithPath: picture))
    try Data([0xFF, 0xD8, 0xFF, 0xE0]).write(to: URL(fileURLWithPath: jpeg))
    try Picture(channels: 1, height: 9, width: 9, pixels: [UInt8](repeating: 255, count: 81))
      .write(png: URL(fileURLWithPath: blank))
    expectError(
      try homework("predict", "--weights", weights, picture, jpeg),
      "\(jpeg): not a readable PNG image: it is a JPEG image")
    expectError(
      try homework("predict", "--weights", weights, blank), "\(blank): no digit: all of the image is like its border")
    expectError(try homework("predict", "--weights", weights, path + "/none.png"), "\(path)/none.png: no such file")
    let missing = try homework("predict", "--weights", path + "/none.safetensors", picture)
    #expect(missing.status == 1 && missing.errors.hasPrefix("error: \(path)/none.safetensors: cannot be read: "))
    #expect(missing.errors.filter { $0 == "\n" }.count == 1)

    // Weights that say that they are another network's.
    let file = URL(fileURLWithPath: weights), wrong = path + "/wrong.safetensors"
    var text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    #expect(text.contains("\"model\":\"linear\"") || text.contains("\"model\": \"linear\""))
    var bytes = try Data(contentsOf: file)
    let range = try #require(bytes.range(of: Data("\"linear\"".utf8)))
    bytes.replaceSubrange(range, with: Data("\"lenet5\"".utf8))
    try bytes.write(to: URL(fileURLWithPath: wrong))
    text = try homework("predict", "--weights", wrong, picture).errors
    #expect(text.hasPrefix("error: \(wrong): the weights are of another model: missing c1.weight"))
    #expect(text.filter { $0 == "\n" }.count == 1)
  }

  @Test("a truncated CIFAR-10 batch is one line and status 1")
  func truncatedBatch() throws {
    let data = try TemporaryFolder()
    try Data(count: 3073).write(to: data.url.appending(path: "test_batch.bin"))
    try Data(count: 5000).write(to: data.url.appending(path: "data_batch_1.bin"))
    expectError(
      try train("simplenn", data).run,
      "\(data.path)/data_batch_1.bin: 6,146 bytes expected for 2 records of 1 + 3 × 32 × 32, found 5,000")
  }

  @Test("CIFAR-10 batches train the network for colour images")
  func cifar() throws {
    let data = try TemporaryFolder()
    for (name, count) in [("data_batch_1", 60), ("test_batch", 20)] {
      let shapes = GeneratedShapes.generate(count: count, seed: 1, split: .train)
      var records: [UInt8] = []
      for index in 0..<count {
        records.append(shapes.labels[index])
        records += shapes.pixels[index * 3072..<(index + 1) * 3072]
      }
      try Data(records).write(to: data.url.appending(path: name + ".bin"))
    }
    let picture = data.path + "/x.png"
    try GeneratedShapes.generate(count: 1, seed: 1, split: .test).picture(0).write(png: URL(fileURLWithPath: picture))
    for (model, input) in [("simplenn", "[3, 32, 32]"), ("lenet", "[1, 28, 28]"), ("linear", "[3, 32, 32]")] {
      let (run, weights) = try train(model, data, "--epochs", "1")
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.lines.first?.hasPrefix("data: 60 + 20 images 3 × 32 × 32, 10 classes") == true)
      #expect(run.output.contains("input \(input); 1 epochs"))
      let answer = try homework("predict", "--weights", weights, picture)
      #expect(answer.status == 0 && CIFAR10.classNames.contains { answer.output.hasPrefix("\(picture): \($0) ") })
    }
  }

  @Test("of many classes there is a table of scores in place of a matrix")
  func manyClasses() throws {
    let data = try TemporaryFolder()
    let labels = (0..<200).map { UInt8($0 % 40) }
    try IDXFile(dimensions: [200, 1, 40], bytes: labels.flatMap { label in (0..<40).map { $0 == label ? 255 : 0 } })
      .write(to: data.url.appending(path: "images-idx3-ubyte"))
    try IDXFile(dimensions: [200], bytes: labels).write(to: data.url.appending(path: "labels-idx1-ubyte"))
    let (run, weights) = try train("linear", data, "--epochs", "30", "--lr", "0.1")
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("\ntest images: class  precision  recall"), "\(run.output)")
    #expect(run.output.contains("\n   39     1.0000  1.0000  1.0000"), "\(run.output)")
    #expect(run.output.contains("test: accuracy 100.00 %"))
    let picture = data.path + "/x.png"
    let pixels = (0..<40).map { $0 == 17 ? 255 : 0 as UInt8 }
    try Picture(channels: 1, height: 1, width: 40, pixels: pixels).write(png: URL(fileURLWithPath: picture))
    #expect(try homework("predict", "--weights", weights, picture).output.hasPrefix("\(picture): 17 "))
  }

  @Test("mistakes in flags are one line and status 64")
  func flags() throws {
    for (arguments, message) in [
      (["train", "--model", "vgg", "--data", "."], "The value 'vgg' is invalid for '--model <model>'"),
      (
        ["train", "--model", "mlp", "--data", ".", "--resize", "28"],
        "--resize 28: must be WIDTHxHEIGHT, each 1 to 4096"
      ),
      (["train", "--model", "mlp", "--data", ".", "--epochs", "-1"], "--epochs -1: must be 0 or more"),
      (
        ["train", "--model", "mlp", "--data", ".", "--classes", "a,b,a"],
        "--classes a,b,a: must be names, each another, with commas between them"
      ),
      (["predict", "x.png"], "Missing expected argument '--weights <weights>'"),
      (["data", "fetch", "imagenet"], "The value 'imagenet' is invalid for '<name>'"),
      (["data", "fetch", "mnist", "--mirror", "ftp://x/"], "--mirror ftp://x/: must be an http or https address"),
    ] as [([String], String)] {
      let run = try homework(arguments)
      #expect(run.status == 64 && run.output.isEmpty)
      #expect(run.errors.hasPrefix("error: \(message)"), "\(run.errors)")
      #expect(run.errors.filter { $0 == "\n" }.count == 1)
    }
  }

  @Test("data list shows what is found where")
  func list() throws {
    let data = try TemporaryFolder()
    let empty = try homework("data", "list", "--dir", data.path)
    #expect(empty.status == 0)
    #expect(empty.lines[2] == "MNIST    | no    | generated digits; homework data fetch mnist")
    try data.addDigits()
    let run = try homework("data", "list", environment: ["NEURAL_DATA": data.path])
    #expect(run.lines[2].hasPrefix("MNIST    | \(data.path) | "))
    expectError(try homework("data", "list", "--dir", data.path + "/none"), "\(data.path)/none: no such folder")
  }

  @Test("data fetch without a way to its mirror is one line and status 1, and leaves nothing")
  func offline() throws {
    let data = try TemporaryFolder()
    let run = try homework("data", "fetch", "mnist", "--dir", data.path, "--mirror", "http://127.0.0.1:1")
    #expect(run.status == 1 && run.output.isEmpty)
    #expect(
      run.errors.hasPrefix(
        "error: train-images-idx3-ubyte.gz: not downloaded: http://127.0.0.1:1/train-images-idx3-ubyte.gz: "))
    #expect(run.errors.hasSuffix(" (is this machine offline?)\n"))
    #expect(try FileManager.default.subpathsOfDirectory(atPath: data.path) == ["mnist"])
  }

  @Test(
    "what is there is checked, not downloaded again",
    .enabled(if: ProcessInfo.processInfo.environment["NEURAL_DATA"] != nil))
  func alreadyThere() throws {
    let data = try TemporaryFolder()
    let real = URL(fileURLWithPath: ProcessInfo.processInfo.environment["NEURAL_DATA"] ?? "").appending(path: "mnist")
    try FileManager.default.copyItem(at: real, to: data.url.appending(path: "mnist"))
    let run = try homework("data", "fetch", "mnist", "--dir", data.path, "--mirror", "http://127.0.0.1:1")
    #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
    #expect(run.lines[0] == "train-images-idx3-ubyte.gz: 9,912,422 bytes, checked")
    #expect(run.lines[4] == "MNIST is in \(data.path)/mnist")
  }
}
