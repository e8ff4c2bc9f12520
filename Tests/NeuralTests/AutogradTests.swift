import Neural
import Synchronization
import Testing

@Suite("The tape")
struct AutogradTests {
  @Test("the course example: z = 27, ∂f/∂x = 4.5, and only the leaf keeps a gradient")
  func course() {
    let x = Tensor.ones([2, 2]).requiringGrad()
    let y = x + 2
    let z = 3 * y * y
    let f = z.mean()
    #expect(x.isLeaf && x.requiresGrad && x.gradientFunction == nil && x.grad == nil)
    #expect(!y.isLeaf && y.requiresGrad && y.gradientFunction == "add")
    #expect(f.gradientFunction != nil && f.scalar == 27 && z.array() == [27, 27, 27, 27] as [Float])
    f.backward()
    #expect(x.grad?.array() == [4.5, 4.5, 4.5, 4.5] as [Float])
    #expect(y.grad == nil && z.grad == nil && f.grad == nil)
  }

  @Test("gradients add up over calls, and over uses of one tensor")
  func accumulation() {
    let x = Tensor([1, 2, 3]).requiringGrad()
    (x * x).sum().backward()
    #expect(x.grad?.array() == [2, 4, 6] as [Float])
    (x * 10).sum().backward()
    #expect(x.grad?.array() == [12, 14, 16] as [Float])
    x.grad = nil
    let y = x * 2
    (y * y + y + x).sum().backward()
    #expect(x.grad?.array() == [11, 19, 27] as [Float])
  }

  @Test("accumulating does not change a gradient that was read before")
  func readGradient() {
    let x = Tensor([1, 2]).requiringGrad()
    x.sum().backward()
    let before = x.grad
    x.sum().backward()
    #expect(before?.array() == [1, 1] as [Float] && x.grad?.array() == [2, 2] as [Float])
  }

  @Test("one upstream gradient that goes to two inputs is not added to itself")
  func sharedGradient() {
    let a = Tensor([1]).requiringGrad(), b = Tensor([1]).requiringGrad()
    let sum = a + b
    (sum + a).sum().backward()
    #expect(a.grad?.array() == [2] as [Float] && b.grad?.array() == [1] as [Float])
  }

  @Test("constants, noGrad and detached leave no history")
  func constants() {
    let x = Tensor([1, 2]).requiringGrad()
    #expect(!(Tensor([1]) * 2).requiresGrad)
    #expect(!noGrad { x * x }.requiresGrad)
    #expect(GradientMode.isEnabled)
    #expect(!x.detached().requiresGrad && !x.argmax(axis: 0).requiresGrad && !(x .> x).requiresGrad)
    (x.detached() * x).sum().backward()
    #expect(x.grad?.array() == [1, 2] as [Float])
  }

  @Test("a retained graph can be walked again")
  func retained() {
    let x = Tensor([3]).requiringGrad()
    let y = (x * x).sum()
    y.backward(retainGraph: true)
    y.backward()
    #expect(x.grad?.array() == [12] as [Float])
  }

  @Test("gradients(of:withRespectTo:) leaves grad alone and gives zeros for a stranger")
  func functional() {
    let x = Tensor([1, 2]).requiringGrad(), stranger = Tensor([5]).requiringGrad()
    let found = gradients(of: (x * x).sum(), withRespectTo: [x, stranger])
    #expect(found[0].array() == [2, 4] as [Float] && found[1].array() == [0] as [Float])
    #expect(x.grad == nil && stranger.grad == nil)
  }

  @Test("a gradient may be given for a result that is no scalar")
  func seeded() {
    let x = Tensor([[1, 2], [3, 4]]).requiringGrad()
    (x * 2).backward(gradient: Tensor([[1, 0], [0, 10]]))
    #expect(x.grad?.array() == [2, 0, 0, 20] as [Float])
  }

  @Test("an operation of one's own takes part")
  func custom() {
    let x = Tensor([1, 2] as [Double])
    let result = gradCheck(
      { inputs in
        customOperation("cube", inputs: inputs, forward: { $0[0] * $0[0] * $0[0] }) { inputs, _, dy in
          [dy * 3 * inputs[0] * inputs[0]]
        }
      }, at: [x])
    #expect(result.passed, "\(result)")
  }

