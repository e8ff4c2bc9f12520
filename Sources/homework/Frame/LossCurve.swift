import Neural
import NeuralPlots

/// The loss of every batch of a training, pale, with its mean over so many batches.
func lossCurve(
  _ losses: [Double], batchesPerEpoch: Int, meanOf window: Int, scale: Axis.Scale = .linear,
  references: [LinePlot.Reference] = []
) -> LinePlot {
  let places = losses.indices.map { Double($0 + 1) / Double(batchesPerEpoch) }
  let starts = Array(stride(from: 0, through: losses.count - window, by: window))
  let means = starts.map { losses[$0..<$0 + window].reduce(0, +) / Double(window) }
  return LinePlot(
    x: "epoch", y: Axis("loss", scale: scale),
    [
      .init("batch", x: places, losses, style: .pale, color: 0),
      .init(
        "mean of \(window) batches", x: starts.map { places[$0 + window / 2] }, means, style: .markedLine, color: 1),
    ], references: references)
}
