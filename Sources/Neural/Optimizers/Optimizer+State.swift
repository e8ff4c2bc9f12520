// What an optimizer remembers, as tensors: for each parameter that has been updated `conv1.weight.step` (int64) and one
// tensor for each state name, `conv1.weight.velocity`; and `stepCount` and `learningRates`.
extension Optimizer {
  /// What is remembered about the parameters, and the present learning rate of each group. The settings are not in it.
  public final func stateDict() -> StateDict {
    var tensors: [String: Tensor] = [
      "stepCount": Tensor(Double(stepCount), dtype: .int64), "learningRates": Tensor(groups.map(\.learningRate)),
    ]
    for slot in slots where slot.step > 0 {
      tensors[slot.name + ".step"] = Tensor(Double(slot.step), dtype: .int64)
      for (name, tensor) in zip(stateNames, slot.state) { tensors["\(slot.name).\(name)"] = tensor }
    }
    return StateDict(tensors, metadata: ["optimizer": "\(Self.self)"])
  }

  /// Sets what is remembered to saved values. Nothing is changed if an error is thrown.
  ///
  /// - Throws: ``CheckpointError/incompatible(reason:)`` for the state of another kind of optimizer or other groups, one
  ///   ``CheckpointError/mismatch(_:)`` for that of other parameters.
  public final func load(_ state: StateDict) throws(CheckpointError) {
    let type = "\(Self.self)"
    guard state.metadata["optimizer"] == type else {
      throw .incompatible(reason: "its optimizer is \(state.metadata["optimizer"] ?? "missing"), this one is \(type)")
    }
    guard let count = state.tensors["stepCount"].flatMap(Optimizer.count), let rates = state.tensors["learningRates"],
      rates.dtype == .float64, rates.shape == [groups.count]
    else {
      throw .incompatible(reason: "its optimizer does not have \(groups.count) parameter groups and a number of steps")
    }
    var expected: [String: Shape] = ["stepCount": [], "learningRates": [groups.count]]
    var order: [String] = []
    for (name, parameter) in parameters {
      // Without its number of steps a parameter has never been updated, and then there is nothing else of it.
      guard let step = state.tensors[name + ".step"] else { continue }
      guard Optimizer.count(step) != nil else {
        throw .incompatible(reason: "\(name).step is \(step.dtype) \(step.shape), not a number of steps")
      }
      expected[name + ".step"] = []
      for stateName in stateNames {
        expected["\(name).\(stateName)"] = parameter.shape
        order.append("\(name).\(stateName)")
      }
    }
    let mismatch = CheckpointError.Mismatch(expected: expected, order: order, found: state, strict: true)
    guard mismatch.isEmpty else { throw .mismatch(mismatch) }

    stepCount = count
    for (index, rate) in rates.array(Double.self).enumerated() { groups[index].learningRate = rate }
    for index in slots.indices {
      let (name, dtype) = (slots[index].name, slots[index].parameter.value.dtype)
      slots[index].step = state.tensors[name + ".step"].flatMap(Optimizer.count) ?? 0
      slots[index].state = stateNames.compactMap { state.tensors["\(name).\($0)"]?.cast(to: dtype) }
    }
  }

  private static func count(_ tensor: Tensor) -> Int? {
    guard tensor.dtype == .int64, tensor.count == 1, tensor.item(Int.self) >= 0 else { return nil }
    return tensor.item(Int.self)
  }
}
