/// Bytes that come in order, from a file as it is or from what a gzip file unpacks to.
protocol ByteSource: AnyObject {
  /// No more than this many bytes can come in all. It bounds buffers by what the file can really hold,
  /// whatever its header claims.
  var byteBound: Int { get }

  /// Fills `buffer` with the next bytes and returns how many: fewer than it holds only at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int

  /// After the last byte: throws if the content was cut short in a way that its packing reveals.
  func checkEnd() throws(DatasetError)
}

extension ByteSource {
  /// The next `count` bytes, or fewer at the end of the content.
  func read(_ count: Int) throws(DatasetError) -> [UInt8] {
    // The initialiser's closure cannot throw a typed error: it hands the outcome out instead.
    var outcome = Result<Int, DatasetError>.success(0)
    let bytes = [UInt8](unsafeUninitializedCapacity: min(count, byteBound)) { buffer, filled in
      do throws(DatasetError) {
        filled = try read(into: UnsafeMutableRawBufferPointer(buffer))
      } catch {
        outcome = .failure(error)
      }
    }
    _ = try outcome.get()
    return bytes
  }
}
