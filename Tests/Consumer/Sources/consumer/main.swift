import Neural

/// Learns the exclusive or of two bits; with an argument it makes a shape mistake instead.
Random.seed(3)
let model = Sequential {
  Linear(2, 16)
  Tanh()
  Linear(16, 2)
}
if CommandLine.arguments.count > 1 {
  _ = model(Tensor.zeros([4, 3]))
}
let data = Batch(inputs: Tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), targets: Tensor([0, 1, 1, 0] as [Int32]))
let loader = DataLoader(data, batchSize: 4, shuffle: true, seed: 1)
let optimizer = SGD(model, learningRate: 0.5, momentum: 0.9)
try fit(model, optimizer, train: loader, epochs: 0..<200)
let accuracy = evaluate(model, on: loader, metrics: [Accuracy()])[0].value
print("accuracy \(accuracy)")
