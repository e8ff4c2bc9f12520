import Foundation
import Testing

@testable import NeuralDownload

@Suite struct DownloaderTests {
  typealias Reply = LoopbackServer.Reply

  private let content = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
  private var file: PublishedFile { PublishedFile(name: "file.bin", byteCount: content.count, md5: digest(content)) }

  private func digest(_ bytes: [UInt8]) -> String {
    var digest = MD5()
    bytes.withUnsafeBytes { digest.update($0) }
    return digest.hexadecimal
  }

  /// Does not wait between requests.
  private var downloader: Downloader {
    var downloader = Downloader()
    downloader.firstPause = .milliseconds(5)
    return downloader
  }

  /// Fetches the file from servers with these replies into a new folder.
  /// - Returns: the requests to each server, and the error if there is one. Checks that there is the right file or none.
  @discardableResult
  private func fetch(
    from replies: (@Sendable (LoopbackServer.Request) -> Reply)..., partial: [UInt8]? = nil,
    leavesPartial: Bool = false,
    stallSeconds: Int = 60
  ) throws -> (requests: [[LoopbackServer.Request]], error: DownloadError?) {
    let folder = try Folder()
    let url = folder.url.appending(path: "file.bin"), partialURL = url.appendingPathExtension("partial")
    if let partial { try Data(partial).write(to: partialURL) }
    let servers = replies.map { LoopbackServer($0) }
    var downloader = downloader
    downloader.stallSeconds = stallSeconds
    var last = 0, failure: DownloadError?
    do throws(DownloadError) {
      try downloader.fetch(file, from: servers.map(\.address), to: url) { last = $0.bytes }
      #expect(last == content.count)
    } catch { failure = error }
    #expect((try? Data(contentsOf: url)) == (failure == nil ? Data(content) : nil))
    #expect(FileManager.default.fileExists(atPath: partialURL.path) == leavesPartial)
    return (servers.map(\.requests), failure)
  }

  @Test func `a file is downloaded once, checked and named`() throws {
    let content = content, folder = try Folder()
    let server = LoopbackServer { .file(content, $0) }
    let url = folder.url.appending(path: "file.bin")
    for _ in 0..<2 { try downloader.fetch(file, from: [server.address], to: url) { _ in } }
    #expect(try Data(contentsOf: url) == Data(content))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["file.bin"])
    #expect(server.requests.map(\.path) == ["/file.bin"])
  }

  @Test(arguments: [false, true])
  func `a transfer that is cut short or stalls is resumed where it stopped`(stalls: Bool) throws {
    let content = content
    let first: @Sendable (LoopbackServer.Request) -> Reply = { request in
      if request.number > 0 { return .file(content, request) }
      return Reply(body: Array(content[..<70_000]), length: content.count, stalls: stalls)
    }
    // Long enough for the server of a busy machine to send what it has.
    let result = try fetch(from: first, stallSeconds: stalls ? 4 : 60)
    #expect(result.error == nil)
    #expect(result.requests[0].map(\.start) == [nil, 70_000])
  }

  @Test func `a server that ignores ranges sends the file anew`() throws {
    let content = content
    let result = try fetch(from: { _ in Reply(body: content) }, partial: Array(content[..<1000]))
    #expect(result.error == nil && result.requests[0].map(\.start) == [1000])
  }

  @Test func `the partial file of an earlier run is gone on with`() throws {
    let content = content
    let result = try fetch(from: { .file(content, $0) }, partial: Array(content[..<150_000]))
    #expect(result.error == nil && result.requests[0].map(\.start) == [150_000])
    // One that is whole needs no request.
    let whole = try fetch(from: { _ in .status(404) }, partial: content)
    #expect(whole.error == nil && whole.requests[0].isEmpty)
  }

  @Test(arguments: [1000, 200_000, 300_000])
  func `a partial file that is wrong is thrown away`(count: Int) throws {
    let content = content
    let result = try fetch(from: { .file(content, $0) }, partial: [UInt8](repeating: 7, count: count))
    #expect(result.error == nil)
    #expect(result.requests[0].map(\.start) == (count == 1000 ? [1000, nil] : [nil]))
  }

