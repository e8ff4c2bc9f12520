import Foundation

/// Downloads published files: from one mirror after another, going on where an earlier download stopped, and never
/// leaving a file under its own name that is not the published one.
///
/// ```swift
/// try Downloader().fetch(.mnist, into: URL(fileURLWithPath: "data")) { print($0) }
/// ```
public struct Downloader: Sendable {
  /// How often each mirror is asked.
  public var attempts = 4
  /// The pause before the second request to a mirror; each one after it is twice as long.
  public var firstPause = Duration.seconds(1)
  /// Seconds to wait for a connection, and for the next byte.
  public var connectSeconds = 15, stallSeconds = 30

  /// With the defaults.
  public init() {}

  /// How far a download is.
  public struct Progress: Sendable, Hashable {
    /// The file's name.
    public var file: String
    /// How much of it is here, and its size.
    public var bytes: Int, total: Int
  }

  /// Downloads the files of a data set that are not there yet, and unpacks its archive.
  /// - Parameters:
  ///   - dataset: what to download.
  ///   - directory: the data folder; the files go to the data set's own folder in it, which is made if needed.
  ///   - mirrors: other places than the data set's own.
  ///   - progress: called often, at the end of each file with all of its bytes.
  /// - Returns: the data set's folder.
  public func fetch(
    _ dataset: PublishedDataset, into directory: URL, mirrors: [String]? = nil, progress: (Progress) -> Void
  ) throws(DownloadError) -> URL {
    let folder = directory.appending(path: dataset.folder)
    if !dataset.members.isEmpty && Archive.isUnpacked(dataset.members, in: folder) { return folder }
    do { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) } catch {
      throw .unwritable(path: folder.relativePath, reason: "the folder cannot be made")
    }
    for file in dataset.files {
      let url = folder.appending(path: file.name)
      try fetch(file, from: mirrors ?? dataset.mirrors, to: url, progress: progress)
      if !dataset.members.isEmpty { try Archive.unpack(url, dataset.members, into: folder) }
    }
    return folder
  }

  /// Downloads one file to `url`, unless it is there already.
  ///
  /// What has come so far is in `url` with `.partial` behind its name. When it is whole and its digest is right, it gets
  /// its name; when the digest is wrong, it is thrown away.
  /// - Throws: what ``DownloadError`` lists.
  public func fetch(
    _ file: PublishedFile, from mirrors: [String], to url: URL, progress: (Progress) -> Void
  ) throws(DownloadError) {
    func report(_ bytes: Int) { progress(Progress(file: file.name, bytes: bytes, total: file.byteCount)) }
    if MD5.ofFile(url) == file.md5 { return report(file.byteCount) }

    let partial = url.appendingPathExtension("partial")
    let descriptor = open(partial.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw .unwritable(path: partial.relativePath, reason: String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw .busy(path: partial.relativePath) }

    var reasons: [String] = [], isOffline = true
    for mirror in mirrors {
      let source = mirror + (mirror.hasSuffix("/") ? "" : "/") + file.name
      let outcome = attempt(source, file, descriptor, partial, report)
      switch outcome {
      case .done:
        guard fsync(descriptor) == 0, rename(partial.path, url.path) == 0 else {
          throw .unwritable(path: url.relativePath, reason: String(cString: strerror(errno)))
        }
        return report(file.byteCount)
      case .unwritable(let reason): throw .unwritable(path: partial.relativePath, reason: reason)
      case .unreachable(let reason): reasons.append("\(source): \(reason)")
      case .interrupted(let reason), .refused(let reason), .wrong(let reason):
        isOffline = false
        reasons.append("\(source): \(reason)")
      }
    }
    // What has come is kept for the next time, unless it is nothing.
    if size(descriptor) == 0 { unlink(partial.path) }
    throw .failed(file: file.name, reasons: reasons, isOffline: isOffline && !reasons.isEmpty)
  }

  /// Asks one mirror until it has sent the right file, refuses, or has been asked often enough.
  private func attempt(
    _ source: String, _ file: PublishedFile, _ descriptor: Int32, _ partial: URL, _ report: (Int) -> Void
  ) -> Transfer.Outcome {
    let transfer = Transfer(
      url: source, byteCount: file.byteCount, connectSeconds: connectSeconds, stallSeconds: stallSeconds)
    var last = Transfer.Outcome.refused("not asked")
    for number in 0..<attempts {
      if number > 0 { pause(number) }
      let start = size(descriptor)
      if start < file.byteCount {
        // All bytes are reported when they are known to be right.
        last = transfer.run(into: descriptor, from: start) { if $0 < file.byteCount { report($0) } }
      } else {
        last = .done
      }
      switch last {
      case .refused, .unreachable, .unwritable: return last
      case .interrupted(let reason):
        if reason.hasSuffix("416") { ftruncate(descriptor, 0) }  // there is no such rest
        continue
      case .wrong: break
      case .done:
        let found = size(descriptor)
        if found == file.byteCount, MD5.ofFile(partial) == file.md5 { return .done }
        last = .wrong(found < file.byteCount ? "\(found) bytes of \(file.byteCount)" : "wrong checksum")
      }
      ftruncate(descriptor, 0)
      // What is wrong from the first byte on comes from this mirror; else the beginning may be to blame.
      if start == 0 { return last }
    }
    return last
  }

  private func pause(_ number: Int) {
    let seconds = firstPause / .seconds(1) * Double(1 << (number - 1))
    Thread.sleep(forTimeInterval: seconds)
  }

  private func size(_ descriptor: Int32) -> Int {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }
}
