import Neural
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
