/// How one axis is indexed in ``Tensor/subscript(_:)``.
///
/// - An `Int` takes one place; the axis disappears.
/// - A range, also one without end (`2...`, `..<(-1)`), takes its places, which must exist.
/// - ``slice(from:to:by:)`` is Python's `from:to:by`: it has a step, and ends that do not exist are moved to those that do.
/// - ``all`` takes the whole axis, ``ellipsis`` as many whole axes as there are left, ``newAxis`` makes an axis of size 1.
///
/// Negative places count from the end.
public protocol AxisIndex: Sendable {
  /// The index in one form for all.
  var selection: AxisSelection { get }
}

/// An ``AxisIndex`` of any kind.
public struct AxisSelection: AxisIndex {
  enum Kind: Sendable {
    case place(Int)
    case range(from: Int?, to: Int?, isClosed: Bool)
    case slice(from: Int?, to: Int?, by: Int)
    case newAxis, ellipsis
  }

  let kind: Kind

  /// Itself.
  public var selection: AxisSelection { self }
}

extension AxisIndex where Self == AxisSelection {
  /// The whole axis.
  public static var all: AxisSelection { .slice() }
  /// A new axis of size 1.
  public static var newAxis: AxisSelection { .init(kind: .newAxis) }
  /// As many whole axes as the other indices leave; at most one.
  public static var ellipsis: AxisSelection { .init(kind: .ellipsis) }
  /// Python's `from:to:by`, `to` excluded; a negative step goes backwards, 0 traps.
  public static func slice(from: Int? = nil, to: Int? = nil, by step: Int = 1) -> AxisSelection {
    .init(kind: .slice(from: from, to: to, by: step))
  }
}

extension Int: AxisIndex {
  /// One place.
  public var selection: AxisSelection { .init(kind: .place(self)) }
}
extension Range: AxisIndex where Bound == Int {
  /// The places in the range.
  public var selection: AxisSelection { .init(kind: .range(from: lowerBound, to: upperBound, isClosed: false)) }
}
extension ClosedRange: AxisIndex where Bound == Int {
  /// The places in the range.
  public var selection: AxisSelection { .init(kind: .range(from: lowerBound, to: upperBound, isClosed: true)) }
}
extension PartialRangeFrom: AxisIndex where Bound == Int {
  /// The places from the bound on.
  public var selection: AxisSelection { .init(kind: .range(from: lowerBound, to: nil, isClosed: false)) }
}
extension PartialRangeUpTo: AxisIndex where Bound == Int {
  /// The places before the bound.
  public var selection: AxisSelection { .init(kind: .range(from: nil, to: upperBound, isClosed: false)) }
}
extension PartialRangeThrough: AxisIndex where Bound == Int {
  /// The places up to the bound.
  public var selection: AxisSelection { .init(kind: .range(from: nil, to: upperBound, isClosed: true)) }
}

extension Tensor {
  /// The elements that the indices choose, one index for each of the first axes: `x[0, 1..<3, .ellipsis, .newAxis]`.
  ///
  /// Reading shares memory if the elements lie one after another (`x[3]`, `x[2..<5]`, `x[1, 2..<4]`), else copies.
  /// Writing changes this tensor alone; the value is broadcast and must have the same dtype. Both are differentiable:
  /// a tensor that is written to goes on as the result of an operation.
  public subscript(_ indices: any AxisIndex...) -> Tensor {
    get { self[indices: indices] }
    set { self[indices: indices] = newValue }
  }

  /// The same with the indices in an array.
  public subscript(indices indices: [any AxisIndex]) -> Tensor {
    get { read(view(indices), "subscript") }
    set { replace(view(indices), with: newValue) }
  }

  /// The part `range` of an axis. Shares memory if that is the first axis, else copies.
  public func narrowed(axis: Int, _ range: Range<Int>) -> Tensor {
    let axis = shape.normalized(axis: axis, "narrow")
    var indices = [any AxisIndex](repeating: .all, count: axis)
    indices.append(range)
    return read(view(indices, "narrow"), "narrow")
  }

