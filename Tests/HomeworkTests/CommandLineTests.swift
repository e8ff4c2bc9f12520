import Foundation
import NeuralData
import Testing

@Suite("homework") struct CommandLineTests {
  @Test("the list shows every exercise")
  func list() throws {
    let run = try homework("list")
    #expect(run.status == 0)
    let rows = run.lines.dropFirst(2).dropLast().map {
      $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    #expect(
      run.lines[0].split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        == ["exercise", "what it does", "data", "time", "--quick"])
    #expect(rows.map { $0[0] } == exercises)
    #expect(
      rows.contains([
        "ece285 lenet", "LeNet learns MNIST: SGD with momentum, batch 100.", "MNIST or generated digits",
        "3 s for 3 epochs", "1 s",
      ]))
  }

  @Test("help names every flag with its default")
  func help() throws {
    let run = try homework("ece285", "lenet", "--help")
    #expect(run.status == 0)
    #expect(
      run.output.hasPrefix(
        "OVERVIEW: LeNet learns MNIST: SGD with momentum, batch 100.\n\nTwo convolutions"))
    #expect(run.output.contains("\n\nUSAGE: homework ece285 lenet <options>\n"))
    let options = run.output.components(separatedBy: "OPTIONS:\n").last
    #expect(
      options == """
          --epochs <epochs>       Passes over the training data; the paper has 3 and 10. (default: 3)
          --batch-size <batch-size>
                                  Images in a batch. (default: 100)
          --lr <lr>               Learning rate. (default: 0.001)
          --momentum <momentum>   Momentum of SGD. (default: 0.9)
          --log-interval <log-interval>
                                  Batches between lines with the mean loss; 0 for none. (default: 100)
          --checkpoint <checkpoint>
                                  Save the training in this file after each epoch, and keep it.
          --resume <resume>       Go on with the training that this file was saved from, with the same
                                  flags otherwise.
        \(sharedOptions)


        """)
  }

  @Test("a course that is not there is one line with those that are")
  func unknownCourse() throws {
    let run = try homework("all", "--courses", "ece999")
    #expect(run.status == 64 && run.output.isEmpty)
    #expect(run.errors.hasPrefix("error: --courses ece999: must be ece281, ece285"))
  }

  @Test(
    "a mistake in the command line is one line and status 64",
    arguments: [
      (["ece285", "lenet", "--epochs", "-1"], "error: --epochs -1: must be 0 or more\n"),
      (["ece285", "lenet", "--batch-size", "0"], "error: --batch-size 0: must be 1 or more\n"),
      (["ece285", "lenet", "--lr", "-0.5"], "error: --lr -0.5: must be a number, 0 or more\n"),
      (["ece285", "lenet", "--lr", "nan"], "error: --lr nan: must be a number, 0 or more\n"),
      (["ece285", "lenet", "--momentum", "1"], "error: --momentum 1.0: must be from 0 to below 1\n"),
      (["ece285", "lenet", "--threads", "0"], "error: --threads 0: must be 1 to 256\n"),
      (["ece285", "lenet", "--log-interval", "-5"], "error: --log-interval -5: must be 0 or more\n"),
      (["ece285", "lenet", "--seed", "x"], "error: The value 'x' is invalid for '--seed <seed>'\n"),
      (["ece285", "lenet", "--bogus"], "error: Unknown option '--bogus'. Did you mean '--out'?\n"),
      (["ece281", "backprop", "--inputs", "1"], "error: --inputs 1: must be 2 to 100\n"),
      (
        ["ece281", "mnist", "--optimizer", "sgd"],
        "error: The value 'sgd' is invalid for '--optimizer <optimizer>'. Please provide one of 'adadelta' and 'adam'.\n"
      ),
      (["ece281", "mnist", "--lr", "-1"], "error: --lr -1.0: must be a number, 0 or more\n"),
      (["ece281", "mnist", "--test-batch-size", "0"], "error: --test-batch-size 0: must be 1 or more\n"),
      (["ece999"], "error: Unexpected argument 'ece999'\n"),
    ])
  func mistakes(arguments: [String], message: String) throws {
    let run = try homework(arguments)
    #expect(run.status == 64)
    #expect(run.errors == message)
    #expect(run.output.isEmpty)
  }
}

@Suite("homework ece285 lenet") struct LeNetTests {
  @Test("a quick run prints what it used, every row, and judges no range")
  func quick() throws {
    let data = try TemporaryFolder(), out = try TemporaryFolder()
    try data.addDigits()
    let run = try homework("ece285", "lenet", "--quick", "--data", data.path, "--out", out.path, "--threads", "2")
    #expect(run.status == 0 && run.errors.isEmpty)
    #expect(run.lines[0] == "ece285 lenet: LeNet learns MNIST: SGD with momentum, batch 100.")
    #expect(run.lines[1].hasPrefix("seed 0, 2 threads, "))
    #expect(run.lines[2] == "quick: fewer epochs and settings; ranges are not judged")
    #expect(run.lines[3] == "data: MNIST, 500 + 100 images, from \(data.path)")
    #expect(run.lines.contains { $0.hasPrefix("feature maps of conv2 ") && $0.hasSuffix("| yes") })
    #expect(run.output.contains("epoch 1/1 5/5  loss 2.3"))
    #expect(run.output.contains("| not judged: quick\n"))
  }

