import Foundation

/// Where text goes: standard output, or nowhere when a JSON document will.
final class Console {
  let isSilent: Bool
  private var complaints: Set<String> = []

  init(isSilent: Bool) { self.isSilent = isSilent }

  func callAsFunction(_ line: String) {
    if !isSilent { print(line) }
  }

  /// An error that ends nothing: each once, on standard error.
  func complain(_ line: String) {
    guard complaints.insert(line).inserted else { return }
    fflush(nil)  // what was printed before comes before
    FileHandle.standardError.write(Data("error: \(line)\n".utf8))
  }
}
