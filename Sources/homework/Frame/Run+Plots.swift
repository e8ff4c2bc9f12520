import Neural
import NeuralPlots

extension Run {
  /// Images in the terminal, where it has colours; they are not kept.
  func preview(_ images: [Tensor], captions: [String] = []) {
    if let text = TerminalPreview(images, captions: captions).text() { progress("\n\(text)") }
  }
}

extension PlotError: PlainError {}
