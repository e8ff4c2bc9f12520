/// Why a figure was not drawn. Descriptions are one line.
public enum PlotError: Error, Sendable, Hashable, CustomStringConvertible {
  /// gnuplot is not among the programs of `PATH`.
  case missingGnuplot
  /// gnuplot ran and drew nothing; `reason` is its own message.
  case gnuplot(reason: String)
  /// The file's name ends neither in `.png` nor in `.svg`.
  case unknownFormat(path: String)
  /// The file cannot be written.
  case unwritable(path: String)

  /// One line, without a full stop.
  public var description: String {
    switch self {
    case .missingGnuplot:
      "figures need gnuplot, which is not installed; to get it: apt-get install gnuplot-nox"
    case .gnuplot(let reason): "gnuplot: \(reason)"
    case .unknownFormat(let path): "\(path): a figure's name ends in .png or .svg"
    case .unwritable(let path): "\(path): the figure cannot be written"
    }
  }
}
