import Foundation

/// The program that draws.
enum Gnuplot {
  /// Runs a script and returns the picture that it draws.
  ///
  /// The script is a temporary file and the picture comes through standard output, so that no path is part of a script and
  /// neither side waits for the other. Settings of the user (`~/.gnuplot`, GNUPLOT_*) are not looked at.
  static func run(
    _ script: String, format: Format, searchPath: String? = ProcessInfo.processInfo.environment["PATH"]
  ) throws(PlotError) -> Data {
    guard let program = locate("gnuplot", in: searchPath ?? "") else { throw .missingGnuplot }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("neural-plot-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let commands = folder.appendingPathComponent("figure.gp"), errors = folder.appendingPathComponent("errors")
    let picture: Data
    let process = Process()
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data(script.utf8).write(to: commands)
      try Data().write(to: errors)
      process.executableURL = program
      process.arguments = ["-d", commands.path]
      process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("GNUPLOT") }
        .merging(["LC_ALL": "C.UTF-8"]) { $1 }
      process.standardInput = FileHandle.nullDevice
      process.standardError = try FileHandle(forWritingTo: errors)
      let output = Pipe()
      process.standardOutput = output
      try process.run()
      picture = try output.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
    } catch {
      throw .gnuplot(reason: "cannot be run: \(error.localizedDescription)")
    }
    guard process.terminationStatus == 0, !picture.isEmpty else {
      throw .gnuplot(reason: message(in: (try? String(contentsOf: errors, encoding: .utf8)) ?? ""))
    }
    return format == .svg ? withSharpPixels(picture) : picture
  }

  /// The first executable file of that name in a list of folders separated by colons.
  private static func locate(_ name: String, in searchPath: String) -> URL? {
    searchPath.split(separator: ":").lazy
      .map { URL(fileURLWithPath: String($0), isDirectory: true).appendingPathComponent(name) }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }

  /// The line that says what is wrong, from lines such as `"figure.gp" line 7: undefined variable: x`.
  private static func message(in errors: String) -> String {
    let lines = errors.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    let line = lines.last { $0.contains(" line ") } ?? lines.last ?? "stopped without a message"
    return line.range(of: "line [0-9]+: ", options: .regularExpression).map { String(line[$0.lowerBound...]) } ?? line
  }

  /// Browsers smooth enlarged images unless told otherwise. In text, `<` is `&lt;`: only elements begin so.
  private static func withSharpPixels(_ svg: Data) -> Data {
    let text = String(decoding: svg, as: UTF8.self)
    return Data(text.replacingOccurrences(of: "<image ", with: "<image style='image-rendering:pixelated' ").utf8)
  }
}
