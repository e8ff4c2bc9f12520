import ArgumentParser
import Neural

/// `homework ece285 tensors`: questions 1 to 16 of the paper.
struct ECE285Tensors: Exercise {
  static let course = "ece285", name = "tensors",
    title = "Tensors: making, joining, indexing, adding, reshaping, sharing memory."
  static let discussion = """
    The paper's questions 1 to 16 in Swift. A tensor is a value: changing one never changes another, though they share \
    memory until then. Memory from outside is shared with whoever owns it.
    """
  static let data = "none"
  static let duration = (full: "1 s", quick: "1 s")

  @OptionGroup var options: RunOptions

  private static let x = Tensor([
    [-0.1859, 1.3970, 0.5236], [2.3854, 0.0707, 2.1970], [-0.3587, 1.2359, 1.8951], [-0.1189, -0.1376, 0.4647],
    [-1.8968, 2.0164, 0.1092],
  ])
  private static let y = Tensor([
    [0.4838, 0.5822, 0.2755], [1.0982, 0.4932, -0.6680], [0.7915, 0.6580, -0.5819], [0.3825, -1.1822, 1.5217],
    [0.6042, -0.2280, 1.3210],
  ])

  private var x: Tensor { Self.x }
  private var y: Tensor { Self.y }

  func perform(_ run: Run) throws {
    make(run)
    join(run)
    index(run)
    add(run)
    reshape(run)
    share(run)
    try store(run)
    place(run)
  }

  /// Questions 1 to 3.
  private func make(_ run: Run) {
    let undefined = Tensor.uninitialized([5, 3])
    let uniform = Tensor.uniform([5, 3]), normal = Tensor.normal([5, 3])
    run.text("1. Uninitialised: whatever the memory held, \(undefined.debugDescription).")
    run.code("2. Uniform in [0, 1)", uniform)
    run.code("   Normal with mean 0 and variance 1", normal)
    run.check("1. dtype uninitialised", expected: .float32, ours: undefined.dtype)
    run.check("2. dtype uniform", expected: .float32, ours: uniform.dtype)
    run.check("2. dtype normal", expected: .float32, ours: normal.dtype)
    run.check("2. uniform values lie in [0, 1)", ((uniform .>= 0) .& (uniform .< 1)).all())
    run.check("2. normal values are of both signs", (normal .< 0).any() && (normal .> 0).any())
    let double = uniform.cast(to: .float64)
    run.code("3. The uniform ones as float64", double)
    run.check("3. dtype cast", expected: .float64, ours: double.dtype)
    run.check("3. the cast keeps values", double.cast(to: .float32).array(Float.self) == uniform.array(Float.self))
  }

  /// Questions 4 and 5.
  private func join(_ run: Run) {
    run.code("4. x", x)
    run.code("   y", y)
    run.check("4. shapes of x and y", expected: [[5, 3], [5, 3]], ours: [x.shape, y.shape])
    run.code("5. x and y stacked", Tensor.stacked([x, y]))
    run.check("5. stacked", expected: [2, 5, 3], ours: Tensor.stacked([x, y]).shape)
    run.check("5. concatenated along axis 0", expected: [10, 3], ours: Tensor.concatenated([x, y]).shape)
    run.check("5. concatenated along axis 1", expected: [5, 6], ours: Tensor.concatenated([x, y], axis: 1).shape)
  }

  /// Questions 6 and 7.
  private func index(_ run: Run) {
    let z = Tensor.stacked([x, y])
    run.check("6. y[4, 2]", expected: 1.3210, ours: y[4, 2].scalar, digits: 4)
    run.check("6. z[1, 4, 2]", expected: 1.3210, ours: z[1, 4, 2].scalar, digits: 4)
    run.check("7. z[.all, 4, 2]", expected: [0.1092, 1.3210], ours: z[.all, 4, 2].array(Float.self))
  }

  /// Question 8.
  private func add(_ run: Run) {
    var into = x
    into += y
    let sums = [
      ("x + y", x + y), ("[y].reduce(x, +)", [y].reduce(x, +)),
      ("Tensor.stacked([x, y]).sum(axis: 0)", Tensor.stacked([x, y]).sum(axis: 0)), ("into = x; into += y", into),
    ]
    run.code("8. x + y", x + y)
    let paper = Tensor([
      [0.2979, 1.9792, 0.7991], [3.4836, 0.5639, 1.5290], [0.4328, 1.8939, 1.3132], [0.2636, -1.3198, 1.9864],
      [-1.2926, 1.7884, 1.4302],
    ])
    for (name, sum) in sums {
      run.check("8. \(name) against the paper", ours: (sum - paper).abs().max().scalar, below: 5e-5)
    }
    run.check("8. x after += into a copy of it", expected: -0.1859, ours: x[0, 0].scalar, digits: 4)
  }