  @Test func `another part than the one asked for is not taken`() throws {
    let content = content
    let result = try fetch(
      from: { request in
        guard request.start != nil else { return .file(content, request) }
        return Reply(status: 206, headers: ["Content-Range: bytes 5-199999/200000"], body: Array(content[5...]))
      }, partial: Array(content[..<1000]))
    #expect(result.error == nil && result.requests[0].map(\.start) == [1000, nil])
  }

  @Test func `wrong bytes, too many and too few make way for the next mirror`() throws {
    let content = content
    let result = try fetch(
      from: { _ in Reply(body: [UInt8](repeating: 0, count: content.count)) }, { _ in Reply(body: content + [0]) },
      { _ in Reply(body: Array(content.dropLast())) }, { .file(content, $0) })
    #expect(result.error == nil && result.requests.map(\.count) == [1, 1, 1, 1])
  }

  @Test func `wrong bytes everywhere are an error, and nothing stays`() throws {
    let result = try fetch(from: { _ in Reply(body: [UInt8](repeating: 0, count: 200_000)) })
    let text = try #require(result.error).description
    #expect(
      text.hasPrefix("file.bin: not downloaded: http://127.0.0.1:") && text.hasSuffix("/file.bin: wrong checksum"))
  }

  @Test func `404 makes way for the next mirror at once, 503 is asked again`() throws {
    let content = content
    let result = try fetch(
      from: { _ in .status(404) }, { $0.number < 2 ? .status(503) : .file(content, $0) },
      partial: Array(content[..<10]))
    #expect(result.error == nil)
    #expect(result.requests.map { $0.map(\.start) } == [[10], [10, 10, 10]])

    let failure = try fetch(from: { _ in .status(503) }, { _ in .status(403) })
    #expect(failure.requests.map(\.count) == [4, 1])
    let text = try #require(failure.error).description
    #expect(text.contains("HTTP status 503; http") && text.hasSuffix("HTTP status 403"))
  }

  @Test func `what has come is kept for the next run`() throws {
    let content = content
    let result = try fetch(
      from: { $0.number == 0 ? Reply(body: Array(content[..<100]), length: 200_000) : .status(500) },
      leavesPartial: true)
    #expect(result.error != nil && result.requests[0].last?.start == 100)
  }

  @Test func `redirects are followed, but not in circles`() throws {
    let content = content
    let result = try fetch(from: { request in
      request.path == "/file.bin" ? Reply(status: 302, headers: ["Location: /elsewhere"]) : .file(content, request)
    })
    #expect(result.error == nil && result.requests[0].map(\.path) == ["/file.bin", "/elsewhere"])
    let circle = try fetch(from: { _ in Reply(status: 302, headers: ["Location: /file.bin"]) })
    #expect(circle.requests[0].count == 6 && circle.error != nil)
  }

  @Test func `without a way to any mirror the error asks whether the machine is offline`() throws {
    let address = LoopbackServer { _ in .status(404) }.address  // gone at once
    let folder = try Folder()
    let error = #expect(throws: DownloadError.self) {
      try downloader.fetch(file, from: [address], to: folder.url.appending(path: "file.bin")) { _ in }
    }
    #expect(try #require(error).description.hasSuffix("(is this machine offline?)"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
  }

  @Test func `a second download to the same place is refused, and a folder that cannot be written to`() throws {
    let folder = try Folder(), url = folder.url.appending(path: "file.bin")
    let partial = open(url.path + ".partial", O_RDWR | O_CREAT, 0o600)
    flock(partial, LOCK_EX)
    defer { close(partial) }
    #expect(throws: DownloadError.busy(path: url.path + ".partial")) {
      try downloader.fetch(file, from: [], to: url) { _ in }
    }
    let nowhere = folder.url.appending(path: "none/file.bin")
    #expect(throws: DownloadError.unwritable(path: nowhere.path + ".partial", reason: "No such file or directory")) {
      try downloader.fetch(file, from: [], to: nowhere) { _ in }
    }
  }

  // MARK: - Archives

  /// A packed archive of these files.
  private func archive(_ files: [String: [UInt8]], link: String? = nil) throws -> [UInt8] {
    let folder = try Folder()
    for (name, bytes) in files {
      let url = folder.url.appending(path: name)
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(bytes).write(to: url)
    }
    if let link {
      try FileManager.default.createSymbolicLink(
        atPath: folder.url.appending(path: link).path, withDestinationPath: "/etc/passwd")
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      ["tar", "-czPf", folder.url.path + ".tar.gz", "-C", folder.url.path] + files.keys.sorted()
      + (link.map { [$0] } ?? [])
    try process.run()
    process.waitUntilExit()
    defer { try? FileManager.default.removeItem(atPath: folder.url.path + ".tar.gz") }
    return [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.url.path + ".tar.gz")))
  }

  private func fetch(_ archive: [UInt8], members: [String: Int]) throws -> (names: [String], error: DownloadError?) {
    let folder = try Folder()
    let dataset = PublishedDataset(
      title: "Set", folder: "set", mirrors: [],
      files: [PublishedFile(name: "set.tar.gz", byteCount: archive.count, md5: digest(archive))],
      members: members.map { .init(path: $0, byteCount: $1) })
    let server = LoopbackServer { .file(archive, $0) }
    var failure: DownloadError?
    for _ in 0..<2 {
      do throws(DownloadError) {
        _ = try downloader.fetch(dataset, into: folder.url, mirrors: [server.address]) { _ in }
      } catch { failure = error }
    }
    // What is unpacked is not downloaded again.
    #expect(server.requests.count == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["set"])
    return (try FileManager.default.contentsOfDirectory(atPath: folder.url.path + "/set").sorted(), failure)
  }

  @Test func `an archive's members are unpacked, nothing else, and it is removed`() throws {
    let packed = try archive(["a/one.bin": [1, 2, 3], "a/two.bin": [4], "../escaped.bin": [5]])
    let result = try fetch(packed, members: ["a/one.bin": 3, "a/two.bin": 1])
    #expect(result.names == ["one.bin", "two.bin"] && result.error == nil)
  }

  @Test func `a member that is missing, a link or of another size is an error`() throws {
    for (packed, member) in [
      (try archive(["a/one.bin": [1]]), "a/two.bin"), (try archive(["a/one.bin": [1]], link: "a/two.bin"), "a/two.bin"),
      (try archive(["a/two.bin": [1, 2]]), "a/two.bin"), ([1, 2, 3], "a/two.bin"),
    ] as [([UInt8], String)] {
      let result = try fetch(packed, members: [member: 1])
      #expect(result.names == ["set.tar.gz"])
      guard case .badArchive(let path, _)? = result.error else {
        Issue.record("\(String(describing: result.error))")
        continue
      }
      #expect(path.hasSuffix("/set/set.tar.gz"))
    }
  }

  // MARK: - Digests

  @Test(arguments: [
    ("", "d41d8cd98f00b204e9800998ecf8427e"), ("a", "0cc175b9c0f1b6a831c399e269772661"),
    ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
    (String(repeating: "1234567890", count: 8), "57edf4a22be3c955ac49da2e2107b67a"),
  ])
  func `digests are those of RFC 1321`(text: String, expected: String) {
    #expect(digest(Array(text.utf8)) == expected)
    // In pieces of every size, across the blocks.
    for size in 1...70 {
      var pieces = MD5()
      let bytes = Array(text.utf8)
      for start in stride(from: 0, to: bytes.count, by: size) {
        bytes[start..<min(start + size, bytes.count)].withUnsafeBytes { pieces.update($0) }
      }
      #expect(pieces.hexadecimal == expected)
    }
  }
}

/// A folder that goes away with the test.
final class Folder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "download-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }
}
