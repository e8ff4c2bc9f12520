import Foundation

/// A web server on the loopback address that answers as a test says, one connection at a time.
final class LoopbackServer: Sendable {
  /// What was asked for.
  struct Request: Sendable {
    var path: String
    /// The first byte of the range, if only a part is asked for.
    var start: Int?
    /// How many requests came before.
    var number: Int
  }

  /// What to answer.
  struct Reply: Sendable {
    var status = 200
    var headers: [String] = []
    var body: [UInt8] = []
    /// What the header says, if not the truth.
    var length: Int?
    /// Waits, after the body, until the client goes away.
    var stalls = false

    /// All of `bytes`, or the part that is asked for.
    static func file(_ bytes: [UInt8], _ request: Request) -> Reply {
      guard let start = request.start else { return Reply(body: bytes) }
      return Reply(
        status: 206, headers: ["Content-Range: bytes \(start)-\(bytes.count - 1)/\(bytes.count)"],
        body: Array(bytes[start...]))
    }

    static func status(_ status: Int) -> Reply { Reply(status: status, body: Array("an error's page".utf8)) }
  }

  private let listener: Int32
  private let port: UInt16
  private let log = Log()

  /// `http://127.0.0.1:port/`
  var address: String { "http://127.0.0.1:\(port)/" }
  var requests: [Request] { log.lock.withLock { log.requests } }

  private final class Log: @unchecked Sendable {
    let lock = NSLock()
    var requests: [Request] = []
  }

  init(_ reply: @escaping @Sendable (Request) -> Reply) {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let port = withUnsafeMutableBytes(of: &address) { bytes in
      let address = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
      guard bind(listener, address, size) == 0, listen(listener, 16) == 0, getsockname(listener, address, &size) == 0
      else { fatalError("no port on the loopback address") }
      return UInt16(bigEndian: bytes.load(fromByteOffset: 2, as: UInt16.self))
    }
    (self.listener, self.port) = (listener, port)
    let serve = { @Sendable [log] in
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        Self.serve(connection, reply, log)
        close(connection)
      }
    }
    Thread.detachNewThread(serve)
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  private static func serve(_ connection: Int32, _ reply: (Request) -> Reply, _ log: Log) {
    var head = "", byte: UInt8 = 0
    while !head.hasSuffix("\r\n\r\n") {
      guard recv(connection, &byte, 1, 0) == 1 else { return }
      head.unicodeScalars.append(Unicode.Scalar(byte))
    }
    let lines = head.components(separatedBy: "\r\n")
    let range = lines.first { $0.lowercased().hasPrefix("range: bytes=") }
    let request = log.lock.withLock {
      let request = Request(
        path: lines[0].components(separatedBy: " ")[1],
        start: range.flatMap { Int($0.dropFirst("range: bytes=".count).prefix { $0 != "-" }) },
        number: log.requests.count)
      log.requests.append(request)
      return request
    }
    let answer = reply(request)
    let headers =
      ["HTTP/1.1 \(answer.status) x", "Content-Length: \(answer.length ?? answer.body.count)", "Connection: close"]
      + answer.headers
    let bytes = Array((headers.joined(separator: "\r\n") + "\r\n\r\n").utf8) + answer.body
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      sent += count
    }
    if answer.stalls { _ = recv(connection, &byte, 1, 0) }
  }
}
