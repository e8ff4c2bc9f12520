/// A part of a network that owns parameters: a layer, or a network of layers.
///
/// Parameters, buffers and modules are found by reflection, once, in the stored properties of a subclass: properties of
/// type ``Parameter``, ``Buffer`` or `Module`, optionals, arrays and dictionaries of them. Their names are the property names, joined by
/// dots, which makes them PyTorch's: `conv1.weight`, `layers.0.bias`.
///
/// ```swift
/// final class Classifier: Module, Layer {
///   let hidden = Linear(784, 100), output = Linear(100, 10)
///   func forward(_ x: Tensor) -> Tensor { output(relu(hidden(x.flattened(from: 1)))) }
/// }
/// ```
///
/// A module is not `Sendable`: train it in one task. Its tensors are, and may be read from others.
open class Module {
  /// True while training: dropout drops only then. See ``train(_:)`` and ``evaluating(_:)``.
  public private(set) final var isTraining = true

  /// Where it is in the network, for messages: `LeNet.conv1`; the type's name for the outermost.
  final var path: String {
    guard let parent else { return "\(type(of: self))" }
    return "\(parent.path).\(nameInParent)"
  }
  private final weak var parent: Module?
  private final var nameInParent = ""

  /// Nothing to set up: subclasses need not call it explicitly.
  public init() {}

  /// What the tree shows after the type's name: `784, 10, bias: true`.
  open var extraDescription: String { "" }

  /// A member found by reflection.
  enum Member {
    case parameter(Parameter)
    case buffer(Buffer)
    case module(Module)
  }

  private final lazy var members: [(name: String, member: Member)] = {
    let members = findMembers()
    for case (let name, .module(let module)) in members { (module.parent, module.nameInParent) = (self, name) }
    return members
  }()

  /// Makes sure that the modules below know where they are.
  final func adoptChildren() { _ = members }

  /// Overridden by containers whose children have other names than their properties.
  func findMembers() -> [(name: String, member: Member)] {
    var mirrors: [Mirror] = []
    var mirror: Mirror? = Mirror(reflecting: self)
    while let current = mirror, current.subjectType != Module.self {
      mirrors.append(current)
      mirror = current.superclassMirror
    }
    return mirrors.reversed().flatMap(\.children).flatMap { Module.members(of: $0.value, named: $0.label ?? "") }
  }

  /// The modules and parameters in a property's value: itself, or elements of an optional, array or dictionary.
  static func members(of value: Any, named name: String) -> [(name: String, member: Member)] {
    if let parameter = value as? Parameter { return [(name, .parameter(parameter))] }
    if let buffer = value as? Buffer { return [(name, .buffer(buffer))] }
    if let module = value as? Module { return [(name, .module(module))] }
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .optional: return mirror.children.flatMap { members(of: $0.value, named: name) }
    case .collection:
      return mirror.children.enumerated().flatMap { members(of: $0.element.value, named: "\(name).\($0.offset)") }
    case .dictionary:
      guard let dictionary = value as? [String: Any] else { return [] }
      return dictionary.sorted { $0.key < $1.key }.flatMap { members(of: $0.value, named: "\(name).\($0.key)") }
    default: return []
    }
  }

  // MARK: - Walking the tree

  /// This module under the name "", and every module below it, in the order of declaration.
  public final func namedModules() -> [(name: String, module: Module)] {
    var found: [(String, Module)] = []
    func visit(_ name: String, _ module: Module) {
      found.append((name, module))
      for case (let child, .module(let next)) in module.members {
        visit(name.isEmpty ? child : "\(name).\(child)", next)
      }
    }
    visit("", self)
    return found
  }

  /// The modules directly below.
  public final var children: [(name: String, module: Module)] {
    members.compactMap { if case .module(let module) = $0.member { ($0.name, module) } else { nil } }
  }

  /// Every parameter, under its first name if it is reached twice.
  public final func namedParameters() -> [(name: String, parameter: Parameter)] {
    named { if case .parameter(let parameter) = $0 { parameter } else { nil } }.map { ($0.0, $0.1) }
  }

  /// Every buffer, under its first name if it is reached twice.
  public final func namedBuffers() -> [(name: String, buffer: Buffer)] {
    named { if case .buffer(let buffer) = $0 { buffer } else { nil } }.map { ($0.0, $0.1) }
  }

  private func named<Kind: AnyObject>(_ kind: (Member) -> Kind?) -> [(String, Kind)] {
    var seen: Set<ObjectIdentifier> = []
    return namedModules().flatMap { prefix, module in
      module.members.compactMap { name, member in
        guard let found = kind(member), seen.insert(ObjectIdentifier(found)).inserted else { return nil }
        return (prefix.isEmpty ? name : "\(prefix).\(name)", found)
      }
    }
  }

  /// Every parameter.
  public final var parameters: [Parameter] { namedParameters().map(\.parameter) }

  /// Number of trainable and frozen values.
  public final var parameterCount: Int { parameters.reduce(0) { $0 + $1.shape.count } }

  /// Forgets the gradients of all parameters.
  public final func zeroGrad() { for parameter in parameters { parameter.grad = nil } }

  // MARK: - Modes

  /// Switches this module and all below it to training, or to evaluation.
  public final func train(_ on: Bool = true) { for (_, module) in namedModules() { module.isTraining = on } }

  /// Runs `body` in evaluation mode and without recording, and puts every module's mode back afterwards.
  public final func evaluating<Result>(_ body: () throws -> Result) rethrows -> Result {
    let modes = namedModules().map { ($0.module, $0.module.isTraining) }
    train(false)
    defer { for (module, mode) in modes { module.isTraining = mode } }
    return try noGrad(body)
  }

  /// Freezes (or thaws) the parameters whose names fit a pattern, all by default. A pattern that fits none traps.
  public final func freeze(_ pattern: NamePattern = "*", _ frozen: Bool = true) {
    for (_, parameter) in matching(pattern, "freeze") { parameter.requiresGrad = !frozen }
  }
}

extension Module: CustomStringConvertible {
  /// The tree of modules, as PyTorch prints it.
  public final var description: String {
    let name = "\(type(of: self))(\(extraDescription)"
    if children.isEmpty { return name + ")" }
    let lines = children.map { child in
      "  (\(child.name)): " + child.module.description.split(separator: "\n").joined(separator: "\n  ")
    }
    return ([name] + lines + [")"]).joined(separator: "\n")
  }
}
