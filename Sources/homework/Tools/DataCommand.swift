import ArgumentParser
import Foundation
import NeuralData
import NeuralDownload

/// `homework data`
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Download data sets, and show which are there.",
    subcommands: [Fetch.self, Inventory.self])

  /// Where data sets go that no option names a place for: the first folder that is searched, or the last, which is found
  /// from everywhere.
  private static var defaultFolder: String {
    ProcessInfo.processInfo.environment["NEURAL_DATA"].flatMap { $0.isEmpty ? nil : $0 }
      ?? FileManager.default.homeDirectoryForCurrentUser.appending(path: ".cache/neural").path
  }

  /// `homework data fetch`
  struct Fetch: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Download a data set: checked, resumed where it stopped, unpacked.")

    enum Name: String, ExpressibleByArgument, CaseIterable {
      case mnist, cifar10

      var dataset: PublishedDataset { self == .mnist ? .mnist : .cifar10 }
    }

    @Argument(help: "mnist (12 MB) or cifar10 (170 MB).")
    var name: Name
    @Option(help: "The data folder (default: NEURAL_DATA or ~/.cache/neural).")
    var dir: String?
    @Option(help: ArgumentHelp("Ask this server, an http or https address; more than once for more.", valueName: "url"))
    var mirror: [String] = []

    func validate() throws {
      for mirror in mirror {
        try require(
          ["http", "https"].contains(URL(string: mirror)?.scheme), "--mirror \(mirror)", "an http or https address")
      }
    }

    func run() throws {
      let display = DownloadDisplay()
      let folder = try Downloader().fetch(
        name.dataset, into: URL(fileURLWithPath: dir ?? defaultFolder, isDirectory: true),
        mirrors: mirror.isEmpty ? nil : mirror, progress: display.show)
      print("\(name.dataset.title) is in \(folder.relativePath)")
    }
  }

  /// `homework data list`
  struct Inventory: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "Show which data sets are found where.")

    @Option(help: "Look in this folder only (default: NEURAL_DATA, ./data and ~/.cache/neural).")
    var dir: String?

    func run() throws {
      let folder = dir.map { URL(fileURLWithPath: $0, isDirectory: true) }
      if let folder, !FileManager.default.fileExists(atPath: folder.path) {
        throw DatasetError.missingFolder(path: folder.relativePath)
      }
      print(
        Table(
          header: ["data set", "found", "without it"],
          rows: [
            [
              "MNIST", try place { () throws(DatasetError) in try MNIST.locate(explicit: folder) },
              "generated digits; homework data fetch mnist",
            ],
            [
              "CIFAR-10", try place { () throws(DatasetError) in try CIFAR10.locate(explicit: folder) },
              "generated shapes; homework data fetch cifar10",
            ],
          ]))
    }

    private func place(_ locate: () throws(DatasetError) -> URL?) throws -> String {
      do throws(DatasetError) { return try locate()?.relativePath ?? "no" } catch {
        if case .missingDataset = error { return "no" }
        throw error
      }
    }
  }
}

/// How a download goes on: a bar that moves on a terminal, a line for each file elsewhere.
private final class DownloadDisplay {
  private let isTerminal = isatty(STDOUT_FILENO) == 1
  private var file = "", start = ContinuousClock.now, startBytes = 0, lastDrawn = ContinuousClock.now

  func show(_ progress: Downloader.Progress) {
    let now = ContinuousClock.now, isDone = progress.bytes == progress.total
    if file != progress.file { (file, start, startBytes, lastDrawn) = (progress.file, now, progress.bytes, now) }
    guard isTerminal else {
      if isDone { print("\(file): \(progress.total.grouped) bytes, checked") }
      return
    }
    guard isDone || now - lastDrawn > .milliseconds(100) else { return }
    lastDrawn = now
    let width = 24, filled = width * progress.bytes / progress.total
    let bar = String(repeating: "━", count: filled) + String(repeating: "─", count: width - filled)
    let speed = Double(progress.bytes - startBytes) / max((now - start) / .seconds(1), 1e-3) / 1e6
    print(
      "\r\u{1B}[K\(file) \(bar) \(100 * progress.bytes / progress.total) %  \(speed.fixed(1)) MB/s",
      terminator: isDone ? "\n" : "")
    fflush(nil)
  }
}

extension DownloadError: PlainError {}
