import ArgumentParser
import Foundation
import Neural
import NeuralData

/// The root command, and where all errors end: one line on standard error, and a status that is not 0.
@main
struct Homework: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "homework",
    abstract: "Course exercises on convolution, back-propagation and LeNet, reproduced with Neural.",
    subcommands: [List.self, All.self, Train.self, Predict.self, DataCommand.self] + courses.map { $0 })

  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      let status = exitCode(for: error)
      if status == .success {
        print(fullMessage(for: error))  // help and version are "errors" to the parser
      } else {
        let text = (error as? any PlainError)?.description ?? message(for: error)
        let line = text.split(separator: "\n").joined(separator: " ")
        if !line.isEmpty { FileHandle.standardError.write(Data("error: \(line)\n".utf8)) }
      }
      Foundation.exit((error as? any PlainError)?.status ?? status.rawValue)
    }
  }
}

/// Errors whose description is the line to show.
protocol PlainError: Error, CustomStringConvertible {
  /// What the program ends with: 1 for most.
  var status: Int32 { get }
}
extension PlainError {
  var status: Int32 { 1 }
}
extension DatasetError: PlainError {}
extension CheckpointError: PlainError {}
