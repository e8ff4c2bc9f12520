/// Whether operations are recorded for differentiation.
public enum GradientMode {
  /// True unless inside ``noGrad(_:)``.
  @TaskLocal public static var isEnabled = true
}

/// Runs `body` without recording: results have no history, whatever their inputs are.
public func noGrad<Result>(_ body: () throws -> Result) rethrows -> Result {
  try GradientMode.$isEnabled.withValue(false, operation: body)
}
