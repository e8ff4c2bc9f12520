import Foundation

/// A file as it was published.
public struct PublishedFile: Sendable, Hashable {
  /// Its name on every mirror, and here.
  public var name: String
  /// Its size.
  public var byteCount: Int
  /// Its MD5 digest in hexadecimal.
  public var md5: String

  /// A file to download.
  public init(name: String, byteCount: Int, md5: String) {
    (self.name, self.byteCount, self.md5) = (name, byteCount, md5)
  }
}

/// A data set that can be downloaded, and from where.
public struct PublishedDataset: Sendable {
  /// `MNIST`.
  public var title: String
  /// The folder in the data folder that its files go to.
  public var folder: String
  /// Where the files are, best first; each ends in a slash.
  public var mirrors: [String]
  /// The files to download.
  public var files: [PublishedFile]
  /// If the file is a packed archive (`.tar.gz`): what to take out of it. Nothing else is unpacked.
  public var members: [Member]

  /// A file in an archive.
  public struct Member: Sendable, Hashable {
    /// Its path in the archive; here it has the last part of it as its name.
    public var path: String
    /// Its size.
    public var byteCount: Int

    /// A file to unpack.
    public init(path: String, byteCount: Int) { (self.path, self.byteCount) = (path, byteCount) }
  }

  /// A data set of single files, or of one archive.
  public init(
    title: String, folder: String, mirrors: [String], files: [PublishedFile], members: [Member] = []
  ) {
    (self.title, self.folder, self.mirrors, self.files, self.members) = (title, folder, mirrors, files, members)
  }

  /// The MNIST handwritten digits, 11.6 MB.
  public static let mnist = PublishedDataset(
    title: "MNIST", folder: "mnist",
    mirrors: [
      "https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ],
    files: [
      PublishedFile(
        name: "train-images-idx3-ubyte.gz", byteCount: 9_912_422, md5: "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
      PublishedFile(name: "train-labels-idx1-ubyte.gz", byteCount: 28_881, md5: "d53e105ee54ea40749a09fcbcd1e9432"),
      PublishedFile(name: "t10k-images-idx3-ubyte.gz", byteCount: 1_648_877, md5: "9fb629c4189551a2d022fa330f9573f3"),
      PublishedFile(name: "t10k-labels-idx1-ubyte.gz", byteCount: 4_542, md5: "ec29112dd5afa0611ce80d1b7f02629c"),
    ])

  /// The CIFAR-10 photographs, binary version: an archive of 170 MB with six batches of 31 MB.
  public static let cifar10 = PublishedDataset(
    title: "CIFAR-10", folder: "cifar10", mirrors: ["https://www.cs.toronto.edu/~kriz/"],
    files: [
      PublishedFile(
        name: "cifar-10-binary.tar.gz", byteCount: 170_052_171, md5: "c32a1d4ab5d03f1284b67883e8d87530")
    ],
    members: ((1...5).map { "data_batch_\($0)" } + ["test_batch"]).map {
      Member(path: "cifar-10-batches-bin/\($0).bin", byteCount: 30_730_000)
    })
}
