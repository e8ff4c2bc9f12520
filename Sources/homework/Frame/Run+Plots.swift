import Neural
import NeuralPlots

extension Run {
  /// A figure of plots, row by row in so many columns: see ``figure(_:_:draw:)``.
  func figure(_ name: String, _ caption: String, _ plots: any Plot..., columns: Int = 1) throws {
    let figure = Figure(columns: columns) { for plot in plots { plot } }
    try self.figure(name, caption) { try figure.write(to: $0) }
  }

  /// Images in the terminal, where it has colours; they are not kept.
  func preview(_ images: [Tensor], captions: [String] = []) {
    if let text = TerminalPreview(images, captions: captions).text() { progress("\n\(text)") }
  }
}

extension PlotError: PlainError {}
