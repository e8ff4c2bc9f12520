/// Changes parameters by their gradients. Subclasses say how one parameter is updated; this class holds which, and what
/// is remembered about them.
///
/// State is kept under parameter names, so it can be saved with a model and loaded into another process.
open class Optimizer {
  /// Multiplies every update. Schedules change it between steps.
  public final var learningRate: Double
  /// What is optimized, by name.
  public let parameters: [(name: String, parameter: Parameter)]
  /// Number of updates so far.
  public private(set) final var stepCount = 0
  /// Tensors that the update rule remembers, by `name.kind`: `conv1.weight.velocity`.
  public final var state: [String: Tensor] = [:]

  /// An optimizer of all parameters of a model. A learning rate below 0 traps.
  public init(_ model: Module, learningRate: Double) {
    require(learningRate >= 0, "\(Self.self)", "learning rate \(learningRate) is negative")
    self.learningRate = learningRate
    parameters = model.namedParameters()
  }

  /// Updates every parameter that has a gradient.
  public final func step() {
    for (name, parameter) in parameters where parameter.requiresGrad {
      guard let gradient = parameter.grad else { continue }
      update(name, parameter, gradient)
    }
    stepCount += 1
  }

  /// Forgets the gradients of all parameters.
  public final func zeroGrad() { for (_, parameter) in parameters { parameter.grad = nil } }

  /// Updates one parameter. `gradient` has its shape and dtype, in row-major order.
  open func update(_ name: String, _ parameter: Parameter, _ gradient: Tensor) {
    trap("\(Self.self)", "does not override update(_:_:_:)")
  }
}
