import Foundation

/// Where the files of a data set are looked for, and found by name.
struct DatasetFolders {
  /// The data set's, for messages.
  let name: String

  /// Folders in a data folder that may hold the files, after the data folder itself.
  let subfolders: [String]

  /// The first data folder that `check` accepts: `explicit`, and no other, if there is one; else the environment
  /// variable `NEURAL_DATA`, then `data` in the current directory, then `.cache/neural` in the home directory.
  /// - Returns: nil if there is none. What `check` throws is thrown for `explicit` only.
  func locate(
    explicit: URL?, environment: [String: String], currentDirectory: URL, home: URL,
    check: (URL) throws(DatasetError) -> Void
  ) throws(DatasetError) -> URL? {
    if let explicit {
      try check(explicit)
      return explicit
    }
    let candidates = Self.standard(environment: environment, currentDirectory: currentDirectory, home: home)
    return candidates.first { folder in
      do throws(DatasetError) { try check(folder) } catch { return false }
      return true
    }
  }

  /// The data folders that are searched, best first.
  static func standard(environment: [String: String], currentDirectory: URL, home: URL) -> [URL] {
    var folders = [currentDirectory.appending(path: "data"), home.appending(path: ".cache/neural")]
    if let path = environment["NEURAL_DATA"], !path.isEmpty {
      folders.insert(
        path.hasPrefix("/") ? URL(fileURLWithPath: path) : currentDirectory.appending(path: path), at: 0)
    }
    return folders
  }

  /// Where each of `names` is, or an error that lists all that are missing.
  func files(_ names: [String], in directory: URL) throws(DatasetError) -> [URL] {
    let found = try anyFiles(names, in: directory)
    let missing = names.filter { found[$0] == nil }
    guard missing.isEmpty else { throw lacking(missing, in: directory) }
    return names.compactMap { found[$0] }
  }

  /// Those of `names` that are there.
  func anyFiles(_ names: [String], in directory: URL) throws(DatasetError) -> [String: URL] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: directory.path, isDirectory: &isFolder), isFolder.boolValue
    else {
      throw .missingFolder(path: directory.displayPath)
    }
    return names.reduce(into: [:]) { $0[$1] = file(named: $1, in: directory) }
  }

  /// The error that `names` are not in `directory`.
  func lacking(_ names: [String], in directory: URL) -> DatasetError {
    .missingDataset(
      path: directory.displayPath, name: name, files: names.map { $0 + "(.gz)" },
      lookedIn: folders(directory).map(\.displayPath))
  }

  /// The plain file or else the packed one, in `directory` or else in its subfolders.
  private func file(named name: String, in directory: URL) -> URL? {
    folders(directory)
      .flatMap { [$0.appending(path: name), $0.appending(path: name + ".gz")] }
      .first { url in
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) && !isFolder.boolValue
      }
  }

  private func folders(_ directory: URL) -> [URL] {
    [directory] + subfolders.map { directory.appending(path: $0) }
  }
}

extension URL {
  /// What is in a folder, sorted by name, but for what is hidden.
  func entries() throws(DatasetError) -> [(url: URL, isFolder: Bool)] {
    func isFolder(_ path: String) -> Bool {
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
    guard isFolder(path) else { throw .missingFolder(path: displayPath) }
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      throw .unreadable(path: displayPath, reason: "the folder cannot be listed")
    }
    return names.filter { !$0.hasPrefix(".") }.sorted().map { name in
      let url = appending(path: name)
      return (url, isFolder(url.path))
    }
  }
}
