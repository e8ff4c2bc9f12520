import Foundation

/// A regular file, open for reading from its first byte on. Closed when released.
final class InputFile: ByteSource {
  /// As the caller wrote it, for messages.
  let path: String

  /// The file's size when it was opened, in bytes.
  let byteBound: Int

  private let descriptor: Int32
  private var offset = 0

  init(_ url: URL) throws(DatasetError) {
    path = url.displayPath
    // Not to wait for a writer, should the path name a pipe.
    descriptor = open(url.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw errno == ENOENT || errno == ENOTDIR
        ? .missingFile(path: path) : .unreadable(path: path, reason: Self.systemError())
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let reason = Self.systemError()
      close(descriptor)
      throw .unreadable(path: path, reason: reason)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .unreadable(path: path, reason: "not a regular file")
    }
    byteBound = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// What the file holds: its own bytes, or what they unpack to if they are gzip. The content decides, not the name.
  func unpacked() throws(DatasetError) -> any ByteSource {
    guard try isGzip() else { return self }
    return try GzipStream(path: path, byteCount: byteBound) { buffer throws(DatasetError) in
      try self.read(into: buffer)
    }
  }

  /// Whether the file begins with gzip's two magic bytes, whatever its name.
  private func isGzip() throws(DatasetError) -> Bool {
    offset = 0
    defer { offset = 0 }
    return try read(2) == [0x1F, 0x8B]
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int {
    var filled = 0
    while filled < buffer.count {
      let count = pread(
        descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled, off_t(offset))
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .unreadable(path: path, reason: Self.systemError()) }
      if count == 0 { break }
      filled += count
      offset += count
    }
    return filled
  }

  func checkEnd() {}

  private static func systemError() -> String { String(cString: strerror(errno)) }
}

extension URL {
  /// The path as the caller wrote it: relative if the URL was made from a relative path.
  var displayPath: String { relativePath.isEmpty ? path : relativePath }
}
