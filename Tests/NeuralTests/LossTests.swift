import Neural
import Testing

@Suite("Losses")
struct LossTests {
  /// Every loss with every setting of the fixture: its inputs, and the call.
  private static let losses:
    [(name: String, inputs: [String], call: @Sendable ([Tensor], Tensor, Reduction) -> Tensor)] = [
      (
        "crossEntropy.plain", ["logits", "labels"],
        { x, _, r in crossEntropy(logits: x[0], labels: x[1], reduction: r) }
      ),
      (
        "crossEntropy.smooth", ["logits", "labels"],
        { x, _, r in crossEntropy(logits: x[0], labels: x[1], labelSmoothing: 0.1, reduction: r) }
      ),
      (
        "crossEntropy.weighted", ["logits", "labels"],
        { x, w, r in crossEntropy(logits: x[0], labels: x[1], classWeights: w, reduction: r) }
      ),
      (
        "crossEntropy.ignored", ["logits", "labels"],
        { x, _, r in crossEntropy(logits: x[0], labels: x[1], reduction: r) }
      ),
      (
        "crossEntropy.all", ["logits", "labels"],
        { x, w, r in crossEntropy(logits: x[0], labels: x[1], classWeights: w, labelSmoothing: 0.2, reduction: r) }
      ),
      (
        "crossEntropy.places", ["logits", "labels"],
        { x, _, r in crossEntropy(logits: x[0], labels: x[1], labelSmoothing: 0.1, ignoredLabel: 9, reduction: r) }
      ),
      (
        "soft.plain", ["logits", "probabilities"],
        { x, _, r in crossEntropy(logits: x[0], probabilities: x[1], reduction: r) }
      ),
      (
        "soft.all", ["logits", "probabilities"],
        { x, w, r in crossEntropy(logits: x[0], probabilities: x[1], classWeights: w, labelSmoothing: 0.2, reduction: r)
        }
      ),
      (
        "likelihood.plain", ["logits", "labels"],
        { x, _, r in negativeLogLikelihood(logProbabilities: x[0], labels: x[1], reduction: r) }
      ),
      (
        "likelihood.weighted", ["logits", "labels"],
        { x, w, r in negativeLogLikelihood(logProbabilities: x[0], labels: x[1], classWeights: w, reduction: r) }
      ),
      (
        "squared.plain", ["predictions", "targets"],
        { x, _, r in meanSquaredError(predictions: x[0], targets: x[1], reduction: r) }
      ),
      (
        "absolute.plain", ["predictions", "targets"],
        { x, _, r in meanAbsoluteError(predictions: x[0], targets: x[1], reduction: r) }
      ),
      (
        "huber.plain", ["predictions", "targets"],
        { x, _, r in huberLoss(predictions: x[0], targets: x[1], delta: 0.7, reduction: r) }
      ),
      (
        "smooth.plain", ["predictions", "targets"],
        { x, _, r in smoothL1Loss(predictions: x[0], targets: x[1], beta: 0.4, reduction: r) }
      ),
      (
        "binary.plain", ["logits", "targets"],
        { x, _, r in binaryCrossEntropy(logits: x[0], targets: x[1], reduction: r) }
      ),
      (
        "binary.all", ["logits", "targets", "weights", "positive"],
        { x, _, r in
          binaryCrossEntropy(logits: x[0], targets: x[1], weights: x[2], positiveWeights: x[3], reduction: r)
        }
      ),
      (
        "divergence.plain", ["predictions", "targets"],
        { x, _, r in divergence(logProbabilities: x[0], targets: x[1], reduction: r) }
      ),
      (
        "sigmoid.plain", ["logits", "signs"],
        { x, _, r in sigmoidSquaredError(logits: x[0], labels: x[1], reduction: r) }
      ),
    ]

  @Test("every loss and its gradients are PyTorch's, for every setting and reduction")
  func fixtures() throws {
    let fixture = try fixture("losses")
    let names = Set(
      fixture.keys.filter { $0 != "weights" }.map { $0.split(separator: ".").prefix(2).joined(separator: ".") })
    #expect(names == Set(LossTests.losses.map(\.name)))
    let weights = try #require(fixture["weights"])
    for (name, inputs, call) in LossTests.losses {
      for reduction in Reduction.allCases {
        try compare(fixture, "\(name).\(reduction)", inputs, relative: 3e-6, relative64: 1e-13) {
          call($0, weights.cast(to: $0[0].dtype), reduction)
        }
      }
    }
  }

  @Test("a mean over nothing is NaN, and smooth L1 with β = 0 is the absolute error")
  func edges() {
    let labels = Tensor([-100, -100] as [Int64])
    #expect(crossEntropy(logits: Tensor.zeros([2, 3]), labels: labels).scalar.isNaN)
    #expect(crossEntropy(logits: Tensor.zeros([2, 3]), labels: labels, reduction: .sum).scalar == 0)
    let x = Tensor([1, -2]), y = Tensor([0, 0])
    #expect(smoothL1Loss(predictions: x, targets: y, beta: 0, reduction: .none).array(Float.self) == [1, 2])
  }

  @Test("penalties sum over the chosen parameters, and half an L2 penalty is weight decay")
  func penalties() {
    let model = Linear(2, 2)
    model.weight.value = Tensor([[1, -2], [3, 0]])
    model.bias?.value = Tensor([5, -6])
    #expect(l1Penalty(model).scalar == 17 && l1Penalty(model, "weight").scalar == 6)
    #expect(l2Penalty(model, "*weight").scalar == 14)
    (l2Penalty(model, "weight") * 0.25).backward()
    #expect(model.weight.grad?.array(Float.self) == [0.5, -1, 1.5, 0] && model.bias?.grad == nil)
    model.zeroGrad()
    l1Penalty(model, "weight").backward()
    #expect(model.weight.grad?.array(Float.self) == [1, -1, 1, 0])
  }

  @Test("clipping by norm scales all gradients by one factor, by value each element")
  func clipping() {
    func model() -> Linear {
      let model = Linear(2, 1)
      model.weight.grad = Tensor([[3, -4]])
      model.bias?.grad = Tensor([12])
      return model
    }
    func gradients(_ model: Linear) -> [Float] { model.parameters.flatMap { $0.grad?.array(Float.self) ?? [] } }
    let scaled = model(), untouched = model(), largest = model(), limited = model()
    #expect(clipGradients(scaled, norm: 6.5) == 13)
    #expect(zip(gradients(scaled), [1.5, -2, 6] as [Float]).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(clipGradients(untouched, norm: 14) == 13 && gradients(untouched) == [3, -4, 12])
    #expect(clipGradients(largest, norm: 6, order: .infinity) == 12)
    #expect(zip(gradients(largest), [1.5, -2, 6] as [Float]).allSatisfy { abs($0 - $1) < 1e-6 })
    clipGradients(limited, value: 3.5)
    #expect(gradients(limited) == [3, -3.5, 3.5])
    limited.weight.grad = Tensor([[3e30, 4e30]])
    limited.bias?.grad = nil
    #expect(abs(clipGradients(limited, norm: 1) / 5e30 - 1) < 1e-6 && clipGradients(Linear(1, 1), norm: 1) == 0)
  }
}
