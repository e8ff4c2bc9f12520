import Foundation

/// Gives `body` the bytes of a regular file, which are mapped where that is safe: memory is taken for what is read of them.
package func withFileContent<Result>(
  _ url: URL, _ body: (_ bytes: UnsafeRawBufferPointer, _ path: String) throws(CheckpointError) -> Result
) throws(CheckpointError) -> Result {
  let path = url.relativePath
  let file: Data
  do {
    // Anything else might never end, or wait for a writer.
    var status = stat()
    if stat(url.path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG {
      throw CheckpointError.file(path: path, reason: "cannot be read: it is not a regular file")
    }
    file = try Data(contentsOf: url, options: .mappedIfSafe)
  } catch let error as CheckpointError {
    throw error
  } catch {
    throw .file(path: path, reason: "cannot be read: \(reason(error))")
  }
  // The closure cannot throw a typed error: it hands the outcome out instead.
  let outcome = file.withUnsafeBytes { bytes -> Swift.Result<Result, CheckpointError> in
    do throws(CheckpointError) { return .success(try body(bytes, path)) } catch { return .failure(error) }
  }
  return try outcome.get()
}

extension Data {
  /// Writes a file that appears complete or not at all: to a temporary file, then renamed.
  package func write(complete url: URL) throws(CheckpointError) {
    do {
      try write(to: url, options: .atomic)
    } catch {
      throw .file(path: url.relativePath, reason: "cannot be written: \(reason(error))")
    }
  }
}

/// The system's words for a failed file operation, without Foundation's long-winded ones.
private func reason(_ error: any Error) -> String {
  let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError ?? error as NSError
  if underlying.domain == NSPOSIXErrorDomain, let text = strerror(Int32(underlying.code)) {
    return String(cString: text)
  }
  switch CocoaError.Code(rawValue: (error as NSError).code) {
  case .fileReadNoSuchFile, .fileNoSuchFile: return "no such file or folder"
  case .fileReadNoPermission, .fileWriteNoPermission: return "permission denied"
  case .fileWriteOutOfSpace: return "no space left"
  case .fileWriteVolumeReadOnly: return "the file system is read-only"
  default: return error.localizedDescription
  }
}
