import Foundation

extension Tensor: CustomStringConvertible, CustomDebugStringConvertible {
  /// The elements in NumPy's style: nested brackets, columns aligned, the middle of long axes left out above 1,000
  /// elements.
  public var description: String {
    let edge = count > 1000 ? 3 : Int.max
    let texts = elementTexts(edge)
    let width = texts.values.map(\.count).max() ?? 0
    return rows(axis: 0, start: 0, edge: edge, depth: 1) {
      String(repeating: " ", count: width - (texts[$0]?.count ?? 0)) + (texts[$0] ?? "")
    }
  }

  /// Shape, dtype and the operation that made it: `Tensor(shape: [2, 3], dtype: float32, operation: matmul)`.
  public var debugDescription: String {
    let history = node.map { $0.isLeaf ? ", leaf" : ", operation: \($0.operation)" } ?? ""
    return "Tensor(shape: \(shape), dtype: \(dtype)\(history))"
  }

  /// Positions of an axis that are shown; nil marks the gap.
  private func shown(_ size: Int, _ edge: Int) -> [Int?] {
    edge == .max || size <= 2 * edge ? Array(0..<size) : Array(0..<edge) + [nil] + Array(size - edge..<size)
  }

  /// Text of every element that is shown, by its index in row-major order.
  private func elementTexts(_ edge: Int) -> [Int: String] {
    var indices = [0]
    for (size, stride) in zip(shape.sizes, shape.strides) {
      indices = indices.flatMap { start in shown(size, edge).compactMap { $0.map { start + $0 * stride } } }
    }
    guard count > 0 else { return [:] }
    let found: [String]
    switch dtype {
    case .bool:
      let values = array(Bool.self)
      found = indices.map { values[$0] ? "true" : "false" }
    case .int32, .int64, .uint8:
      let values = constant.cast(to: .int64).array(Int64.self)
      found = indices.map { String(values[$0]) }
    case .float32, .float64:
      let values = constant.cast(to: .float64).array(Double.self)
      found = texts(indices.map { values[$0] })
    case .complex64, .complex128:
      let values = constant.cast(to: .complex128).array(Complex<Double>.self)
      let imaginary = texts(indices.map { values[$0].rawStorage.y })
      let signed = imaginary.map { $0.hasPrefix("-") ? $0 : "+" + $0 }
      found = zip(texts(indices.map { values[$0].rawStorage.x }), signed).map { "\($0)\($1)j" }
    }
    return Dictionary(uniqueKeysWithValues: zip(indices, found))
  }

  /// Numbers in one notation: whole, with four digits after the point, or with an exponent.
  private func texts(_ values: [Double]) -> [String] {
    let finite = values.map { Swift.abs($0) }.filter { $0.isFinite && $0 > 0 }
    let largest = finite.max() ?? 1
    let needsExponent = largest >= 1e8 || largest < 1e-3 || largest / (finite.min() ?? 1) > 1e5
    let isWhole = finite.allSatisfy { $0 == $0.rounded() } && largest < 1e8
    let format = isWhole ? "%.0f." : needsExponent ? "%.4e" : "%.4f"
    return values.map { $0.isNaN ? "nan" : $0.isInfinite ? ($0 < 0 ? "-inf" : "inf") : String(format: format, $0) }
  }

  private func rows(axis: Int, start: Int, edge: Int, depth: Int, _ text: (Int) -> String) -> String {
    if axis == rank { return text(start) }
    let stride = shape.strides[axis]
    let parts = shown(shape.sizes[axis], edge).map { position in
      position.map { rows(axis: axis + 1, start: start + $0 * stride, edge: edge, depth: depth + 1, text) } ?? "..."
    }
    let isLast = axis == rank - 1
    let newline = String(repeating: "\n", count: rank - 1 - axis) + String(repeating: " ", count: depth)
    return "[" + parts.joined(separator: isLast ? ", " : "," + newline) + "]"
  }
}
