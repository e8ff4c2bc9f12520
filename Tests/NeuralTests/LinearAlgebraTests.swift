import Neural
import Testing

/// Each decomposition is checked by what defines it, for all dtypes, sizes and batches; the values that NumPy prints for a few
/// matrices are written out.
@Suite("Linear algebra")
struct LinearAlgebraTests {
  private static let dtypes: [DType] = [.float32, .float64, .complex64, .complex128]

  private func random(_ shape: Shape, _ dtype: DType, _ generator: inout Philox) -> Tensor {
    let parts = Tensor.normal(Shape(shape.sizes + [2]), dtype: .float64, using: &generator)
    return dtype.isComplex ? parts.pairsAsComplex().cast(to: dtype) : parts[.ellipsis, 0].cast(to: dtype)
  }

  private func adjoint(_ a: Tensor) -> Tensor { a.transposed().conjugate() }

  /// Largest |a − b|, beside 1.
  private func distance(_ a: Tensor, _ b: Tensor) -> Double {
    guard a.shape == b.shape, a.dtype == b.dtype else { return .infinity }
    return a.count == 0 ? 0 : (a - b).abs().max().scalar / (1 + b.abs().max().scalar)
  }

  private func bound(_ dtype: DType) -> Double { dtype.real == .float32 ? 3e-5 : 1e-12 }

  @Test("solutions and inverses give the right side back", arguments: dtypes)
  func solving(_ dtype: DType) throws {
    var generator = Philox(seed: 1)
    for (a, b) in [
      ([1, 1], [1, 2]), ([4, 4], [4, 3]), ([9, 9], [9]), ([2, 3, 3, 3], [2, 3, 3, 2]), ([0, 0], [0, 2]),
    ] {
      let a = random(Shape(a), dtype, &generator), b = random(Shape(b), dtype, &generator)
      let x = try solve(a, b)
      #expect(distance(matmul(a, x), b) < bound(dtype) * 10, "\(a.shape)")
      let product = matmul(a, try inverse(a))
      let identity = Tensor.eye(a.shape[-1], dtype: dtype).broadcast(to: a.shape)
      #expect(distance(product, identity) < bound(dtype) * 10, "\(a.shape)")
    }
  }

  @Test("determinants: of small matrices, of products, of singular ones", arguments: dtypes)
  func determinants(_ dtype: DType) throws {
    var generator = Philox(seed: 2)
    for n in 0...5 {
      let a = random([3, n, n], dtype, &generator), b = random([3, n, n], dtype, &generator)
      #expect(distance(determinant(matmul(a, b)), determinant(a) * determinant(b)) < bound(dtype) * 10, "\(n)")
    }
    func value(_ rows: [[Double]]) -> Double { determinant(Tensor(rows).cast(to: dtype)).scalar }
    #expect(abs(value([[0, 1], [1, 0]]) + 1) < 1e-6 && abs(value([[1, 2], [3, 4]]) + 2) < 1e-6)
    #expect(abs(value([[0, 0, 2], [3, 0, 0], [0, 4, 0]]) - 24) < 1e-5)
    #expect(value([[1, 2], [2, 4]]) == 0 && value([[5]]) == 5 && value([[.nan]]).isNaN)
  }

