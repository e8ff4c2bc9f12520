import Neural
import Testing

@testable import NeuralPlots

@Suite("Terminal preview") struct TerminalTests {
  @Test("colours are found from NO_COLOR, COLORTERM and TERM, and never outside a terminal")
  func detection() {
    func detect(_ environment: [String: String], isTerminal: Bool = true) -> TerminalColors {
      TerminalColors.detect(environment: environment, isTerminal: isTerminal)
    }
    #expect(detect(["COLORTERM": "truecolor"]) == .trueColor)
    #expect(detect(["TERM": "xterm-256color"]) == .palette256)
    #expect(detect(["TERM": "dumb"]) == .none && detect([:]) == .none)
    #expect(detect(["COLORTERM": "truecolor", "NO_COLOR": "1"]) == .none)
    #expect(detect(["COLORTERM": "truecolor", "NO_COLOR": ""]) == .trueColor)
    #expect(detect(["COLORTERM": "truecolor"], isTerminal: false) == .none)
  }

  @Test("two rows of pixels are one line; an odd last row stands on the terminal's background")
  func blocks() {
    let image = Tensor([0, 255, 10, 20, 30, 30] as [UInt8], shape: [3, 2])
    let esc = "\u{1B}["
    #expect(
      TerminalPreview([image], captions: ["seven"]).text(.trueColor) == """
        se
        \(esc)38;2;0;0;0;48;2;10;10;10m▀\(esc)38;2;255;255;255;48;2;20;20;20m▀\(esc)0m
        \(esc)38;2;30;30;30;49m▀▀\(esc)0m
        """)
    #expect(TerminalPreview([image]).text(.none) == nil)
  }

  @Test("256 colours: greys from the ramp, colours from the cube")
  func palette() {
    let image = Tensor([128, 255, 128, 0, 128, 0] as [UInt8], shape: [3, 1, 2])
    #expect(TerminalPreview([image]).text(.palette256) == "\u{1B}[38;5;244;49m▀\u{1B}[38;5;196;49m▀\u{1B}[0m")
  }
}
