import ArgumentParser

/// `homework mfdnn`
struct MFDNN: Course {
  static let name = "mfdnn", title = "Convolutions as filters, back-propagation by layers, LeNet-5."
  static let exercises: [any Exercise.Type] = [
    MFDNNFilters.self, MFDNNCommute.self, MFDNNNonCE.self, MFDNNMLPBackprop.self, MFDNNLeNet5.self,
  ]

  @OptionGroup var options: RunOptions
}