  @Test("Cholesky, QR, singular values and eigenvalues multiply back", arguments: dtypes)
  func decompositions(_ dtype: DType) throws {
    var generator = Philox(seed: 3)
    let limit = bound(dtype)
    for shape: Shape in [[1, 1], [3, 3], [5, 2], [2, 5], [7, 7], [2, 2, 4, 3], [2, 3, 4], [0, 3], [3, 0]] {
      let a = random(shape, dtype, &generator)
      let k = min(shape[-1], shape[-2])
      func identity(_ x: Tensor) -> Tensor { Tensor.eye(x.shape[-1], dtype: dtype).broadcast(to: x.shape) }

      let (q, r) = try qr(a)
      #expect(distance(matmul(q, r), a) < limit, "QR of \(shape)")
      let gram = matmul(adjoint(q), q)
      #expect(distance(gram, identity(gram)) < limit && q.shape[-1] == k, "Q of \(shape)")
      for row in 0..<k { #expect(row == 0 || !(r[.ellipsis, row, 0..<min(row, shape[-1])] .!= 0).any()) }

      let (u, s, vh) = try svd(a)
      #expect(s.dtype == dtype.real && s.shape[-1] == k)
      #expect(distance(matmul(u * s.unsqueezed(axis: -2).cast(to: dtype), vh), a) < limit, "SVD of \(shape)")
      for unitary in [matmul(adjoint(u), u), matmul(vh, adjoint(vh))] {
        #expect(distance(unitary, identity(unitary)) < limit)
      }
      if k > 1 { #expect((s[.ellipsis, ..<(-1)] .>= s[.ellipsis, 1...]).all() && (s .>= 0).all()) }
      #expect(distance(try singularValues(a), s) < limit)

      let symmetric = matmul(adjoint(a), a) + identity(matmul(adjoint(a), a))
      let l = try cholesky(symmetric)
      #expect(distance(matmul(l, adjoint(l)), symmetric) < limit * 10, "Cholesky of \(shape)")
      if shape[-1] > 1 { #expect(!(l[.ellipsis, 0, 1...] .!= 0).any()) }
      let (values, vectors) = try symmetricEigen(symmetric)
      let scaled = vectors * values.unsqueezed(axis: -2).cast(to: dtype)
      #expect(distance(matmul(symmetric, vectors), scaled) < limit * 10, "eigenvectors of \(shape)")
      #expect(distance(try symmetricEigenvalues(symmetric), values) < limit * 10)
      if shape[-1] > 1 { #expect((values[.ellipsis, ..<(-1)] .<= values[.ellipsis, 1...]).all()) }
    }
  }

  @Test("NumPy's values")
  func values() throws {
    let a = Tensor([[2, -1, 0], [1, 3, 5], [0, 4, -2], [1, 1, 1]] as [[Double]])
    #expect(try singularValues(a).allClose(to: Tensor(NumPy.singularValues), relative: 1e-12))
    let symmetric = Tensor([[4, 1, -2], [1, 2, 0], [-2, 0, 3]] as [[Double]])
    #expect(try symmetricEigenvalues(symmetric).allClose(to: Tensor(NumPy.eigenvalues), relative: 1e-12))
    #expect(abs(try conditionNumber(a).scalar - NumPy.condition) < 1e-12)
    let found = try leastSquares(a, Tensor([1, 2, 3, 4] as [Double]))
    #expect(found.solution.allClose(to: Tensor(NumPy.solution), relative: 1e-12))
    #expect(abs(found.residual.scalar - NumPy.residual) < 1e-12 && found.rank == 3)
    #expect(try conditionNumber(Tensor([[1, 2], [2, 4]] as [[Double]])).scalar > 1e15)
  }

  @Test("least squares of every shape and rank: the shortest of the best", arguments: dtypes)
  func leastSquaresSolutions(_ dtype: DType) throws {
    var generator = Philox(seed: 4)
    for (m, n, rank) in [
      (6, 3, 3), (3, 6, 3), (5, 5, 5), (6, 4, 2), (4, 6, 2), (5, 5, 1), (3, 2, 0), (0, 2, 0), (2, 0, 0),
    ] {
      let a = matmul(random([m, rank], dtype, &generator), random([rank, n], dtype, &generator))
      let b = random([m, 2], dtype, &generator)
      let found = try leastSquares(a, b)
      #expect(found.rank == rank && found.solution.shape == [n, 2] && found.residual.shape == [2], "\(m) × \(n)")
      let difference = matmul(a, found.solution) - b
      #expect(distance(found.residual, difference.abs().squared().sum(axis: 0)) < bound(dtype) * 10)
      if m > 0 && n > 0 {
        // The normal equations, and no part of x in the null space of a: x is the pseudo-inverse times b.
        #expect(matmul(adjoint(a), difference).abs().max().scalar < bound(dtype) * 100, "\(m) × \(n), rank \(rank)")
        #expect(distance(matmul(try pseudoInverse(a), b), found.solution) < bound(dtype) * 100)
        #expect(distance(found.singularValues, try singularValues(a)) < bound(dtype) * 10)
      }
    }
  }

  @Test("results are bitwise the same for any number of threads", arguments: [.float64, .complex128] as [DType])
  func threads(_ dtype: DType) throws {
    // Large enough for OpenBLAS to use more than one, had it them.
    var generator = Philox(seed: 6)
    let tall = random([600, 150], dtype, &generator), square = random([200, 200], dtype, &generator)
    let side = random([600, 2], dtype, &generator), before = Runtime.threadCount
    defer { Runtime.threadCount = before }
    func results(_ threads: Int) throws -> [[UInt64]] {
      Runtime.threadCount = threads
      let positive = matmul(square, adjoint(square)), (q, r) = try qr(tall), (u, s, vh) = try svd(square)
      let (values, vectors) = try symmetricEigen(positive)
      return [
        try leastSquares(tall, side).solution, try solve(square, side[..<200]), try cholesky(positive), q, r, u, s, vh,
        values, vectors, determinant(square),
      ].map { tensor in
        (tensor.dtype.isComplex ? tensor.complexAsPairs() : tensor).array(Double.self).map(\.bitPattern)
      }
    }
    #expect(try results(1) == results(4))
  }

  @Test("complex singular values in several tasks: OpenBLAS reads past matrices, where memory may end")
  func complexSideBySide() async {
    await #expect(processExitsWith: .success) {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for seed in 0..<8 as Range<UInt64> {
          group.addTask {
            var generator = Philox(seed: seed)
            for _ in 0..<3 {
              let a = Tensor.normal([600, 150, 2], dtype: .float64, using: &generator).pairsAsComplex()
              _ = try leastSquares(a, a[.all, ..<2])
              _ = try singularValues(a)
            }
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test("the pseudo-inverse has the four properties of Moore and Penrose", arguments: dtypes)
  func pseudoInverses(_ dtype: DType) throws {
    var generator = Philox(seed: 5)
    for (m, n, rank) in [(4, 3, 3), (3, 4, 2), (5, 5, 3), (2, 2, 0)] {
      let a = matmul(random([2, m, rank], dtype, &generator), random([2, rank, n], dtype, &generator))
      let p = try pseudoInverse(a)
      let (ap, pa) = (matmul(a, p), matmul(p, a))
      for (x, y) in [(matmul(ap, a), a), (matmul(pa, p), p), (adjoint(ap), ap), (adjoint(pa), pa)] {
        #expect(distance(x, y) < bound(dtype) * 30, "\(m) × \(n), rank \(rank)")
      }
    }
  }

  @Test("what has no solution is an error with the operation and the shape")
  func errors() throws {
    let singular = Tensor([[1, 2], [2, 4]]), indefinite = Tensor([[1, 2], [2, 1]])
    let broken = Tensor([[1, .nan], [0, 1]])
    #expect(throws: LinearAlgebraError.singular(operation: "solve", shape: [2, 2])) {
      try solve(singular, Tensor([1, 2]))
    }
    #expect(throws: LinearAlgebraError.singular(operation: "inverse", shape: [2, 2])) { try inverse(singular) }
    #expect(throws: LinearAlgebraError.notPositiveDefinite(operation: "cholesky", shape: [2, 2])) {
      try cholesky(indefinite)
    }
    for call: (Tensor) throws -> Void in [
      { _ = try inverse($0) }, { _ = try svd($0) }, { _ = try qr($0) }, { _ = try symmetricEigen($0) },
      { _ = try leastSquares($0, Tensor([1, 2])) }, { _ = try leastSquares(Tensor.eye(2), $0) },
      { _ = try cholesky($0) },
      { _ = try solve(Tensor.eye(2), $0) }, { _ = try pseudoInverse($0) },
    ] {
      let error = #expect(throws: LinearAlgebraError.self) { try call(broken) }
      if case .notFinite? = error { continue }
      Issue.record("\(String(describing: error))")
    }
    // One bad matrix of a batch is enough.
    #expect(throws: LinearAlgebraError.self) { try inverse(Tensor.stacked([Tensor.eye(2), singular])) }
    #expect(
      "\(LinearAlgebraError.singular(operation: "solve", shape: [2, 2]))"
        == "solve: the matrix is singular, shape [2, 2]")
  }

  @Test("gradients of solve, inverse and determinant, also at singular matrices")
  func gradients() throws {
    var generator = Philox(seed: 6)
    let a = random([2, 3, 3], .float64, &generator), b = random([2, 3, 2], .float64, &generator)
    let singular = Tensor([[1, 2, 3], [4, 5, 6], [7, 8, 9]] as [[Double]]),
      zero = Tensor.zeros([2, 2], dtype: .float64)
    let ca = random([2, 2], .complex128, &generator), cb = random([2, 1], .complex128, &generator)
    for (name, inputs, function) in [
      ("solve", [a, b], { try solve($0[0], $0[1]) }),
      ("solve a vector", [a[0], b[0, .all, 0]], { try solve($0[0], $0[1]) }),
      ("inverse", [a], { try inverse($0[0]) }), ("determinant", [a], { determinant($0[0]) }),
      ("determinant", [singular], { determinant($0[0]) }), ("determinant", [zero], { determinant($0[0]) }),
      ("complex solve", [ca, cb], { try solve($0[0], $0[1]) }),
      ("complex inverse", [ca], { try inverse($0[0]) }), ("complex determinant", [ca], { determinant($0[0]) }),
    ] as [(String, [Tensor], ([Tensor]) throws -> Tensor)] {
      let result = try gradCheck(function, at: inputs)
      #expect(result.passed, "\(name): \(result)")
    }
  }

  @Test("gradients of decompositions: of each result, and of what does not depend on a choice of phases")
  func decompositionGradients() throws {
    var generator = Philox(seed: 8)
    func adjoint(_ x: Tensor) -> Tensor { x.transposed().conjugate() }
    // A fixed function that is not symmetric in its elements.
    func bent(_ x: Tensor) -> Tensor {
      x * Tensor.arange(x.count, dtype: .float64).cos().cast(to: x.dtype).reshaped(x.shape)
    }
    func projector(_ x: Tensor) -> Tensor { bent(matmul(bent(x), adjoint(x))) }
    for dtype in [DType.float64, .complex128] {
      func positive(_ x: Tensor) -> Tensor { matmul(x, adjoint(x)) + Tensor.eye(x.shape[-1], dtype: dtype) }
      let square = random([2, 3, 3], dtype, &generator)
      let shapes: [Shape] = [[4, 3], [3, 4], [2, 3, 3], [1, 2]]
      var cases: [(String, Tensor, (Tensor) throws -> Tensor)] = [
        ("cholesky", square, { try cholesky(positive($0)) }),
        ("eigenvalues", square, { try symmetricEigenvalues($0 + adjoint($0)) }),
        ("eigen values", square, { try bent(symmetricEigen($0 + adjoint($0)).values) }),
        (
          "eigenvectors", square,
          {
            let v = try symmetricEigen($0 + adjoint($0)).vectors
            return matmul(v * Tensor([1, 2, 4] as [Double]).cast(to: dtype), adjoint(v))
          }
        ),
      ]
      for shape in shapes {
        let a = random(shape, dtype, &generator)
        cases += [
          ("q", a, { try projector(qr($0).q) }), ("r", a, { try matmul(adjoint(qr($0).r), bent(qr($0).r)) }),
          (
            "q and r", a,
            {
              let (q, r) = try qr($0); return matmul(q, r * r.abs().cast(to: dtype))
            }
          ),
          ("singularValues", a, { try singularValues($0) }), ("s", a, { try svd($0).s.squared() }),
          ("u", a, { try projector(svd($0).u) }), ("vh", a, { try projector(adjoint(svd($0).vh)) }),
          (
            "u and vh", a,
            {
              let (u, s, vh) = try svd($0); return matmul(u * s.exp().unsqueezed(axis: -2).cast(to: dtype), vh)
            }
          ),
          ("pseudoInverse", a, { try pseudoInverse($0) }), ("conditionNumber", a, { try conditionNumber($0) }),
        ]
      }
      for (name, a, function) in cases {
        let result = try gradCheck({ try function($0[0]) }, at: [a])
        #expect(result.passed, "\(name) of \(dtype) \(a.shape): \(result)")
      }
      for shape in [[4, 3], [3, 4]] as [Shape] {
        let a = random(shape, dtype, &generator), b = random([shape[0], 2], dtype, &generator)
        let solution = try gradCheck({ try leastSquares($0[0], $0[1]).solution }, at: [a, b])
        let residual = try gradCheck({ try leastSquares($0[0], $0[1]).residual }, at: [a, b])
        let vector = try gradCheck({ try leastSquares($0[0], $0[1]).solution }, at: [a, b[.all, 0]])
        #expect(
          solution.passed && residual.passed && vector.passed, "\(dtype) \(shape): \(solution) \(residual) \(vector)")
      }
    }
    // Of rank 1: the pseudo-inverse is differentiable along matrices of rank 1.
    let column = random([3, 1], .float64, &generator), row = random([1, 2], .float64, &generator)
    let rank1 = try gradCheck({ try pseudoInverse(matmul($0[0], $0[1])) }, at: [column, row])
    #expect(rank1.passed, "\(rank1)")
  }

  @Test("einsum equals its definition as a sum over all letters")
  func einsums() {
    let sizes: [Character: Int] = ["i": 2, "j": 3, "k": 4, "l": 2, "b": 3]
    let cases = [
      "ij,jk->ik", "ij,jk", "ij->ji", "ij->", "ii->i", "bii->b", "ii", "i,j->ij", "i,i->", "bij,bjk->bik",
      "bij,kj->bik",
      "ij,ij->ij", "ij,ij->i", "i,ij,j->", "ij,jk,kl->il", "ijk,ljb->bkil", "ij,kl->", "bi,bj->bij", "ijj,k->ki",
      "i->i", ",ij->ij",
    ]
    for (number, equation) in cases.enumerated() {
      var generator = Philox(seed: UInt64(number))
      let sides = equation.replacing("->", with: ">").split(separator: ">", omittingEmptySubsequences: false).map(
        String.init)
      let inputs = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(Array.init)
      let operands = inputs.map { letters in
        generator.integers(Shape(letters.map { sizes[$0] ?? 0 })).cast(to: .float64)
      }
      let all = inputs.flatMap { $0 }
      let output = sides.count > 1 ? Array(sides[1]) : Set(all.filter { l in all.count { $0 == l } == 1 }).sorted()
      let letters = Set(all).sorted()
      let plains = operands.map(Plain.init)
      var expected = Plain(output.map { sizes[$0] ?? 0 }) { _ in 0 }
      for place in Plain.indices(letters.map { sizes[$0] ?? 0 }) {
        let value = Dictionary(uniqueKeysWithValues: zip(letters, place))
        let product = zip(plains, inputs).reduce(1.0) { $0 * $1.0[$1.1.map { value[$0] ?? 0 }] }
        let at = zip(output, expected.shape).reduce(0) { $0 * $1.1 + (value[$1.0] ?? 0) }
        expected.values[at] += product
      }
      let found: Tensor
      switch operands.count {
      case 1: found = einsum(equation, operands[0])
      case 2: found = einsum(equation, operands[0], operands[1])
      default: found = einsum(equation, operands[0], operands[1], operands[2])
      }
      #expect(Plain(found) == expected, "\(equation)")
    }
  }

  @Test("dot, outer and Kronecker products")
  func products() {
    let (a, b) = (Tensor([1, 2, 3]), Tensor([4, 5, 6]))
    #expect(dot(a, b).scalar == 32)
    #expect(outer(a, Tensor([1, 10])).array() == [1, 10, 2, 20, 3, 30] as [Float])
    let k = kroneckerProduct(Tensor([[1, 2], [3, 4]]), Tensor([[0, 1]]))
    #expect(k.shape == [2, 4] && k.array() == [0, 1, 0, 2, 0, 3, 0, 4] as [Float])
    #expect(kroneckerProduct(Tensor([1, 2]), Tensor.eye(2)).array() == [1, 0, 2, 0, 0, 1, 0, 2] as [Float])
    #expect(kroneckerProduct(Tensor([1, 2]), Tensor([3, 4])).array() == [3, 4, 6, 8] as [Float])
  }
}

/// numpy.linalg 2.4.6, for the matrices of the test.
private enum NumPy {
  static let singularValues: [Double] = [6.143647125187646, 4.546713060756519, 2.140794325552933]
  static let eigenvalues: [Double] = [0.9999999999999993, 2.267949192431123, 5.732050807568877]
  static let condition = 2.869797930541898
  static let solution: [Double] = [1.271812080536913, 0.7382550335570469, -0.18456375838926198]
  static let residual = 5.7986577181208085
}