  @Test("gradients of intermediate results, asked for or retained, before and after other branches join")
  func intermediate() {
    let x = Tensor([1, 2]).requiringGrad()
    let y = x * 3
    y.retainGrad()
    let z = y * y
    let loss = (z + y).sum()
    let found = gradients(of: loss, withRespectTo: [z, x, y], retainGraph: true)
    #expect(found[0].array() == [1, 1] as [Float] && found[1].array() == [21, 39] as [Float])
    #expect(found[2].array() == [7, 13] as [Float] && y.grad == nil && x.grad == nil)
    loss.backward(retainGraph: true)
    #expect(y.grad?.array() == [7, 13] as [Float] && z.grad == nil && x.grad?.array() == [21, 39] as [Float])
    loss.backward()
    #expect(y.grad?.array() == [14, 26] as [Float], "added up, as leaves do")
    y.grad = nil
    #expect(y.grad == nil)
  }

  @Test("hooks see complete gradients, change them in their order, and can be removed")
  func hooks() {
    let x = Tensor([1, 2]).requiringGrad()
    let seen = Mutex<[[Float]]>([])
    let y = x * 2
    let first = y.onGradient { gradient in
      seen.withLock { $0.append(gradient.array()) }
      return gradient * 10
    }
    y.onGradient { gradient in
      seen.withLock { $0.append(gradient.array()) }
      return nil
    }
    let leafHook = x.onGradient { $0 + 1 }
    y.retainGrad()
    let loss = (y + y * y).sum()
    loss.backward(retainGraph: true)
    #expect(seen.withLock { $0 } == [[5, 9], [50, 90]])
    #expect(y.grad?.array() == [50, 90] as [Float] && x.grad?.array() == [101, 181] as [Float])
    first.remove()
    leafHook.remove()
    x.grad = nil
    loss.backward()
    #expect(seen.withLock { $0.last } == [5, 9] && x.grad?.array() == [10, 18] as [Float])

    let layer = Linear(1, 1, bias: false)
    layer.weight.value.onGradient { $0.clamped(to: -1...1) }
    (layer(Tensor([[100]])) * 5).sum().backward()
    #expect(layer.weight.grad?.array() == [1] as [Float], "hooks of parameters stay with them")
  }

  @Test("inside noGrad a leaf is changed in place and stays a leaf: a training step by hand")
  func byHand() {
    var w = Tensor([4]).requiringGrad()
    for _ in 0..<60 {
      (w * w).sum().backward()
      if let gradient = w.grad { noGrad { w -= gradient * 0.1 } }
      w.grad = nil
    }
    #expect(w.isLeaf && w.requiresGrad && abs(w.scalar) < 1e-4)
    noGrad { w[0] = Tensor(7) }
    #expect(w.isLeaf && w.requiresGrad && w.scalar == 7)
    let kept = w.detached()
    noGrad { w *= 2 }
    #expect(kept.scalar == 7 && w.scalar == 14)
    w += 1
    #expect(!w.isLeaf && w.gradientFunction == "add", "recorded outside")
  }

  @Test("complex leaves collect ∂/∂Re + i · ∂/∂Im, through real and complex operations")
  func complexLeaves() {
    let z = Tensor([Complex(1, 2), Complex(0, -1)] as [Complex<Double>]).requiringGrad()
    (z * z.conjugate()).real.sum().backward()
    #expect(z.grad?.array() == [Complex(2, 4), Complex(0, -2)] as [Complex<Double>])
    z.grad = nil
    let x = Tensor([3, 4] as [Double]).requiringGrad()
    (x.cast(to: .complex128) * z).imaginary.sum().backward()
    #expect(
      x.grad?.array() == [2, -1] as [Double] && z.grad?.array() == [Complex(0, 3), Complex(0, 4)] as [Complex<Double>])
  }

  @Test("a chain of 100,000 operations neither overflows the stack nor leaks, walked or not")
  func longChain() {
    func chain(walked: Bool) {
      let x = Tensor([1]).requiringGrad()
      var y = x
      for _ in 0..<100_000 { y = y + 1 }
      if walked {
        y.sum().backward()
        #expect(x.grad?.array() == [1] as [Float])
      }
    }
    chain(walked: true)
    chain(walked: false)
  }
}
