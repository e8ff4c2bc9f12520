import Neural

/// A node whose output is still without a name.
struct LastNode {
  var type: String, inputs: [String]
  var attributes: [Onnx_AttributeProto] = []
}

/// What Neural's operations are in ONNX (https://onnx.ai/onnx/operators, operator set 17).
extension GraphBuilder {
  /// Operations that have a counterpart with the same inputs and no settings.
  private static let counterparts = [
    "relu": "Relu", "tanh": "Tanh", "sigmoid": "Sigmoid", "matmul": "MatMul",
    "negate": "Neg", "abs": "Abs", "sign": "Sign", "sqrt": "Sqrt", "reciprocal": "Reciprocal", "exp": "Exp",
    "log": "Log",
    "sin": "Sin", "cos": "Cos", "tan": "Tan", "asin": "Asin", "acos": "Acos", "atan": "Atan", "sinh": "Sinh",
    "cosh": "Cosh", "asinh": "Asinh", "acosh": "Acosh", "atanh": "Atanh", "erf": "Erf", "floor": "Floor",
    "ceil": "Ceil", "rounded": "Round", "divide": "Div", "pow": "Pow", "maximum": "Max", "minimum": "Min",
  ]

  /// The last node of an operation; those before it are added.
  mutating func translate(
    _ operation: Trace.Operation, _ number: Int, _ x: [String]
  ) throws(ONNXError) -> LastNode {
    if let type = Self.counterparts[operation.name] { return LastNode(type: type, inputs: x) }
    if let node = try layer(operation, x) { return node }
    if let node = activation(operation, x) { return node }
    if let node = arithmetic(operation, x) { return node }
    if let node = shape(operation, number, x) { return node }
    throw .unsupported(operation: operation.name, module: operation.path)
  }

  private mutating func layer(_ operation: Trace.Operation, _ x: [String]) throws(ONNXError) -> LastNode? {
    func integers(_ name: String, _ key: String) -> Onnx_AttributeProto { .integers(name, operation.integers(key)) }
    let windows = [integers("strides", "strides"), integers("pads", "pads")]
    switch operation.name {
    case "linear": return LastNode(type: "Gemm", inputs: x, attributes: [.integer("transB", 1)])
    case "conv2d", "convTranspose2d":
      let groups = Onnx_AttributeProto.integer("group", operation.integers("groups")[0])
      let common = windows + [integers("dilations", "dilations"), groups]
      if operation.name == "conv2d" { return LastNode(type: "Conv", inputs: x, attributes: common) }
      return LastNode(
        type: "ConvTranspose", inputs: x, attributes: common + [integers("output_padding", "outputPadding")])
    case "maxPool2d", "avgPool2d":
      let kernel = operation.integers("kernel"), divisor = operation.integers("divisor")[0]
      var attributes =
        windows + [.integers("kernel_shape", kernel), .integer("ceil_mode", operation.flag("ceils") ? 1 : 0)]
      if operation.name == "maxPool2d" { return LastNode(type: "MaxPool", inputs: x, attributes: attributes) }
      attributes.append(.integer("count_include_pad", operation.flag("excludesPadding") && divisor == 0 ? 0 : 1))
      if divisor == 0 { return LastNode(type: "AveragePool", inputs: x, attributes: attributes) }
      // A divisor of one's own undoes the division by the window's size, which is the same everywhere only if no
      // window hangs over the edge.
      if operation.flag("ceils") {
        throw .unsupported(operation: "divisorOverride with ceilMode", module: operation.path)
      }
      let mean = append("AveragePool", x, attributes, path: operation.modulePath)
      let scale = self.number(Double(kernel[0] * kernel[1]) / Double(divisor), of: operation)
      return LastNode(type: "Mul", inputs: [mean, scale])
    case "batchNorm":
      guard let mean = operation.tensor("mean"), let variance = operation.tensor("variance") else { return nil }
      let parameters = affine(operation, x, mean.shape)
      let moments = [(mean, "running_mean"), (variance, "running_var")].map {
        constant($0.cast(to: operation.dtype), operation.member($1))
      }
      return LastNode(
        type: "BatchNormalization", inputs: [x[0]] + parameters + moments,
        attributes: [.number("epsilon", operation.numbers("epsilon")[0])])
    case "layerNorm":
      let shape = Shape(operation.integers("shape"))
      return LastNode(
        type: "LayerNormalization", inputs: [x[0]] + affine(operation, x, shape),
        attributes: [.integer("axis", -shape.rank), .number("epsilon", operation.numbers("epsilon")[0])])
    case "softmax": return LastNode(type: "Softmax", inputs: x, attributes: [.integer("axis", -1)])
    case "logSoftmax": return LastNode(type: "LogSoftmax", inputs: x, attributes: [.integer("axis", -1)])
    default: return nil
    }
  }

  /// Weight and bias of a normalisation, with 1 and 0 for those it lacks: ONNX wants both.
  private mutating func affine(_ operation: Trace.Operation, _ x: [String], _ shape: Shape) -> [String] {
    var given = x.dropFirst()
    let weight =
      operation.flag("hasWeight")
      ? given.removeFirst() : constant(.ones(shape, dtype: operation.dtype), operation.member("ones"))
    let bias =
      operation.flag("hasBias")
      ? given.removeFirst() : constant(.zeros(shape, dtype: operation.dtype), operation.member("zeros"))
    return [weight, bias]
  }

