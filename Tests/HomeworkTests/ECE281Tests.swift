import Foundation
import Testing

@Suite("homework ece281 mnist and awgn") struct MNISTNetworkTests {
  @Test("the noisy test takes the weights that the training has left, or trains the same ones")
  func weights() throws {
    let data = try TemporaryFolder(), out = try TemporaryFolder()
    try data.addDigits()
    let options = ["--quick", "--no-figures", "--data", data.path]
    let trained = try document(["ece281", "mnist"] + options, out: out.path)
    #expect(trained.files == ["mnist_cnn.safetensors"])
    #expect(trained["parameters"]?.ours == "1199882")
    let file = out.url.appendingPathComponent("ece281-mnist/mnist_cnn.safetensors").path
    #expect(FileManager.default.fileExists(atPath: file))

    let found = try document(["ece281", "awgn"] + options, out: out.path)
    #expect(found.content.contains { $0.text == "weights: as `homework ece281 mnist` left them" })
    #expect(found.number("accuracy at σ = 0.0") == trained.number("accuracy after 1 epochs"))
    #expect(found["accuracy at σ = 0 is that without noise"]?.ok == "yes")
    #expect(found.number("loss at σ = 0.0") == trained.number("test loss"))

    let given = try document(["ece281", "awgn", "--weights", file] + options)
    #expect(given.results == found.results)
    let fresh = try document(["ece281", "awgn"] + options)
    #expect(fresh.results == found.results)
    #expect(fresh.content.contains { $0.text?.hasPrefix("no weights of `homework ece281 mnist`") == true })
    // Other images: the weights that are there are not for them.
    let others = try document(["ece281", "awgn", "--quick", "--no-figures"], out: out.path)
    #expect(others.content.contains { $0.text?.hasPrefix("no weights of `homework ece281 mnist`") == true })
  }

  @Test("weights that are missing, no weights, or another network's are one line")
  func badWeights() throws {
    let data = try TemporaryFolder(), out = try TemporaryFolder()
    try data.addDigits()
    let options = ["--quick", "--no-figures", "--data", data.path, "--out", out.path]
    func check(_ file: String, _ message: String) throws {
      let run = try homework(["ece281", "awgn", "--weights", file] + options)
      #expect(run.status == 1 && run.errors.hasPrefix("error: ") && run.errors.contains(message), "\(run.errors)")
      #expect(run.errors.filter { $0 == "\n" }.count == 1)
    }
    try check(out.path + "/none.safetensors", "none.safetensors")
    let noise = out.path + "/noise.safetensors"
    try Data((0..<100).map { UInt8($0 * 37 % 256) }).write(to: URL(fileURLWithPath: noise))
    try check(noise, "noise.safetensors")
    #expect(try homework(["ece285", "lenet"] + options).status == 0)
    try check(out.path + "/ece285-lenet/lenet.safetensors", "conv1.weight")
  }

  @Test("a dry run trains one batch and tests one, and leaves nothing")
  func dryRun() throws {
    let data = try TemporaryFolder(), out = try TemporaryFolder()
    try data.addDigits()
    let arguments = [
      "ece281", "mnist", "--dry-run", "--no-figures", "--data", data.path, "--out", out.path, "--batch-size", "32",
      "--test-batch-size", "50",
    ]
    let run = try homework(arguments)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("\nepoch 1/1 1/1  loss 2."))
    #expect(run.output.contains("| not judged: other settings\n"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: out.path).isEmpty)
  }

  @Test(
    "the optimizer, its learning rate and its decay are what is asked for",
    arguments: [
      (["--optimizer", "adam"], "Adam with learning rate 0.001, times 0.7"),
      (["--lr", "0.5", "--gamma", "0.1"], "Adadelta with learning rate 0.5, times 0.1"),
    ])
  func flags(flags: [String], text: String) throws {
    let data = try TemporaryFolder()
    try data.addDigits()
    let document = try HomeworkTests.document(
      ["ece281", "mnist", "--dry-run", "--no-figures", "--data", data.path] + flags)
    #expect(document.content.contains { $0.text?.contains(text) == true })
  }
}
