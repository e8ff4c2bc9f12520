import CCurl
import Foundation

/// One HTTP request for a file, or the rest of it, through libcurl.
///
/// libcurl rather than Foundation's URLSession: stalls, redirects, ranges and TLS are settings there, the call returns
/// when it is done, and nobody needs it but who downloads.
struct Transfer {
  /// How it ended.
  enum Outcome: Equatable {
    /// The server sent all that it has.
    case done
    /// It may work the next time.
    case interrupted(String)
    /// It will not work from here.
    case refused(String)
    /// What it sends is not the file.
    case wrong(String)
    /// There is no place for it here.
    case unwritable(String)
    /// There is no way to the server.
    case unreachable(String)
  }

  let url: String
  /// The file's size: no more is taken.
  let byteCount: Int
  let connectSeconds: Int, stallSeconds: Int

  /// Appends what is missing to the file `descriptor`, which holds the first `start` bytes; or begins anew if the server
  /// does not send parts.
  func run(into descriptor: Int32, from start: Int, progress: (_ bytes: Int) -> Void) -> Outcome {
    guard curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK, let curl = curl_easy_init() else {
      return .refused("libcurl cannot start")
    }
    defer { curl_easy_cleanup(curl) }
    let isSecure = url.hasPrefix("https:")
    curl_set_text(curl, CURLOPT_URL, url)
    curl_set_text(curl, CURLOPT_PROTOCOLS_STR, "http,https")
    // Not from a secure server to an open line.
    curl_set_text(curl, CURLOPT_REDIR_PROTOCOLS_STR, isSecure ? "https" : "http,https")
    curl_set_number(curl, CURLOPT_FOLLOWLOCATION, 1)
    curl_set_number(curl, CURLOPT_MAXREDIRS, 5)
    curl_set_number(curl, CURLOPT_NOSIGNAL, 1)
    curl_set_number(curl, CURLOPT_CONNECTTIMEOUT, connectSeconds)
    curl_set_number(curl, CURLOPT_LOW_SPEED_LIMIT, 1)
    curl_set_number(curl, CURLOPT_LOW_SPEED_TIME, stallSeconds)
    curl_set_text(curl, CURLOPT_USERAGENT, "neural-homework")
    if let host = URL(string: url)?.host(), ["localhost", "127.0.0.1", "::1"].contains(host) {
      curl_set_text(curl, CURLOPT_PROXY, "")  // a proxy has another loopback
    }
    if start > 0 { curl_set_text(curl, CURLOPT_RANGE, "\(start)-") }

    return withoutActuallyEscaping(progress) { progress in
      let sink = Sink(curl, descriptor: descriptor, start: start, limit: byteCount, progress: progress)
      curl_set_pointer(curl, CURLOPT_WRITEDATA, Unmanaged.passUnretained(sink).toOpaque())
      curl_set_writer(curl) { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        let sink = Unmanaged<Sink>.fromOpaque(context).takeUnretainedValue()
        return sink.take(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
      }
      let code = withExtendedLifetime(sink) { curl_easy_perform(curl) }
      return sink.failure ?? outcome(code, status: curl_status(curl))
    }
  }

  private func outcome(_ code: CURLcode, status: Int) -> Outcome {
    let message = String(cString: curl_easy_strerror(code))
    switch code {
    case CURLE_OK: break
    case CURLE_WRITE_ERROR: return outcome(CURLE_OK, status: status)  // the sink takes nothing of an error's page
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT:
      return .unreachable(message.lowercasedFirst)
    case CURLE_OPERATION_TIMEDOUT: return .interrupted("no data for \(stallSeconds) s")
    case CURLE_PARTIAL_FILE: return .interrupted("the transfer was cut short")
    case CURLE_TOO_MANY_REDIRECTS, CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT, CURLE_PEER_FAILED_VERIFICATION,
      CURLE_SSL_CACERT_BADFILE:
      return .refused(message.lowercasedFirst)
    default: return .interrupted(message.lowercasedFirst)
    }
    switch status {
    case 200, 206: return .done
    case 408, 416, 425, 429, 500...599: return .interrupted("HTTP status \(status)")
    default: return .refused("HTTP status \(status)")
    }
  }

  /// Where the body goes.
  private final class Sink {
    private let curl: UnsafeMutableRawPointer
    private let descriptor: Int32
    private let start: Int, limit: Int
    private let progress: (Int) -> Void
    /// Where the next byte goes; nil before the first one.
    private var position: Int?
    private(set) var failure: Outcome?

    init(
      _ curl: UnsafeMutableRawPointer, descriptor: Int32, start: Int, limit: Int, progress: @escaping (Int) -> Void
    ) {
      (self.curl, self.descriptor, self.start, self.limit) = (curl, descriptor, start, limit)
      self.progress = progress
    }

    /// Writes bytes in their place; false to end the transfer.
    func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
      guard let position = position ?? begin() else { return false }
      guard bytes.count <= limit - position else {
        failure = .wrong("more than \(limit) bytes")
        return false
      }
      guard pwrite(descriptor, bytes.baseAddress, bytes.count, off_t(position)) == bytes.count else {
        failure = .unwritable(String(cString: strerror(errno)))
        return false
      }
      self.position = position + bytes.count
      progress(position + bytes.count)
      return true
    }

    /// Where the first byte belongs, by what the server says that it sends.
    private func begin() -> Int? {
      switch curl_status(curl) {
      case 200: return ftruncate(descriptor, 0) == 0 ? 0 : nil
      case 206:
        var header: UnsafeMutablePointer<curl_header>?
        let code = curl_easy_header(curl, "Content-Range", 0, UInt32(CURLH_HEADER), -1, &header)
        let range = code == CURLHE_OK ? header.map { String(cString: $0.pointee.value) } ?? "" : ""
        if range.hasPrefix("bytes \(start)-") { return start }
        failure = .wrong("another part than the one asked for")
        return nil
      default: return nil
      }
    }
  }
}

extension String {
  /// libcurl's sentences in the middle of ours.
  fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
