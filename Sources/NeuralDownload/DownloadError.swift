/// Why a file could not be had. Every description is one line.
public enum DownloadError: Error, Sendable, Hashable, CustomStringConvertible {
  /// No mirror gave the file: what each one's last answer was. `isOffline` if none could be reached at all.
  case failed(file: String, reasons: [String], isOffline: Bool)
  /// The file or folder cannot be written; `reason` is the system's.
  case unwritable(path: String, reason: String)
  /// Another program is downloading to the same place.
  case busy(path: String)
  /// The archive cannot be unpacked.
  case badArchive(path: String, reason: String)

  /// What happened, where, and what may help.
  public var description: String {
    switch self {
    case .failed(let file, let reasons, let isOffline):
      "\(file): not downloaded: \(reasons.joined(separator: "; "))\(isOffline ? " (is this machine offline?)" : "")"
    case .unwritable(let path, let reason): "\(path): cannot be written: \(reason)"
    case .busy(let path): "\(path): another download is writing this file"
    case .badArchive(let path, let reason): "\(path): cannot be unpacked: \(reason)"
    }
  }
}
