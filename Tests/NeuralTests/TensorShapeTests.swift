import Neural
import Testing

@Suite("Shapes, slices and orders of elements")
struct TensorShapeTests {
  private let x = Tensor.arange(24).reshaped([2, 3, 4])

  @Test("reshape keeps the order and infers one size")
  func reshape() {
    #expect(x.reshaped([4, -1]).shape == [4, 6])
    #expect(x.reshaped([-1]).shape == [24])
    #expect(x.reshaped([2, -1, 4]).shape == [2, 3, 4])
    #expect(x.reshaped([24, -1]).shape == [24, 1])
    #expect(x.reshaped(Shape([6, 4])).array(Float.self) == x.array(Float.self))
    #expect(Tensor([5]).reshaped([]).shape == [])
    #expect(
      x.flattened().shape == [24] && x.flattened(from: 1).shape == [2, 12] && x.flattened(from: -2).shape == [2, 12])
    #expect(Tensor(3).flattened().shape == [1])
    #expect(x.unsqueezed(axis: 0).shape == [1, 2, 3, 4] && x.unsqueezed(axis: -1).shape == [2, 3, 4, 1])
    #expect(x.unsqueezed(axis: -2).shape == [2, 3, 1, 4])
    #expect(x.unsqueezed(axis: 1).squeezed(axis: 1).shape == x.shape)
  }

  @Test("permute moves every element, for every order of three axes")
  func permute() {
    let plain = Plain(x)
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0], [-1, 0, 1]] {
      let axes = order.map { ($0 + 3) % 3 }
      let expected = Plain(axes.map { plain.shape[$0] }) { index in
        var source = [0, 0, 0]
        for (place, axis) in axes.enumerated() { source[axis] = index[place] }
        return plain[source]
      }
      #expect(Plain(x.permuted(order)) == expected, "order \(order)")
    }
    #expect(Plain(x.transposed()) == Plain(x.permuted([0, 2, 1])))
    #expect(Plain(x.transposed(0, -1)) == Plain(x.permuted([2, 1, 0])))
    #expect(Tensor([[1, 2], [3, 4]]).transposed().array() == [1, 3, 2, 4] as [Float])
  }

  @Test("a slice of any axis is the elements in its range, for random shapes")
  func narrow() {
    for seed in UInt64(0)..<60 {
      var generator = Philox(seed: seed)
      let shape = Shape([2] + generator.shape(maximalRank: 3).sizes)
      let x = Tensor.uniform(shape, dtype: seed % 2 == 0 ? .float32 : .float64, using: &generator)
      let axis = Int.random(in: 0..<shape.rank, using: &generator)
      let start = Int.random(in: 0...shape[axis], using: &generator)
      let end = Int.random(in: start...shape[axis], using: &generator)
      let plain = Plain(x)
      var sizes = shape.sizes
      sizes[axis] = end - start
      let expected = Plain(sizes) { index in
        var source = index
        source[axis] += start
        return plain[source]
      }
      let part = x.narrowed(axis: seed % 3 == 0 ? axis - shape.rank : axis, start..<end)
      #expect(Plain(part) == expected, "seed \(seed), shape \(shape), axis \(axis), \(start)..<\(end)")
    }
  }

  @Test("subscripts take rows, also counted from the end, also of slices")
  func subscripts() {
    #expect(x[-1].array(Float.self) == (12..<24).map(Float.init) && x[-1].shape == [3, 4])
    #expect(x[1][-3].array() == [12, 13, 14, 15] as [Float])
    #expect(x[1..<2][0][1..<3][1][0].item() == 20 as Float)
    #expect(x[1..<1].shape == [0, 3, 4])
    #expect((x[1] + x[0]).sum().scalar == 276, "arithmetic begins at the slice's first element")
    #expect(x[1].reshaped([2, 6])[1].array() == [18, 19, 20, 21, 22, 23] as [Float])
    #expect(x[1].transposed()[0].array() == [12, 16, 20] as [Float])
    #expect(x[1].sum(axis: 0).array() == [48, 51, 54, 57] as [Float])
    #expect(matmul(x[1], Tensor([1, 0, 0, 0])).array() == [12, 16, 20] as [Float])
    #expect(x[1].cast(to: .int32)[0][0].item() == 12 as Int32)
  }

  @Test("concatenation puts parts one after another along any axis")
  func concatenate() {
    let other = x + 100
    for axis in [0, 1, 2, -1] {
      let place = (axis + 3) % 3
      let parts = [x, other.narrowed(axis: place, 0..<1), x.narrowed(axis: place, 0..<0), other]
      let whole = Tensor.concatenated(parts, axis: axis)
      var start = 0
      for part in parts {
        let size = part.shape[place]
        #expect(Plain(whole.narrowed(axis: place, start..<start + size)) == Plain(part), "axis \(axis)")
        start += size
      }
      #expect(whole.shape[place] == start)
    }
    #expect(Tensor.concatenated([Tensor([true]), Tensor([false])]).array() == [true, false])
  }

  @Test("stacking makes a new axis anywhere")
  func stack() {
    let rows = [Tensor([1, 2]), Tensor([3, 4]), Tensor([5, 6])]
    #expect(Tensor.stacked(rows).array() == [1, 2, 3, 4, 5, 6] as [Float] && Tensor.stacked(rows).shape == [3, 2])
    #expect(Tensor.stacked(rows, axis: 1).array() == [1, 3, 5, 2, 4, 6] as [Float])
    #expect(Tensor.stacked(rows, axis: -1).shape == [2, 3])
    #expect(Tensor.stacked([Tensor(1), Tensor(2)]).array() == [1, 2] as [Float])
  }

  @Test("rows are taken in any order, repeated or left out, in every dtype", arguments: DType.allCases)
  func rows(_ dtype: DType) {
    let x = Tensor.arange(12).reshaped([4, 3]).cast(to: dtype)
    let taken = x.rows([3, 0, 3])
    #expect(taken.shape == [3, 3] && taken.dtype == dtype)
    #expect(Plain(taken).values == Plain(x[3]).values + Plain(x[0]).values + Plain(x[3]).values)
    #expect(Plain(x[1..<4].rows([0])) == Plain(x[1..<2]), "of a slice")
    #expect(x.rows([]).shape == [0, 3])
  }

  @Test("broadcasting repeats elements")
  func broadcast() {
    #expect(Tensor([1, 2]).broadcast(to: [2, 2]).array() == [1, 2, 1, 2] as [Float])
    #expect(Tensor([[1], [2]]).broadcast(to: [2, 3]).array() == [1, 1, 1, 2, 2, 2] as [Float])
    #expect(Tensor(4).broadcast(to: [2, 1]).array() == [4, 4] as [Float])
    #expect(Tensor([7]).broadcast(to: [0]).count == 0)
  }

  @Test("flips reverse axes, diagonals and identities are where they should be")
  func flips() {
    let plain = Plain(x)
    for axes in [[0], [1], [-1], [0, 2], [0, 1, 2], []] {
      let gone = Set(axes.map { ($0 + 3) % 3 })
      let expected = Plain(plain.shape) { index in
        plain[index.indices.map { gone.contains($0) ? plain.shape[$0] - 1 - index[$0] : index[$0] }]
      }
      #expect(Plain(x.flipped(axes: axes)) == expected, "\(axes)")
    }
    #expect(Plain(x.flipped()) == Plain(x.flipped(axes: [0, 1, 2])))
    #expect(Tensor.zeros([0, 2]).flipped().shape == [0, 2])
    let matrix = Tensor([[0, 1, 2], [3, 4, 5]])
    for (offset, values) in [(0, [0, 4]), (1, [1, 5]), (2, [2]), (3, []), (-1, [3]), (-2, [])] as [(Int, [Float])] {
      #expect(matrix.diagonal(offset: offset).array() == values, "offset \(offset)")
    }
    #expect(Plain(x.diagonal()).values == [0, 5, 10, 12, 17, 22])
    #expect(Tensor.eye(2, columns: 3).array() == [1, 0, 0, 0, 1, 0] as [Float])
    #expect(Plain(Tensor.eye(3, dtype: .complex64)).values == [1, 0, 0, 0, 1, 0, 0, 0, 1])
  }

  @Test("padding surrounds the elements; splits and chunks are its parts")
  func parts() {
    let y = Tensor([[1, 2], [3, 4]]).padded([(1, 0), (0, 2)], value: -1)
    #expect(y.shape == [3, 4])
    #expect(y.array() == [-1, -1, -1, -1, 1, 2, -1, -1, 3, 4, -1, -1] as [Float])
    #expect(Tensor([[1], [2]]).padded([(1, 1)]).array() == [0, 1, 0, 0, 2, 0] as [Float], "last axes first")
    #expect(x.split([1, 0, 2], axis: 1).map(\.shape) == [[2, 1, 4], [2, 0, 4], [2, 2, 4]])
    #expect(Plain(Tensor.concatenated(x.split([1, 3], axis: -1), axis: -1)) == Plain(x))
    #expect(Tensor.arange(7).chunked(3).map(\.count) == [3, 3, 1])
    #expect(Tensor.arange(4).chunked(3).map(\.count) == [2, 2])
    #expect(Tensor.arange(0).chunked(3).map(\.count) == [0])
    #expect(x.unsqueezed(axis: 0)[.ellipsis, .newAxis].squeezed().shape == x.shape)
  }

  @Test("eight axes are supported")
  func rankEight() {
    let x = Tensor.arange(256).reshaped([2, 2, 2, 2, 2, 2, 2, 2])
    let y = x.permuted([7, 6, 5, 4, 3, 2, 1, 0])
    #expect(y.permuted([7, 6, 5, 4, 3, 2, 1, 0]).array(Float.self) == x.array(Float.self))
    #expect(y.flattened()[1].item() == 128 as Float)
    #expect((x + y).sum(axes: [0, 2, 4, 6]).sum().scalar == 2 * 255 * 128)
  }
}