  /// Questions 9 and 10.
  private func reshape(_ run: Run) {
    let square = Tensor.normal([4, 4])
    run.check("9. 4×4 as 16", expected: [16], ours: square.reshaped([16]).shape)
    run.check("9. 4×4 as −1×8", expected: [2, 8], ours: square.reshaped([-1, 8]).shape)
    run.check("9. reshaping keeps the order", square.reshaped([-1, 8]).array(Float.self) == square.array(Float.self))
    let row = Tensor.normal([10, 10]).reshaped([1, 100]), matrix = Tensor.normal([2, 100]).reshaped([100, 2])
    let product = matmul(row, matrix)
    run.code("10. (1×100) · (100×2)", product)
    run.check("10. product", expected: [1, 2], ours: product.shape)
    let first = (row.reshaped([100]) * matrix[.all, 0]).sum().scalar
    run.check("10. its first element against the sum", ours: abs(product[0, 0].scalar - first) / 100, below: 1e-6)
  }

  /// Questions 11 to 14: what shares memory, and what copies.
  private func share(_ run: Run) {
    let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: 5)
    defer { memory.deallocate() }
    memory.initialize(repeating: 1)
    var lines: [[String]] = []
    // The tensor must be gone before the memory is.
    do {
      var a = Tensor(adopting: memory, shape: [5]) {}
      func step(_ code: String, expected: Float, _ tensor: Float) {
        lines.append([code, "\(a.array(Float.self))", "\(Array(memory))"])
        run.check("\(code): the tensor's last element", expected: tensor, ours: a.array(Float.self)[4])
        run.check("\(code): the buffer's last element", expected: expected, ours: memory[4])
      }
      step("11. a = Tensor(adopting: buffer, …)", expected: 1, 1)
      a[0] += 1
      step("12. a[0] += 1", expected: 1, 1)
      run.check("12. a[0] += 1: the buffer's first element", expected: 2, ours: memory[0])
      a += 1
      step("13. a += 1", expected: 2, 2)
      a[.all] += 1
      step("13. a[.all] += 1", expected: 3, 3)
      a = a + 1
      step("13. a = a + 1", expected: 3, 4)
    }
    run.table("11 to 13. A tensor on a Swift buffer of five ones", ["after", "tensor", "buffer"], lines)

    var array: [Float] = [1, 1, 1, 1, 1]
    let copy = Tensor(array)
    array[0] = 2
    run.check(
      "14. Tensor(array) copies: the tensor after array[0] = 2", expected: [1, 1, 1, 1, 1], ours: copy.array(Float.self)
    )
    let b = copy
    var c = copy
    run.check("14. c = b shares memory", address(b) == address(c))
    run.check("14. x[2..<4] shares memory", address(x[2..<4]) == address(x) + 2 * 3 * MemoryLayout<Float>.stride)
    c += 1
    run.check("14. until c += 1", address(b) != address(c))
    run.check("14. b after c += 1", expected: [1, 1, 1, 1, 1], ours: b.array(Float.self))
  }

  /// The other half of question 14: NumPy's file format.
  private func store(_ run: Run) throws {
    let file = try run.file("x.npy")
    try x.write(npy: file)
    var read = try Tensor(npy: file)
    run.check("14. x.npy holds x", read.shape == x.shape && read.array(Float.self) == x.array(Float.self))
    read += 1
    let again = try Tensor(npy: file)
    run.check("14. x.npy after the tensor that was read from it += 1", again.array(Float.self) == x.array(Float.self))
    run.text("14. numpy.load reads x.npy; the tensor of a file is a copy of it.")
  }

  /// Questions 15 and 16.
  private func place(_ run: Run) {
    let z = Tensor.normal([5, 3]) + Tensor.normal([5, 3])
    run.text(
      """
      15. Every tensor lives in this machine's memory, at an address that is a multiple of 64, and all threads compute \
      with it: there is no device to move it to.
      """)
    run.check("15. address modulo 64", expected: 0, ours: address(z) % 64)
    run.text(
      "16. So array() always works: \(z[0].array(Float.self)). What it refuses is another dtype: convert with cast(to:) first."
    )
    run.check("16. array() of z", expected: 15, ours: z.array(Float.self).count)
  }

  private func address(_ tensor: Tensor) -> Int {
    tensor.withUnsafeBuffer(Float.self) { Int(bitPattern: $0.baseAddress) }
  }
}
