import CPNG
import Foundation

extension Picture {
  /// Reads a PNG file, of any kind that libpng reads, as 8-bit grey or colour.
  ///
  /// Palettes become colours, 16 bits become the nearest 8, transparency is dropped: colours are taken as if they were
  /// opaque. ``notes`` tells of all three.
  /// - Parameters:
  ///   - url: a regular file; its content decides, not its name.
  ///   - limit: the most pixels to accept. A header that claims more than a file of this size can hold is an error too.
  /// - Throws: `missingFile`, `unreadable`, `oversized`; `badPNG` with libpng's reason, or the name of the format it is.
  public init(png url: URL, limit: Int = 1 << 27) throws(DatasetError) {
    let file = try InputFile(url), path = file.path
    guard file.byteBound <= 8 * limit else { throw .oversized(path: path, limit: 8 * limit) }
    let bytes = try file.read(file.byteBound)
    if let format = Self.otherFormat(bytes) { throw .badPNG(path: path, reason: "it is a \(format) image") }

    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    // The control structure keeps a pointer to `bytes`: all of the reading happens while it is valid.
    let outcome = bytes.withUnsafeBytes { bytes -> Result<[UInt8], DatasetError> in
      guard png_image_begin_read_from_memory(&image, bytes.baseAddress, bytes.count) != 0 else {
        return .failure(.badPNG(path: path, reason: Self.message(image)))
      }
      // Deflate's densest code is 258 bytes in 2 bits; the smallest pixel has 1 bit.
      let count = Int(image.width) * Int(image.height)
      guard count <= limit, count / (8 * 1032) <= bytes.count else {
        return .failure(.oversized(path: path, limit: limit))
      }
      Self.chooseFormat(&image)
      var content = [UInt8](repeating: 0, count: count * Self.planes(image))
      let isRead = content.withUnsafeMutableBytes { png_image_finish_read(&image, nil, $0.baseAddress, 0, nil) != 0 }
      return isRead ? .success(content) : .failure(.badPNG(path: path, reason: Self.message(image)))
    }
    let source = Self.header(bytes)
    let content = try outcome.get()
    let (stored, isColor) = (Self.planes(image), image.format & UInt32(PNG_FORMAT_FLAG_COLOR) != 0)
    let channels = isColor ? 3 : 1, size = Int(image.width) * Int(image.height)
    let pixels = [UInt8](unsafeUninitializedCapacity: channels * size) { planes, count in
      for channel in 0..<channels {
        for index in 0..<size { planes[channel * size + index] = content[index * stored + channel] }
      }
      count = channels * size
    }
    var notes: [String] = []
    if source.colorType == 3 { notes.append("palette converted to colours") }
    if source.depth == 16 { notes.append("16 bits converted to 8") }
    if stored > channels { notes.append("transparency dropped") }
    self.init(
      channels: channels, height: Int(image.height), width: Int(image.width), pixels: pixels, notes: notes)
  }

  /// Writes an 8-bit grey or colour PNG file. It appears complete or not at all.
  /// - Throws: `unwritable`.
  public func write(png url: URL) throws(DatasetError) {
    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    (image.width, image.height) = (UInt32(width), UInt32(height))
    image.format = UInt32(channels == 3 ? PNG_FORMAT_FLAG_COLOR : 0)
    defer { png_image_free(&image) }
    let size = height * width
    var content = [UInt8](repeating: 0, count: pixels.count)
    for channel in 0..<channels {
      for index in 0..<size { content[index * channels + channel] = pixels[channel * size + index] }
    }
    // A bound for the file: zlib adds little to what it cannot pack.
    var count = pixels.count + pixels.count / 256 + 64 * height + 4096
    var file = [UInt8](repeating: 0, count: count)
    guard png_image_write_to_memory(&image, &file, &count, 0, content, 0, nil) != 0 else {
      throw .unwritable(path: url.displayPath, reason: Self.message(image))
    }
    try Data(file[..<count]).put(url)
  }

  /// 8 bits per channel, grey or colour as the file has it; transparency is kept here, or libpng would blend it.
  private static func chooseFormat(_ image: inout png_image) {
    image.format &= UInt32(PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA)
    // Values as they are: libpng takes 16 bits without a remark on gamma for light, not for brightness.
    image.flags |= UInt32(PNG_IMAGE_FLAG_16BIT_sRGB)
  }

  /// Bytes per pixel of a chosen format.
  private static func planes(_ image: png_image) -> Int {
    (image.format & UInt32(PNG_FORMAT_FLAG_COLOR) != 0 ? 3 : 1)
      + (image.format & UInt32(PNG_FORMAT_FLAG_ALPHA) != 0 ? 1 : 0)
  }

  /// Bit depth and colour type: bytes 24 and 25 of every PNG file that libpng accepts.
  private static func header(_ bytes: [UInt8]) -> (depth: UInt8, colorType: UInt8) {
    bytes.count > 25 ? (bytes[24], bytes[25]) : (0, 0)
  }

  private static func message(_ image: png_image) -> String {
    withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  /// What an image file that is not PNG is, from its first bytes.
  private static func otherFormat(_ bytes: [UInt8]) -> String? {
    let signatures: [(String, [UInt8])] = [
      ("JPEG", [0xFF, 0xD8, 0xFF]), ("GIF", Array("GIF8".utf8)), ("BMP", Array("BM".utf8)),
      ("WebP", Array("RIFF".utf8)), ("TIFF", [0x49, 0x49, 0x2A, 0]), ("TIFF", [0x4D, 0x4D, 0, 0x2A]),
    ]
    return signatures.first { bytes.starts(with: $0.1) }?.0
  }
}

extension Data {
  /// Writes a file that appears complete or not at all.
  func put(_ url: URL) throws(DatasetError) {
    do {
      try write(to: url, options: .atomic)
    } catch {
      let systemError = (error as? CocoaError)?.underlying as? POSIXError
      throw .unwritable(
        path: url.displayPath,
        reason: systemError.map { String(cString: strerror($0.code.rawValue)) } ?? error.localizedDescription)
    }
  }
}
