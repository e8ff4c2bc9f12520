import Foundation

/// A data set of PNG files in a folder per class.
///
/// ```
/// flowers/train/daisy/1.png   flowers/test/daisy/7.png
/// flowers/train/tulip/4.png   flowers/test/tulip/9.png
/// ```
///
/// The classes are the folders' names, sorted; the images of a class come in the order of their names. Hidden files and
/// folders are passed over, and files that do not end in `.png`.
public enum ImageFolder {
  /// Reads all images below `directory/split`, or, for no split, below `directory` itself.
  /// - Parameters:
  ///   - directory: the data set's folder.
  ///   - split: which part; nil for a folder that is not split.
  ///   - size: what to resize every image to. By default they must all be of one size.
  ///   - channels: 1 or 3 to make every image grey or colour. By default grey if all are.
  /// - Throws: `missingFolder`, what ``Picture/init(png:limit:)`` throws; `badFolder` if there are no classes, more
  ///   than 256, or one without images, or if the images differ in size.
  public static func load(
    _ directory: URL, split: DataSplit? = nil, size: (height: Int, width: Int)? = nil, channels: Int? = nil
  ) throws(DatasetError) -> LabeledImages {
    let root = split.map { directory.appending(path: $0.rawValue) } ?? directory
    let classes = try root.entries().filter(\.isFolder)
    guard (1...256).contains(classes.count) else {
      throw .badFolder(
        path: root.displayPath, reason: "1 to 256 folders expected, one per class, found \(classes.count)")
    }
    var pictures: [Picture] = [], labels: [UInt8] = [], first: URL?
    for (label, folder) in classes.enumerated() {
      let files = try folder.url.entries().filter { !$0.isFolder }
      let images = files.filter { $0.url.pathExtension.lowercased() == "png" }
      guard !images.isEmpty else {
        throw .badFolder(
          path: folder.url.displayPath,
          reason: "no .png files, and \(files.count) other file\(files.count == 1 ? "" : "s")")
      }
      for file in images {
        var picture = try Picture(png: file.url)
        if let size { picture = picture.resized(height: size.height, width: size.width) }
        if let channels { picture = channels == 1 ? picture.grey : picture.color }
        if let other = pictures.first, let first, (other.height, other.width) != (picture.height, picture.width) {
          throw .badFolder(
            path: file.url.displayPath,
            reason: "\(other.width) × \(other.height) pixels expected, as in \(first.displayPath), "
              + "found \(picture.width) × \(picture.height); give a size to resize all to")
        }
        first = first ?? file.url
        pictures.append(picture)
        labels.append(UInt8(label))
      }
    }
    let hasColor = pictures.contains { $0.channels == 3 }
    return LabeledImages(
      unchecked: root.lastPathComponent, channels: hasColor ? 3 : 1, height: pictures[0].height,
      width: pictures[0].width, classNames: classes.map(\.url.lastPathComponent),
      pixels: pictures.flatMap { hasColor ? $0.color.pixels : $0.pixels }, labels: labels)
  }
}
