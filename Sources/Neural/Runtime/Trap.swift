import CCore

/// Stops the program for a mistake in the mathematics: shapes or dtypes that do not fit together.
///
/// `fatalError` is used because it prints in optimised builds too, where `precondition` loses its message.
@inline(never)
package func trap(_ operation: String, _ message: String) -> Never {
  let place = ModuleCall.current.map { " (in \($0.path))" } ?? ""
  fatalError("\(operation): \(message)\(place)")
}

/// Traps unless the condition holds; the message is built only then.
@inline(__always)
func require(_ condition: Bool, _ operation: String, _ message: @autoclosure () -> String) {
  if !condition { trap(operation, message()) }
}

/// Traps unless a CCore call went well. Ops check their arguments first, so this is the second line of defence.
@inline(__always)
func check(_ status: cc_status, _ operation: String, _ message: @autoclosure () -> String = "") {
  if status != CC_OK {
    let detail = message()
    trap(operation, String(cString: cc_status_text(status)) + (detail.isEmpty ? "" : ": " + detail))
  }
}
