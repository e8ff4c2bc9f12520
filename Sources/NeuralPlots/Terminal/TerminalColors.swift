import Foundation

/// The colours that a terminal can show.
public enum TerminalColors: Sendable {
  /// None: a pipe, a file, NO_COLOR, or a terminal that says so.
  case none
  /// xterm's 256: a cube of 6 × 6 × 6 and 24 greys.
  case palette256
  /// 8 bits each of red, green and blue.
  case trueColor

  /// What standard output can show.
  public static var standardOutput: TerminalColors {
    detect(environment: ProcessInfo.processInfo.environment, isTerminal: isatty(STDOUT_FILENO) == 1)
  }

  /// From the variables NO_COLOR (https://no-color.org), COLORTERM and TERM.
  static func detect(environment: [String: String], isTerminal: Bool) -> TerminalColors {
    guard isTerminal, (environment["NO_COLOR"] ?? "").isEmpty else { return .none }
    if ["truecolor", "24bit"].contains(environment["COLORTERM"]) { return .trueColor }
    let terminal = environment["TERM"] ?? ""
    if terminal.hasSuffix("-direct") { return .trueColor }
    return terminal.contains("256color") ? .palette256 : .none
  }
}
