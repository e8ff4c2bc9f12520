/// Whether operations are recorded for differentiation.
public enum GradientMode {
  /// True unless inside ``noGrad(_:)``.
  @TaskLocal public static var isEnabled = true

  /// Whether operations are recorded, for differentiation or by a ``Trace``.
  static var isRecording: Bool { isEnabled || Trace.Listener.current != nil }
}

/// Runs `body` without recording: results have no history, whatever their inputs are.
public func noGrad<Result>(_ body: () throws -> Result) rethrows -> Result {
  try GradientMode.$isEnabled.withValue(false, operation: body)
}
