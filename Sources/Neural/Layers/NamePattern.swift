/// Chooses parameters by name: `*` stands for any characters, dots included, `?` for one; all others for themselves.
///
/// ```swift
/// model.freeze("conv*")
/// model.freeze("*.bias")
/// ```
public struct NamePattern: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The pattern as it was written.
  public let description: String

  /// A pattern from text.
  public init(_ pattern: String) { description = pattern }

  /// A pattern as a literal.
  public init(stringLiteral pattern: String) { self.init(pattern) }

  /// Whether the whole name fits.
  public func matches(_ name: String) -> Bool {
    // Where the last star may take one character more, if what follows it does not fit.
    let pattern = Array(description), name = Array(name)
    var (p, n) = (0, 0)
    var retry: (pattern: Int, name: Int)?
    while n < name.count {
      if p < pattern.count, pattern[p] == "*" {
        retry = (p + 1, n)
        p += 1
      } else if p < pattern.count, pattern[p] == "?" || pattern[p] == name[n] {
        (p, n) = (p + 1, n + 1)
      } else if let place = retry {
        (p, n) = (place.pattern, place.name + 1)
        retry = (p, n)
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == "*" }
  }
}
