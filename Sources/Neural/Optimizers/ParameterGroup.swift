/// Settings for the parameters of an optimizer whose names fit a pattern.
///
/// ```swift
/// let optimizer = SGD(model, learningRate: 0.1, weightDecay: 1e-4, groups: [.init("*.bias", weightDecay: 0)])
/// ```
public struct ParameterSettings: Sendable, Hashable {
  /// Which parameters: see ``NamePattern``.
  public var pattern: NamePattern
  /// Instead of the optimizer's; nil leaves that.
  public var learningRate: Double?, weightDecay: Double?

  /// Parameters by pattern, and what is different for them.
  public init(_ pattern: NamePattern, learningRate: Double? = nil, weightDecay: Double? = nil) {
    (self.pattern, self.learningRate, self.weightDecay) = (pattern, learningRate, weightDecay)
  }
}

/// Parameters of an optimizer that share their settings.
public struct ParameterGroup {
  /// By name.
  public let parameters: [(name: String, parameter: Parameter)]
  /// The learning rate that the group began with: what schedules start from.
  public let baseLearningRate: Double
  /// Multiplies every update. Schedules change it between steps.
  public var learningRate: Double
  /// How strongly the parameters are pulled to 0.
  public var weightDecay: Double

  static func groups(
    of model: Module, _ settings: [ParameterSettings], learningRate: Double, weightDecay: Double, for optimizer: String
  ) -> [ParameterGroup] {
    var members = [[(name: String, parameter: Parameter)]](repeating: [], count: settings.count + 1)
    for entry in model.namedParameters() {
      let claim = settings.firstIndex { $0.pattern.matches(entry.name) }
      members[claim.map { $0 + 1 } ?? 0].append(entry)
    }
    let all = [ParameterSettings("*")] + settings
    return zip(all, members).enumerated().map { number, group in
      let (settings, members) = group
      require(
        number == 0 || !members.isEmpty, optimizer, "no parameter is left for the group \"\(settings.pattern)\"")
      let rate = settings.learningRate ?? learningRate, decay = settings.weightDecay ?? weightDecay
      require(rate >= 0, optimizer, "learning rate \(rate) is negative")
      require(decay >= 0, optimizer, "weight decay \(decay) is negative")
      return ParameterGroup(parameters: members, baseLearningRate: rate, learningRate: rate, weightDecay: decay)
    }
  }
}
