// swift-tools-version: 6.2
import PackageDescription

// Debian names LLVM's OpenMP runtime libomp5.so; elsewhere it is libomp.so: NEURAL_OPENMP=omp.
let openMP = Context.environment["NEURAL_OPENMP"] ?? "omp5"
// `make sanitize`: undefined behaviour in the kernels stops the program (swiftc knows no such flag on Linux); the thread
// sanitizer looks at Swift alone, since it does not see OpenMP's barriers.
let checks: [String] =
  switch Context.environment["NEURAL_SANITIZE"] {
  case "undefined": ["-fsanitize=undefined", "-fsanitize-trap=undefined"]
  case "thread": ["-fno-sanitize=thread"]
  default: []
  }

let package = Package(
  name: "neural",
  products: [
    .library(name: "CCore", targets: ["CCore"]),
    .library(name: "Neural", targets: ["Neural"]),
    .library(name: "NeuralModels", targets: ["NeuralModels"]),
    .library(name: "NeuralData", targets: ["NeuralData"]),
    .library(name: "NeuralPlots", targets: ["NeuralPlots"]),
    .library(name: "NeuralONNX", targets: ["NeuralONNX"]),
    .executable(name: "homework", targets: ["homework"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
  ],
  targets: [
    // Every loop over numbers. -O3 in debug builds too: kernels stay fast under `swift test`.
    .target(
      name: "CCore", path: "CCore",
      cSettings: [.unsafeFlags(["-O3", "-fopenmp", "-Wall", "-Wextra"] + checks)],
      linkerSettings: [.linkedLibrary(openMP), .linkedLibrary("lapacke"), .linkedLibrary("openblas")]),
    .target(
      name: "Neural",
      dependencies: [
        "CCore", .product(name: "ComplexModule", package: "swift-numerics"),
        .product(name: "RealModule", package: "swift-numerics"),
      ]),
    // The networks of the courses, shared by homework, bench and tests.
    .target(name: "NeuralModels", dependencies: ["Neural"]),
    .systemLibrary(name: "CZlib", path: "Sources/CZlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CPNG", path: "Sources/CPNG", providers: [.apt(["libpng-dev"])]),
    .target(name: "NeuralData", dependencies: ["Neural", "CZlib", "CPNG"]),
    .systemLibrary(name: "CCurl", path: "Sources/CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    // Apart from NeuralData: nobody who only reads data needs libcurl.
    .target(name: "NeuralDownload", dependencies: ["CCurl"]),
    .target(name: "NeuralPlots", dependencies: ["Neural"]),
    .target(
      name: "NeuralONNX",
      dependencies: ["Neural", .product(name: "SwiftProtobuf", package: "swift-protobuf")]),
    .executableTarget(
      name: "homework",
      dependencies: [
        "Neural", "NeuralModels", "NeuralData", "NeuralDownload", "NeuralPlots",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    // Optimised: the oracles are loops in Swift.
    .testTarget(name: "CCoreTests", dependencies: ["CCore"], swiftSettings: [.unsafeFlags(["-O"])]),
    .testTarget(
      name: "NeuralTests", dependencies: ["Neural", "NeuralModels", "CCore"], resources: [.copy("Fixtures")]),
    .testTarget(name: "NeuralDataTests", dependencies: ["NeuralData"], resources: [.copy("Fixtures")]),
    .testTarget(name: "NeuralDownloadTests", dependencies: ["NeuralDownload"]),
    .testTarget(name: "NeuralPlotsTests", dependencies: ["NeuralPlots"]),
    .testTarget(
      name: "InterchangeTests", dependencies: ["Neural", "NeuralModels", "NeuralONNX"], resources: [.copy("Fixtures")]),
    .testTarget(name: "HomeworkTests", dependencies: ["homework", "Neural", "NeuralData"]),
    // The code of README and the guides, run, and that of documentation comments, compiled: Programs.swift is the plugin's.
    .testTarget(
      name: "SnippetTests",
      dependencies: ["Neural", "NeuralModels", "NeuralData", "NeuralDownload", "NeuralPlots", "NeuralONNX"],
      path: "Tests/Snippets/Tests", swiftSettings: [.unsafeFlags(["-suppress-warnings"])], plugins: ["Snippets"]),
    .plugin(
      name: "Snippets", capability: .buildTool(), dependencies: ["extract-snippets"], path: "Tests/Snippets/Plugin"),
    .executableTarget(name: "extract-snippets", path: "Tests/Snippets/Extraction"),
  ],
  swiftLanguageModes: [.v6]
)
