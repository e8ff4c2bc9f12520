import Foundation

/// Unpacking of `.tar.gz` files by the program tar.
enum Archive {
  /// Whether all members are in `folder`, with their sizes.
  static func isUnpacked(_ members: [PublishedDataset.Member], in folder: URL) -> Bool {
    members.allSatisfy { size(folder.appending(path: name($0))) == $0.byteCount }
  }

  /// Takes `members`, and nothing else, out of the archive into `folder`, then removes the archive.
  ///
  /// They are unpacked to a folder of their own first: no path in an archive leads out of it, whatever tar makes of it,
  /// and only regular files of the right size get their place.
  static func unpack(_ archive: URL, _ members: [PublishedDataset.Member], into folder: URL) throws(DownloadError) {
    let path = archive.relativePath
    let temporary = folder.appending(path: ".unpacking-\(ProcessInfo.processInfo.processIdentifier)")
    do {
      try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: true)
    } catch {
      throw .unwritable(path: temporary.relativePath, reason: "the folder cannot be made")
    }
    defer { try? FileManager.default.removeItem(at: temporary) }
    if let complaint = tar(
      ["--extract", "--gzip", "--file", archive.path, "--directory", temporary.path, "--no-same-owner", "--"]
        + members.map(\.path))
    {
      throw .badArchive(path: path, reason: complaint)
    }
    for member in members {
      let unpacked = temporary.appending(path: member.path)
      guard let size = size(unpacked), size == member.byteCount else {
        throw .badArchive(path: path, reason: "\(member.path): a file of \(member.byteCount) bytes expected")
      }
      guard rename(unpacked.path, folder.appending(path: name(member)).path) == 0 else {
        throw .unwritable(path: folder.relativePath, reason: String(cString: strerror(errno)))
      }
    }
    unlink(archive.path)
  }

  private static func name(_ member: PublishedDataset.Member) -> String {
    URL(fileURLWithPath: member.path).lastPathComponent
  }

  /// The size of a regular file; nil for links, folders and nothing.
  private static func size(_ url: URL) -> Int? {
    var status = stat()
    guard lstat(url.path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }

  /// Runs tar; nil if it succeeds, else the first line that it complains with.
  private static func tar(_ arguments: [String]) -> String? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["tar"] + arguments
    let errors = Pipe()
    (process.standardError, process.standardOutput) = (errors, FileHandle.nullDevice)
    do { try process.run() } catch { return "the program tar cannot be started" }
    let text = String(decoding: (try? errors.fileHandleForReading.readToEnd()) ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus != 0 else { return nil }
    return text.split(separator: "\n").first.map(String.init) ?? "tar ends with \(process.terminationStatus)"
  }
}