  @Test("weights are bitwise the same in every run and for 1, 2 and 3 threads")
  func repeatable() throws {
    let data = try TemporaryFolder()
    try data.addDigits()
    var first: Data?
    for threads in ["1", "2", "2", "3"] {
      let out = try TemporaryFolder()
      let run = try homework(
        "ece285", "lenet", "--data", data.path, "--out", out.path, "--epochs", "2", "--lr", "0.01", "--no-figures",
        "--threads", threads
      )
      #expect(run.status == 0, "\(run.errors)")
      let weights = try Data(contentsOf: out.url.appendingPathComponent("ece285-lenet/lenet.safetensors"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: out.path) == ["ece285-lenet"])
      if let first { #expect(weights == first, "\(threads) threads") } else { first = weights }
    }
  }

  @Test("data that is not found, cut off, mismatched or wrong is one line with its path and status 1")
  func badData() throws {
    func check(_ message: String, _ spoil: (URL) throws -> Void) throws {
      let data = try TemporaryFolder(), out = try TemporaryFolder()
      try data.addDigits()
      try spoil(data.url)
      let run = try homework("ece285", "lenet", "--data", data.path, "--out", out.path)
      #expect(run.status == 1)
      #expect(run.errors.hasPrefix("error: \(data.path)") && run.errors.contains(message), "\(run.errors)")
      #expect(run.errors.filter { $0 == "\n" }.count == 1)
      #expect(try FileManager.default.contentsOfDirectory(atPath: out.path).isEmpty)
    }
    let images = "train-images-idx3-ubyte.gz", labels = "train-labels-idx1-ubyte"
    try check("no such folder") { try FileManager.default.removeItem(at: $0) }
    try check("found") {  // the file is cut in the middle
      let file = $0.appendingPathComponent(images)
      try Data(contentsOf: file).prefix(20_000).write(to: file)
    }
    try check("magic") { try Data([0, 0, 9, 1, 0, 0, 0, 1, 5]).write(to: $0.appendingPathComponent(labels)) }
    try check("label") {
      try IDXFile(dimensions: [500], bytes: [UInt8](repeating: 10, count: 500)).write(
        to: $0.appendingPathComponent(labels))
    }
    try check("499") {
      try IDXFile(dimensions: [499], bytes: [UInt8](repeating: 1, count: 499)).write(
        to: $0.appendingPathComponent(labels))
    }
  }

  @Test("an output folder that cannot be made fails before the training")
  func unwritable() throws {
    let data = try TemporaryFolder()
    try data.addDigits()
    let file = data.url.appendingPathComponent("file")
    try Data().write(to: file)
    let run = try homework("ece285", "lenet", "--data", data.path, "--out", file.path + "/out")
    #expect(run.status == 1)
    #expect(run.errors == "error: \(file.path)/out: the folder cannot be made or written to\n")
    #expect(run.output.isEmpty)
  }

  @Test("Ctrl-C leaves a checkpoint and the command that goes on from it, to bitwise the same weights")
  func interrupted() throws {
    let data = try TemporaryFolder(), whole = try TemporaryFolder(), out = try TemporaryFolder()
    try data.addDigits()
    let arguments = ["ece285", "lenet", "--epochs", "60", "--log-interval", "0", "--data", data.path, "--out"]
    func weights(_ folder: TemporaryFolder) throws -> Data {
      try Data(contentsOf: folder.url.appendingPathComponent("ece285-lenet/lenet.safetensors"))
    }
    #expect(try homework(arguments + [whole.path]).status == 0)
    let cut = try homework(arguments + [out.path], interruptAfter: "epoch 3/60")
    #expect(cut.status == 130)
    let file = out.path + "/ece285-lenet/training.checkpoint"
    let command = "homework " + (arguments + [out.path, "--resume", file]).joined(separator: " ")
    #expect(
      cut.errors.hasPrefix("error: interrupted ") && cut.errors.hasSuffix("saved in \(file); to go on: \(command)\n"))
    #expect(throws: (any Error).self) { try weights(out) }
    let resumed = try homework(arguments + [out.path, "--resume", file])
    #expect(resumed.status == 0 && !resumed.output.contains("epoch 2/60"), "\(resumed.errors)")
    #expect(try weights(out) == weights(whole))
    #expect(!FileManager.default.fileExists(atPath: file))

    let other = try homework(
      arguments + [out.path, "--resume", whole.path + "/ece285-lenet/lenet.safetensors"])
    #expect(other.status == 1 && other.errors.hasSuffix("lenet.safetensors: not a checkpoint of a training\n"))
  }

  @Test(
    "LeNet reaches the paper's accuracy on MNIST in 3 epochs",
    .enabled(if: ProcessInfo.processInfo.environment["NEURAL_DATA"] != nil))
  func mnist() throws {
    let folder = ProcessInfo.processInfo.environment["NEURAL_DATA"] ?? ""
    let out = try TemporaryFolder()
    let run = try homework("ece285", "lenet", "--out", out.path, environment: ["NEURAL_DATA": folder])
    #expect(run.status == 0, "\(run.errors)\n\(run.output)")
    #expect(run.output.contains("accuracy after 3 epochs"))
  }
}