  private mutating func activation(_ operation: Trace.Operation, _ x: [String]) -> LastNode? {
    let path = operation.modulePath
    let parameters = operation.numbers("parameters") + operation.numbers("range")
    func times(_ a: String, _ b: String) -> LastNode { LastNode(type: "Mul", inputs: [a, b]) }
    switch operation.name {
    case "leakyRelu": return LastNode(type: "LeakyRelu", inputs: x, attributes: [.number("alpha", parameters[0])])
    case "elu": return LastNode(type: "Elu", inputs: x, attributes: [.number("alpha", parameters[0])])
    case "silu": return times(x[0], append("Sigmoid", x, path: path))
    case "softplus" where parameters.isEmpty: return LastNode(type: "Softplus", inputs: x)
    case "softplus":  // with β: below the threshold the function itself, above it the same to 2·10⁻⁹
      let scaled = append("Mul", [x[0], number(parameters[0], of: operation)], path: path)
      return LastNode(
        type: "Div", inputs: [append("Softplus", [scaled], path: path), number(parameters[0], of: operation)])
    case "hardtanh", "clamp":
      let ends = parameters.map { $0.isInfinite ? "" : number($0, of: operation) }
      return LastNode(type: "Clip", inputs: x + ends)
    case "gelu":  // x · Φ(x) = x · (1 + erf(x / √2)) / 2
      let error = append(
        "Erf", [append("Mul", [x[0], number(0.5.squareRoot(), of: operation)], path: path)], path: path)
      let twice = append("Add", [error, number(1, of: operation)], path: path)
      return times(append("Mul", [x[0], number(0.5, of: operation)], path: path), twice)
    case "geluTanh":  // x · (1 + tanh(√(2/π) · x · (1 + 0.044715·x²))) / 2
      let square = append("Mul", [x[0], x[0]], path: path)
      let bend = append("Mul", [square, number(0.044715, of: operation)], path: path)
      let factor = append("Add", [bend, number(1, of: operation)], path: path)
      let scaled = append("Mul", [x[0], number((2 / Double.pi).squareRoot(), of: operation)], path: path)
      let tangent = append("Tanh", [append("Mul", [scaled, factor], path: path)], path: path)
      let twice = append("Add", [tangent, number(1, of: operation)], path: path)
      return times(append("Mul", [x[0], number(0.5, of: operation)], path: path), twice)
    case "squared": return times(x[0], x[0])
    case "rsqrt": return LastNode(type: "Reciprocal", inputs: [append("Sqrt", x, path: path)])
    default: return nil
    }
  }

  private mutating func arithmetic(_ operation: Trace.Operation, _ x: [String]) -> LastNode? {
    let types = ["add": "Add", "subtract": "Sub", "multiply": "Mul"]
    if let type = types[operation.name] {
      guard x.count == 1 else { return LastNode(type: type, inputs: x) }
      // scale · x + offset
      let numbers = operation.numbers("numbers")
      if numbers[1] == 0 { return LastNode(type: "Mul", inputs: [x[0], number(numbers[0], of: operation)]) }
      let scaled =
        numbers[0] == 1
        ? x[0] : append("Mul", [x[0], number(numbers[0], of: operation)], path: operation.modulePath)
      return LastNode(type: "Add", inputs: [scaled, number(numbers[1], of: operation)])
    }
    let reductions = ["max": "ReduceMax", "min": "ReduceMin", "sum": "ReduceSum"]
    guard let type = reductions[operation.name] else { return nil }
    let axes = operation.integers("axes")
    let keepDims = Onnx_AttributeProto.integer("keepdims", operation.flag("keepDims") ? 1 : 0)
    if operation.name == "sum" {
      // No axes mean none, not all.
      let none = Onnx_AttributeProto.integer("noop_with_empty_axes", 1)
      return LastNode(
        type: type, inputs: [x[0], constant(Tensor(axes), operation.member("axes"))], attributes: [keepDims, none])
    }
    return axes.isEmpty
      ? LastNode(type: "Identity", inputs: x)
      : LastNode(type: type, inputs: x, attributes: [.integers("axes", axes), keepDims])
  }

  private mutating func shape(_ operation: Trace.Operation, _ number: Int, _ x: [String]) -> LastNode? {
    let sizes = trace.sizes[number]
    switch operation.name {
    case "reshape":
      // 0 copies the input's size at the same place, −1 is what is left: one size may depend on the batch otherwise.
      var target = sizes.map { $0 ?? -1 }
      if sizes.first == .some(nil), operation.inputs[0].isBatched(in: trace) { target[0] = 0 }
      guard target.count(where: { $0 == -1 }) <= 1, !sizes.contains(0) else { return nil }
      return LastNode(type: "Reshape", inputs: [x[0], constant(Tensor(target), operation.member("shape"))])
    case "permute":
      return LastNode(type: "Transpose", inputs: x, attributes: [.integers("perm", operation.integers("axes"))])
    case "concatenate":
      return LastNode(type: "Concat", inputs: x, attributes: [.integer("axis", operation.integers("axis")[0])])
    case "pad":
      let widths = constant(Tensor(operation.integers("widths")), operation.member("pads"))
      return LastNode(type: "Pad", inputs: [x[0], widths, self.number(operation.numbers("value")[0], of: operation)])
    case "broadcast":
      let known = sizes.compactMap { $0 }
      guard known.count == sizes.count else { return nil }
      return LastNode(type: "Expand", inputs: [x[0], constant(Tensor(known), operation.member("shape"))])
    case "cast":
      return LastNode(type: "Cast", inputs: x, attributes: [.integer("to", operation.dtype.onnx.rawValue)])
    default: return nil
    }
  }
}

extension Trace.Value {
  /// Whether the first axis is the batch.
  fileprivate func isBatched(in trace: BatchedTrace) -> Bool {
    switch self {
    case .input: true
    case .result(let number): trace.sizes[number].first == .some(nil)
    case .constant: false
    }
  }
}
