import Neural
import Synchronization
import Testing

/// `Runtime.exactConvolution` for as long as tests that ask for it run; they may run at the same time.
struct ExactConvolution: TestTrait, SuiteTrait, TestScoping {
  private static let running = Mutex(0)

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    ExactConvolution.change(by: 1)
    defer { ExactConvolution.change(by: -1) }
    try await function()
  }

  private static func change(by step: Int) {
    running.withLock {
      $0 += step
      Runtime.exactConvolution = $0 > 0
    }
  }
}

extension Trait where Self == ExactConvolution {
  static var exactConvolution: Self { ExactConvolution() }
}
