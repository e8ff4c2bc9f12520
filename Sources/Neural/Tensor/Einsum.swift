/// Sums of products over named axes, as NumPy's `einsum`: `"ij,jk->ik"` is the matrix product, `"bii->b"` the traces of a
/// batch, `"i,j->ij"` the outer product.
///
/// Axes with one letter have one size and are walked together; letters that the result does not name are summed over.
/// Without `->` the result has the letters that occur once, in alphabetical order. More than two operands are multiplied from
/// left to right, each product as one batched ``matmul(_:_:)``. Floating point or complex; differentiable.
/// Letters that do not fit the operands' axes trap.
public func einsum(_ equation: String, _ operands: Tensor...) -> Tensor {
  let sides = equation.filter { $0 != " " }.components("->")
  let inputs = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(Array.init)
  let all = inputs.flatMap { $0 }
  let once = Set(all).filter { letter in all.count { $0 == letter } == 1 }.sorted()
  let output = sides.count > 1 ? Array(sides[1]) : once
  func explain() -> String { "\"\(equation)\" of shapes \(operands.map(\.shape))" }
  require(
    sides.count <= 2 && all.allSatisfy(\.isLetter) && inputs.count == operands.count && !operands.isEmpty
      && Set(output).count == output.count && Set(output).isSubset(of: all), "einsum", explain())
  var sizes: [Character: Int] = [:]
  for (letters, operand) in zip(inputs, operands) {
    require(letters.count == operand.rank, "einsum", explain())
    for (letter, size) in zip(letters, operand.shape.sizes) {
      require(sizes[letter, default: size] == size, "einsum", "axes \(letter) differ in \(explain())")
      sizes[letter] = size
    }
  }
  var result = NamedAxes(operands[0], inputs[0])
  for number in operands.indices.dropFirst() {
    let needed = Set(output).union(inputs[(number + 1)...].flatMap { $0 })
    result = result.multiplied(by: NamedAxes(operands[number], inputs[number]), keeping: needed)
  }
  return result.summed(keeping: Set(output)).permuted(output).tensor
}

/// A tensor whose axes have letters, each once.
private struct NamedAxes {
  var tensor: Tensor
  var letters: [Character]

  /// Takes the diagonal where a letter repeats.
  init(_ tensor: Tensor, _ letters: [Character]) {
    var view = StridedView(sizes: [], strides: [], start: 0)
    self.letters = []
    for (letter, (size, stride)) in zip(letters, zip(tensor.shape.sizes, tensor.shape.strides)) {
      if let place = self.letters.firstIndex(of: letter) {
        view.strides[place] += stride
      } else {
        self.letters.append(letter)
        view.sizes.append(size)
        view.strides.append(stride)
      }
    }
    self.tensor = self.letters == letters ? tensor : tensor.read(view, "einsum")
  }

  func summed(keeping needed: Set<Character>) -> NamedAxes {
    let gone = letters.indices.filter { !needed.contains(letters[$0]) }
    return gone.isEmpty ? self : NamedAxes(tensor.sum(axes: gone), letters.filter(needed.contains))
  }

  func permuted(_ order: [Character]) -> NamedAxes {
    order == letters ? self : NamedAxes(tensor.permuted(order.compactMap(letters.firstIndex)), order)
  }

  /// As a batch of matrices: the axes of each group become one.
  private func matrices(_ batch: [Character], _ rows: [Character], _ columns: [Character]) -> Tensor {
    let ordered = permuted(batch + rows + columns).tensor
    let sizes = ordered.shape.sizes
    func product(_ range: Range<Int>) -> Int { sizes[range].reduce(1, *) }
    let (first, second) = (batch.count, batch.count + rows.count)
    return ordered.reshaped(Shape([product(0..<first), product(first..<second), product(second..<sizes.count)]))
  }

  func multiplied(by other: NamedAxes, keeping needed: Set<Character>) -> NamedAxes {
    let a = summed(keeping: needed.union(other.letters)), b = other.summed(keeping: needed.union(letters))
    let common = a.letters.filter(b.letters.contains)
    let batch = common.filter(needed.contains), contracted = common.filter { !needed.contains($0) }
    let rows = a.letters.filter { !common.contains($0) }, columns = b.letters.filter { !common.contains($0) }
    let product = matmul(a.matrices(batch, rows, contracted), b.matrices(batch, contracted, columns))
    let letters = batch + rows + columns
    let sizes = letters.map { letter in
      a.letters.firstIndex(of: letter).map { a.tensor.shape[$0] }
        ?? b.letters.firstIndex(of: letter).map { b.tensor.shape[$0] } ?? 1
    }
    return NamedAxes(product.reshaped(Shape(sizes)), letters)
  }
}

extension String {
  fileprivate func components(_ separator: String) -> [String] {
    split(separator: separator, omittingEmptySubsequences: false).map(String.init)
  }
}
