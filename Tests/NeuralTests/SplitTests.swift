import Neural
import Testing

@Suite("Splitting data")
struct SplitTests {
  /// 90 examples of class 0, 9 of class 1, 4 of class 5.
  private let data = Batch(
    inputs: Tensor.arange(103, dtype: .int32).reshaped([103, 1]),
    targets: Tensor([UInt8](repeating: 0, count: 90) + [UInt8](repeating: 1, count: 9) + [5, 5, 5, 5]))

  private func numbers(_ part: Batch) -> [Int32] { part.inputs.flattened().array() }
  private func counts(_ part: Batch) -> [Int] {
    let labels = part.targets.array(UInt8.self)
    return [0, 1, 5].map { label in labels.count { $0 == label } }
  }

  @Test("every example is in one part, once, in the data's order and with its label", arguments: [false, true])
  func partition(stratified: Bool) {
    for fraction in [0, 0.1, 0.5, 0.777, 1] {
      let (a, b) = data.split(fraction, seed: 3, stratified: stratified)
      #expect(a.count == Int((103 * fraction).rounded()) && a.count + b.count == 103)
      #expect(numbers(a) == numbers(a).sorted() && numbers(b) == numbers(b).sorted())
      #expect((numbers(a) + numbers(b)).sorted() == Array(0..<103))
      for part in [a, b] {
        #expect(part.targets.array(UInt8.self) == numbers(part).map { $0 < 90 ? 0 : $0 < 99 ? 1 : 5 })
      }
    }
  }

  @Test("a stratified part has each class's share, to within one; a plain one depends on chance")
  func stratified() {
    #expect(counts(data.subset(0.5, seed: 1, stratified: true)) == [45, 5, 2])
    #expect(counts(data.subset(0.1, seed: 1, stratified: true)) == [9, 1, 0])
    let found = (0..<20).map { counts(data.subset(0.5, seed: $0)) }
    #expect(Set(found).count > 1)
  }

  @Test("parts are a function of the seed; a larger plain subset holds a smaller one")
  func seeds() {
    #expect(numbers(data.subset(0.3, seed: 8)) == numbers(data.subset(0.3, seed: 8)))
    #expect(numbers(data.subset(0.3, seed: 8)) != numbers(data.subset(0.3, seed: 9)))
    #expect(Set(numbers(data.subset(0.6, seed: 8))).isSuperset(of: numbers(data.subset(0.3, seed: 8))))
  }
}

@Suite("Sweeps")
struct SweepTests {
  private struct Failure: Error {}

  @Test("every combination runs once, the last setting changing fastest; the table shows them")
  func table() throws {
    let result = sweep(over: ["rate": [0.1, 0.01], "batch": [16, 64, 128]]) { setting in
      ["product": setting["rate"] * setting["batch"], "lost": setting["batch"] == 64 ? .nan : setting["rate"]]
    }
    #expect(
      result.rows.map { [$0["rate"], $0["batch"]] } == [
        [0.1, 16], [0.1, 64], [0.1, 128], [0.01, 16], [0.01, 64], [0.01, 128],
      ])
    #expect(
      result.description == """
        rate  batch  product  lost
         0.1     16      1.6   0.1
         0.1     64      6.4   nan
         0.1    128     12.8   0.1
        0.01     16     0.16  0.01
        0.01     64     0.64   nan
        0.01    128     1.28  0.01
        """)
    #expect(result.csv.hasPrefix("rate,batch,product,lost\n0.1,16.0,1.6,0.1\n"))
    #expect(result.best("product", .maximum)?.values == [0.1, 128, 12.8, 0.1])
    #expect(result.best("lost", .minimum)?.values.prefix(2) == [0.01, 16])
    #expect(sweep(over: ["x": [1]]) { _ in ["y": .nan] }.best("y", .minimum) == nil)
    #expect(throws: Failure.self) { try sweep(over: ["x": [1]]) { _ in throw Failure() } }
  }
}
