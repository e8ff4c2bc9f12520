import Neural
import NeuralPlots

extension Run {
  /// Images in the terminal, where it has colours; they are not kept.
  func preview(_ images: [Tensor], captions: [String] = []) {
    if let text = TerminalPreview(images, captions: captions).text() { progress("\n\(text)") }
  }
}

extension PlotError: PlainError {}

extension Run {
  /// The table of a sweep.
  func table(_ title: String, _ sweep: Sweep) {
    table(title, sweep.settings + sweep.results, sweep.rows.map { $0.values.map(\.short) })
  }
}

extension [LinePlot.Series] {
  /// Noisy values, pale, and their mean over the last so many.
  static func smoothed(_ values: [Double], over count: Int) -> [LinePlot.Series] {
    var sum = 0.0
    let means = values.indices.map { index in
      sum += values[index] - (index >= count ? values[index - count] : 0)
      return sum / Double(Swift.min(index + 1, count))
    }
    return [.init("each batch", values, style: .pale), .init("mean of \(count)", means, color: 0)]
  }
}
