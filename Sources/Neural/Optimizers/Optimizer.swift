import CCore

/// Changes parameters by their gradients. Subclasses say how one parameter is updated; this class holds which, with what
/// settings, and what is remembered about them.
///
/// An optimizer of your own overrides ``update(_:gradient:state:step:group:)``:
///
/// ```swift
/// final class SignDescent: Optimizer {
///   override func update(
///     _ value: inout Tensor, gradient: Tensor, state: inout [Tensor], step: Int, group: ParameterGroup
///   ) { value -= group.learningRate * gradient.sign() }
/// }
/// ```
open class Optimizer {
  /// What one parameter's updates remember.
  struct Slot {
    let name: String, parameter: Parameter, group: Int
    var step = 0
    /// One tensor of the parameter's shape for each of `stateNames`; none before the first update.
    var state: [Tensor] = []
  }

  /// The parameters by group: the first has those that no pattern has claimed. Schedules change its learning rates.
  public final var groups: [ParameterGroup]
  /// Number of calls of ``step()`` so far.
  public internal(set) final var stepCount = 0
  /// What is remembered for each parameter: `velocity`, …
  let stateNames: [String]
  // In the order of addresses: whoever locks several parameters locks them in this order.
  final var slots: [Slot] = []

  /// An optimizer of all parameters of a model.
  ///
  /// - Parameters:
  ///   - model: its parameters are optimized, those it has now.
  ///   - learningRate: of all parameters for which no group has another; at least 0.
  ///   - weightDecay: likewise.
  ///   - groups: settings of parameters chosen by name; a parameter belongs to the first group that claims it. A pattern
  ///     that fits no parameter traps.
  ///   - stateNames: what is remembered for each parameter, as a tensor of its shape that begins at zero.
  public init(
    _ model: Module, learningRate: Double, weightDecay: Double = 0, groups: [ParameterSettings] = [],
    stateNames: [String] = []
  ) {
    self.stateNames = stateNames
    self.groups = []
    self.groups = ParameterGroup.groups(
      of: model, groups, learningRate: learningRate, weightDecay: weightDecay, for: "\(Self.self)")
    slots = self.groups.enumerated().flatMap { number, group in
      group.parameters.map { Slot(name: $0.name, parameter: $0.parameter, group: number) }
    }
    slots.sort { ObjectIdentifier($0.parameter) < ObjectIdentifier($1.parameter) }
  }

  /// What is optimized, by name.
  public final var parameters: [(name: String, parameter: Parameter)] { groups.flatMap(\.parameters) }

  /// Of the first group; setting it sets that of all groups.
  public final var learningRate: Double {
    get { groups[0].learningRate }
    set { for index in groups.indices { groups[index].learningRate = newValue } }
  }

  /// Updates every parameter that has a gradient and is not frozen.
  public final func step() {
    for group in groups.indices {
      let active = slots.indices.filter { slots[$0].group == group && slots[$0].parameter.requiresGrad }
      if let rule = rule(for: groups[group]) { run(rule, active) } else { runUpdates(active) }
    }
    stepCount += 1
  }

  /// Forgets the gradients of all parameters.
  public final func zeroGrad() { for slot in slots { slot.parameter.grad = nil } }

  /// Updates one parameter.
  ///
  /// - Parameters:
  ///   - value: the parameter; its shape and dtype stay.
  ///   - gradient: of the same shape and dtype.
  ///   - state: one tensor for each state name, zero at first.
  ///   - step: how often this parameter has been updated, this time included.
  ///   - group: has the learning rate and the weight decay.
  open func update(
    _ value: inout Tensor, gradient: Tensor, state: inout [Tensor], step: Int, group: ParameterGroup
  ) {
    trap("\(Self.self)", "does not override update(_:gradient:state:step:group:)")
  }

  /// CCore's settings if one of its rules does the update.
  func rule(for group: ParameterGroup) -> cc_optimizer_settings? { nil }

  private func runUpdates(_ active: [Int]) {
    for index in active {
      guard let gradient = slots[index].parameter.grad else { continue }
      prepare(&slots[index])
      let group = groups[slots[index].group]
      slots[index].parameter.update { value in
        let (shape, dtype) = (value.shape, value.dtype)
        noGrad {
          update(&value, gradient: gradient, state: &slots[index].state, step: slots[index].step, group: group)
        }
        require(
          value.shape == shape && value.dtype == dtype, "\(Self.self)",
          "update made \(value.dtype) \(value.shape) of \(slots[index].name), \(dtype) \(shape)")
        value = value.rowMajor
      }
    }
  }

  /// One call of CCore for all parameters of a group. Each is locked meanwhile: readers see it before or after the step.
  private func run(_ rule: cc_optimizer_settings, _ active: [Int]) {
    var gradients: [Tensor] = []
    var entries: [cc_optimizer_parameter] = []
    gradients.reserveCapacity(active.count)
    entries.reserveCapacity(active.count)
    func lock(from position: Int) {
      guard position < active.count else {
        withUnsafePointer(to: rule) { check(cc_optimizer_step($0, entries.count, entries), "\(Self.self)") }
        return
      }
      let index = active[position]
      guard let gradient = slots[index].parameter.grad else { return lock(from: position + 1) }
      gradients.append(gradient)
      prepare(&slots[index])
      slots[index].parameter.update { value in
        value.makeUnique()
        entries.append(entry(slots[index], gradient, value))
        lock(from: position + 1)
      }
    }
    lock(from: 0)
  }

  private func prepare(_ slot: inout Slot) {
    slot.step += 1
    if slot.state.isEmpty, !stateNames.isEmpty {
      let value = slot.parameter.value
      slot.state = stateNames.map { _ in Tensor.zeros(value.shape, dtype: value.dtype) }
    }
    for index in slot.state.indices { slot.state[index].makeUnique() }
  }

  private func entry(_ slot: Slot, _ gradient: Tensor, _ value: Tensor) -> cc_optimizer_parameter {
    func state(_ index: Int) -> UnsafeMutableRawPointer? {
      index < slot.state.count ? slot.state[index].pointer : nil
    }
    return cc_optimizer_parameter(
      dtype: value.dtype.c, count: value.count, step: Int64(slot.step), gradient: gradient.pointer,
      weights: value.pointer, state: (state(0), state(1), state(2)))
  }
}
