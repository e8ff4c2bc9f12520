import Foundation
import Neural
import NeuralModels

/// What the examples in documentation comments take for granted: each is a function of this, compiled and never called.
struct Names {
  let model: LeNet, optimizer: SGD
  let data: Batch, loader: DataLoader, others: DataLoader
  let x: Tensor, y: Tensor
  let samples: [([Double], Double)], signal: [Double], desired: [Double]
  let epoch: Int, batch: Int, file: URL
  let train: [Double], validation: [Double], losses: [Double], accuracies: [Double], digits: [String]
  let step: (Batch) -> Void
}
