// swift-tools-version: 6.2
import PackageDescription

// What a stranger writes: NEURAL_CLONE is a clone of this repository with the tag 1.0.0. See check.sh.
let package = Package(
  name: "consumer",
  dependencies: [.package(url: Context.environment["NEURAL_CLONE"] ?? "", from: "1.0.0")],
  targets: [
    .executableTarget(name: "consumer", dependencies: [.product(name: "Neural", package: "neural")])
  ]
)
