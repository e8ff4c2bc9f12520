import Foundation
import Neural
import NeuralPlots

/// One figure of every kind, with the corners of each: what the tests draw, and what to look at after a change of the look
/// (NEURAL_FIGURES=FOLDER keeps them).
let gallery: [(name: String, figure: Figure)] = [
  ("lines", Figure { curves }),
  (
    "sweep",
    Figure {
      LinePlot(
        "Validation accuracy", x: Axis("learning rate", scale: .logarithmic, ticks: [0.0001, 0.001, 0.01, 0.1]),
        y: "accuracy, %",
        [0, 0.005, 0.01].enumerated().map { index, lambda in
          .init(
            "λ = \(lambda)", x: [0.0001, 0.001, 0.01, 0.1], [83, 89, 91, 92].map { $0 - 2.0 * Double(index) },
            style: .markedLine)
        }, references: [.horizontal(92, "scikit-learn"), .vertical(0.01, "chosen")])
    }
  ),
  (
    "bars",
    Figure {
      BarChart(
        "Accuracy of each class", x: "digit", y: Axis("accuracy, %", range: 80...100),
        categories: (0..<10).map(String.init),
        [
          .init("linear", (0..<10).map { 88 + Double($0 * 7 % 10) }),
          .init("MLP", (0..<10).map { 95 + Double($0 * 3 % 5) }),
        ])
    }
  ),
  (
    "numbers",
    Figure {
      BarChart(
        y: "speed, images/s", categories: ["LeNet", "LeNet-5", "100 % of <b>'SimpleNN'</b>"],
        [.init("", [71562, 40123, 9000])], digits: 0)
    }
  ),
  ("histogram", Figure { Histogram("Weights of conv1", x: "weight", of: noise, bins: 40) }),
  (
    "images",
    Figure {
      ImageGrid(
        "Digits and colours", (0..<12).map { ramp(channels: $0 % 2 == 0 ? 1 : 3, $0) },
        titles: (0..<12).map { "image \($0)" }, columns: 6)
    }
  ),
  (
    "matrix",
    Figure {
      MatrixPlot(
        "Kernel and its sign", Tensor([[1, 2, 1], [0, 0, 0], [-1, -2, -1]] as [[Float]]), label: "weight", digits: 1)
    }
  ),
  (
    "confusion",
    Figure {
      MatrixPlot(
        "Confusion",
        Tensor(confusions, shape: [10, 10]),
        label: "images", colors: .sequential, digits: 0, x: "prediction", y: "label")
    }
  ),
  (
    "space",
    Figure {
      ScatterPlot3D(
        "Data and fit", x: "x₁", y: "x₂", z: "d",
        [
          .points(
            "data", x: noise, y: Array(noise.reversed()), z: zip(noise, noise.reversed()).map { 1 + $0 - 2 * $1 }),
          .line("Wiener", x: [-1, 1], y: [-1, 1], z: [2, 0]),
        ])
    }
  ),
  (
    "panels",
    Figure("Four panels", columns: 2) {
      curves
      BarChart("Bars", y: "accuracy, %", categories: ["a", "b"], [.init("", [1, 2])], digits: 1)
      for bins in [10, 40] {
        Histogram("\(bins) bins", x: "value", y: Axis("count", scale: .logarithmic), of: noise, bins: bins)
      }
    }
  ),
  (
    "nothing",
    Figure(columns: 2) {
      LinePlot("No points", x: "x", y: Axis("y", scale: .logarithmic), [.init("gone", [.nan, -1, .infinity])])
      BarChart("No bars", y: "y", categories: [], [])
      Histogram("No values", x: "x", of: [Double]())
      LinePlot("All equal", x: "x", y: "y", [.init("five", [5, 5, 5], style: .markedLine)])
      MatrixPlot("All zero", Tensor.zeros([2, 3]))
      ScatterPlot3D("No points", x: "x", y: "y", z: "z", [])
    }
  ),
]

private let confusions: [Float] = (0..<100).map { (index: Int) -> Float in
  index % 11 == 0 ? Float(900 + index) : Float(index * 13 % 40)
}

private let noise: [Double] = (0..<400).map { index in
  let x = Double(index)
  return (sin(x * x) + cos(7 * x * x + 3) + sin(13 * x)) / 3
}

private let curves = LinePlot(
  "Loss", x: "minibatch", y: Axis("cross-entropy, nats", scale: .logarithmic),
  [
    .init("each batch", (0..<600).map { falling($0) * (1 + 0.3 * noise[$0 % 400]) }, style: .pale),
    .init("mean", (0..<600).map(falling), color: 0),
    .init("validation", x: [100, 200, 300, 400, 500, 600], [1.5, 0.9, 0.6, 0.4, 0.25, 0.2], style: .markedLine),
    .init("bound", x: [0, 600], [3, 0.03], style: .dashed),
    .init("seen", x: [50, 150, 250], [0.1, 0.05, 0.04], style: .points),
  ], references: [.horizontal(0.0354, "paper")])

private func falling(_ step: Int) -> Double { 2.3 * exp(-Double(step) / 200) + 0.02 }

private func ramp(channels: Int, _ phase: Int) -> Tensor {
  let slope = channels == 1 ? 3 : 7
  let values = (0..<channels * 28 * 28).map { UInt8(truncatingIfNeeded: $0 / slope + 20 * phase) }
  return Tensor(values, shape: [channels, 28, 28])
}
