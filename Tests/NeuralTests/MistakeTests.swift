import Testing

/// Something that must stop the program, and what it says then.
struct Mistake: Sendable {
  let message: String
  let make: @Sendable () -> Void

  init(_ message: String, _ make: @escaping @Sendable () -> Void) { (self.message, self.make) = (message, make) }

  /// Each list stands with the tests of its subject.
  static let all = optimizers + layers + callbacks + adaptive
}

@Suite("Mistakes")
struct MistakeTests {
  @Test("mistakes stop the program with a message", arguments: Mistake.all.indices)
  func messages(index: Int) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [index] in
      Mistake.all[index].make()
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains(Mistake.all[index].message), "\(text.prefix(300))")
  }
}