  private func view(_ indices: [any AxisIndex], _ name: String = "subscript") -> StridedView {
    var kinds = indices.map(\.selection.kind)
    func count(_ isMeant: (AxisSelection.Kind) -> Bool) -> Int { kinds.count(where: isMeant) }
    let ellipses = count { if case .ellipsis = $0 { true } else { false } }
    let used = kinds.count - ellipses - count { if case .newAxis = $0 { true } else { false } }
    require(ellipses <= 1, name, "more than one ellipsis")
    require(used <= rank, name, "\(used) indices for a tensor of shape \(shape)")
    if ellipses == 0 { kinds.append(.ellipsis) }
    let whole = StridedView(of: shape)
    var result = StridedView(sizes: [], strides: [], start: 0)
    var axis = 0
    for kind in kinds {
      switch kind {
      case .newAxis:
        result.sizes.append(1)
        result.strides.append(0)
        continue
      case .ellipsis:
        result.sizes += whole.sizes[axis..<axis + rank - used]
        result.strides += whole.strides[axis..<axis + rank - used]
        axis += rank - used
        continue
      case .place(let place):
        result.start += position(place, axis, name) * whole.strides[axis]
      case .range(let from, let to, let isClosed):
        let places = range(from, to, isClosed, axis, name)
        result.sizes.append(places.count)
        result.strides.append(whole.strides[axis])
        result.start += places.lowerBound * whole.strides[axis]
      case .slice(let from, let to, let step):
        require(step != 0, name, "a step of 0")
        let size = whole.sizes[axis]
        let ends = step > 0 ? 0...size : -1...size - 1
        func clamped(_ place: Int?, _ otherwise: Int) -> Int {
          guard let place else { return otherwise }
          return Swift.min(Swift.max(place < 0 ? place + size : place, ends.lowerBound), ends.upperBound)
        }
        let first = clamped(from, step > 0 ? 0 : size - 1)
        let distance = clamped(to, step > 0 ? size : -1) - first
        let count = distance / step + (distance % step == 0 ? 0 : 1)
        let isEmpty = distance == 0 || (distance > 0) != (step > 0)
        result.sizes.append(isEmpty ? 0 : count)
        result.strides.append(step * whole.strides[axis])
        result.start += isEmpty ? 0 : first * whole.strides[axis]
      }
      axis += 1
    }
    return result
  }

  private func position(_ place: Int, _ axis: Int, _ name: String) -> Int {
    let found = place < 0 ? place + shape.sizes[axis] : place
    require(
      found >= 0 && found < shape.sizes[axis], name, "place \(place) of axis \(axis) of a tensor of shape \(shape)")
    return found
  }

  private func range(_ from: Int?, _ to: Int?, _ isClosed: Bool, _ axis: Int, _ name: String) -> Range<Int> {
    let size = shape.sizes[axis]
    let lower = from.map { $0 < 0 ? $0 + size : $0 } ?? 0
    let upper = to.map { ($0 < 0 ? $0 + size : $0) + (isClosed ? 1 : 0) } ?? size
    require(
      lower >= 0 && lower <= upper && upper <= size, name,
      "places \(from.map(String.init) ?? "")\(isClosed ? "..." : "..<")\(to.map(String.init) ?? "")"
        + " of axis \(axis) of a tensor of shape \(shape)")
    return lower..<upper
  }

  private mutating func replace(_ view: StridedView, with value: Tensor) {
    let target = Shape(view.sizes)
    require(
      value.dtype == dtype && value.shape.broadcast(with: target) == target, "subscript",
      "\(value.dtype) \(value.shape) in place of \(dtype) \(target)")
    makeUnique()
    write(value.constant.broadcast(to: target), to: view, "subscript")
    guard GradientMode.isRecording, node != nil || value.node != nil else {
      if node?.isLeaf == false { node = nil }
      return
    }
    self = constant.recorded("assign", from: [self, value]) { [dtype, valueShape = value.shape] dy in
      var rest = dy
      rest.makeUnique()
      rest.write(Tensor.zeros(target, dtype: dtype), to: view, "assign")
      return [rest, dy.taken(view, "assign").summed(to: valueShape)]
    }
  }
}
