import Foundation
import Neural

/// NumPy's .npz files: named arrays, each an .npy file in a ZIP file.
///
/// ```swift
/// let arrays = try NPZ.read(URL(fileURLWithPath: "digits.npz"))
/// arrays["images"]?.shape  // [1797, 8, 8]
/// ```
public enum NPZ {
  /// Reads what `numpy.savez` or `numpy.savez_compressed` wrote: the arrays by name, positional ones as `arr_0`, `arr_1`, ….
  ///
  /// Element types as ``/Neural/Tensor/init(npy:)`` reads them. Members of the ZIP file that are no .npy files are left out.
  /// Memory grows with what is really there, whatever headers claim.
  /// - Throws: ``/Neural/CheckpointError/file(path:reason:)`` or ``/Neural/CheckpointError/malformed(path:reason:)``; the
  ///   latter's path ends in the array's name in parentheses if it is one array that is wrong.
  public static func read(_ url: URL) throws(CheckpointError) -> [String: Tensor] {
    try withFileContent(url) { bytes, path throws(CheckpointError) in
      let archive = try ZipArchive(bytes, path: path)
      var arrays: [String: Tensor] = [:]
      for member in archive.members where member.name.hasSuffix(".npy") {
        let name = String(member.name.dropLast(4))
        guard arrays[name] == nil else { throw .malformed(path: path, reason: "\(name) is there twice") }
        let content = try archive.content(of: member)
        let outcome = content.withUnsafeBytes { content -> Result<Tensor, CheckpointError> in
          do throws(CheckpointError) {
            return .success(try Tensor(npy: content, path: "\(path) (\(name))"))
          } catch { return .failure(error) }
        }
        arrays[name] = try outcome.get()
      }
      return arrays
    }
  }

  /// Writes arrays for `numpy.load`, sorted by name, to a temporary file, then renamed.
  ///
  /// - Parameters:
  ///   - arrays: by name, of at most 65,531 bytes.
  ///   - url: the file, replaced if it exists.
  ///   - compressed: deflate them, as `numpy.savez_compressed` does.
  /// - Throws: ``/Neural/CheckpointError/file(path:reason:)``.
  public static func write(
    _ arrays: [String: Tensor], to url: URL, compressed: Bool = false
  ) throws(CheckpointError) {
    for name in arrays.keys where name.utf8.count > 65_531 {
      throw .file(path: url.relativePath, reason: "cannot be written: a name has \(name.utf8.count.grouped) bytes")
    }
    let members = arrays.sorted { $0.key < $1.key }.map { (name: "\($0.key).npy", content: $0.value.npy) }
    try ZipArchive.file(members, deflated: compressed).write(complete: url)
  }
}
