import Neural
import Synchronization
import Testing

@Suite("Tensors are values")
struct TensorValueTests {
  private func fill(_ x: inout Tensor, _ value: Float) {
    x.withUnsafeMutableBuffer(Float.self) { for i in $0.indices { $0[i] = value } }
  }

  @Test("changing a copy leaves the original, changing the original leaves the copy")
  func copies() {
    var a = Tensor([1, 2, 3])
    let b = a
    fill(&a, 9)
    #expect(a.array() == [9, 9, 9] as [Float] && b.array() == [1, 2, 3] as [Float])
  }

  @Test("changing a reshaped, sliced or squeezed view leaves the whole, and the other way round")
  func views() {
    let makers: [(String, (Tensor) -> Tensor)] = [
      ("reshaped", { $0.reshaped([6]) }), ("flattened", { $0.flattened() }), ("row", { $0[1] }),
      ("rows", { $0[0..<2] }),
      ("row of a row", { $0[2][0..<1] }), ("unsqueezed", { $0.unsqueezed(axis: 0) }), ("detached", { $0.detached() }),
      ("squeezed", { $0.unsqueezed(axis: 1).squeezed(axis: 1) }), ("narrowed", { $0.narrowed(axis: 1, 0..<1) }),
      ("sum over nothing", { $0.sum(axes: []) }), ("cast to itself", { $0.cast(to: .float32) }),
      ("broadcast to itself", { $0.broadcast(to: $0.shape) }), ("leaf", { $0.requiringGrad() }),
    ]
    for (name, make) in makers {
      var whole = Tensor([[1, 2], [3, 4], [5, 6]])
      var view = make(whole)
      let before = view.array(Float.self)
      fill(&view, -1)
      #expect(whole.array() == [1, 2, 3, 4, 5, 6] as [Float], "\(name)")
      #expect(view.array(Float.self).allSatisfy { $0 == -1 }, "\(name)")
      let second = make(whole)
      fill(&whole, 7)
      #expect(second.array(Float.self) == before, "\(name)")
    }
  }

  @Test("slices share memory where their elements lie one after another, and only there")
  func sharing() {
    let x = Tensor.arange(24).reshaped([2, 3, 4])
    func address(_ tensor: Tensor) -> Int { tensor.withUnsafeBuffer(Float.self) { Int(bitPattern: $0.baseAddress) } }
    func shares(_ part: Tensor) -> Bool { (address(x)..<address(x) + 96).contains(address(part)) }
    let sharing = [
      x[1], x[0..<1], x[1, 1...], x[1, 2, 3], x[.newAxis, 1, .all], x[1, 1..<2, 1...2], x.reshaped([4, 6]),
      x.detached(),
      x.flattened(), x.requiringGrad(), x.unsqueezed(axis: 1), x[0].squeezed(), x.split([1, 1])[1],
    ]
    #expect(sharing.allSatisfy(shares))
    let copies = [
      x[.all, 0], x[.slice(by: -1)], x[.ellipsis, 1...2], x.transposed(), x + 0, x.flipped(), x.rows([0, 1]),
      x.broadcast(to: [1, 2, 3, 4]).unsqueezed(axis: 0) + 0, x.cast(to: .float64).cast(to: .float32),
    ]
    #expect(!copies.contains(where: shares))
  }

  @Test("a tensor on a Swift buffer reads and writes it in place, and gives it back once")
  func adopting() {
    let memory = UnsafeMutableBufferPointer<Double>.allocate(capacity: 4)
    _ = memory.initialize(from: [1, 2, 3, 4])
    let released = Atomic(0)
    var kept: Tensor? = Tensor(adopting: memory, shape: [2, 2]) { released.add(1, ordering: .relaxed) }
    #expect(kept?[1].array() == [3, 4] as [Double])
    kept?[0, 1] = Tensor(9, dtype: .float64)
    #expect(memory[1] == 9, "nothing was copied")
    var copy = kept
    copy?[0, 0] = Tensor(7, dtype: .float64)
    #expect(memory[0] == 1, "a shared one is copied first")
    #expect(released.load(ordering: .relaxed) == 0)
    kept = nil
    #expect(released.load(ordering: .relaxed) == 1 && copy?.array() == [7, 9, 3, 4] as [Double])
    memory.deallocate()
  }

  @Test("a view that outlives the whole is changed in its own part only")
  func lonelyView() {
    var row = Tensor([[1, 2], [3, 4], [5, 6]])[1]
    row.withUnsafeMutableBuffer(Float.self) { $0[0] = 9 }
    #expect(row.array() == [9, 4] as [Float])
  }

  @Test("arrays of tensors, += and state dictionaries do not see later changes")
  func containers() {
    var x = Tensor([1, 2])
    let kept = [x, x]
    x += Tensor([1, 1])
    x -= Tensor([0, 5])
    #expect(x.array() == [2, -2] as [Float])
    #expect(kept.allSatisfy { $0.array() == [1, 2] as [Float] })

    let layer = Linear(1, 1, bias: false)
    layer.weight.value = Tensor([[3]])
    let state = layer.stateDict()
    let before = layer.weight.value
    layer.weight.grad = Tensor([[1]])
    SGD(layer, learningRate: 1).step()
    #expect(layer.weight.value.item() == 2 as Float)
    #expect(state.tensors["weight"]?.item() == 3 as Float && before.item() == 3 as Float)
  }

  @Test("a value kept for backward is not changed by writing to the tensor it came from")
  func savedForBackward() {
    var x = Tensor([2, 3])
    let w = Tensor([5, 7]).requiringGrad()
    let loss = (x * w).sum()
    fill(&x, 100)
    loss.backward()
    #expect(w.grad?.array() == [2, 3] as [Float])
  }

  @Test("writing to a computed tensor drops its history, writing to a leaf does not")
  func histories() {
    var leaf = Tensor([1, 2]).requiringGrad()
    var y = leaf * 2
    fill(&y, 1)
    #expect(!y.requiresGrad)
    fill(&leaf, 3)
    #expect(leaf.requiresGrad && leaf.isLeaf)
    leaf.squared().sum().backward()
    #expect(leaf.grad?.array() == [6, 6] as [Float])
  }
}
