import ArgumentParser

/// `homework dlcv`
struct DLCV: Course {
  static let name = "dlcv", title = "Linear and two-layer classifiers, back-propagation by hand, and convolution."
  static let exercises: [any Exercise.Type] = [
    DLCVLinear.self, DLCVScalar.self, DLCVMLP.self, DLCVBlur.self, DLCVConvFit.self,
  ]

  @OptionGroup var options: RunOptions
}
