import Foundation
import PackagePlugin

/// Gives the tests a Swift file with the programs of all articles and the examples of all documented modules, made anew when
/// one of them changes.
@main struct Snippets: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let files = FileManager.default
    var sources = [context.package.directoryURL.appending(path: "README.md")]
    for module in context.package.targets.compactMap(\.sourceModule) {
      let catalog = module.directoryURL.appending(path: "\(module.name).docc")
      guard files.fileExists(atPath: catalog.path) else { continue }
      sources += try files.contentsOfDirectory(at: catalog, includingPropertiesForKeys: nil)
      sources += module.sourceFiles(withSuffix: "swift").map(\.url)
    }
    sources = sources.filter { $0.pathExtension == "md" || $0.pathExtension == "swift" }.sorted { $0.path < $1.path }
    let programs = context.pluginWorkDirectoryURL.appending(path: "Programs.swift")
    return [
      .buildCommand(
        displayName: "Extracting the documentation's programs",
        executable: try context.tool(named: "extract-snippets").url, arguments: [programs.path] + sources.map(\.path),
        inputFiles: sources, outputFiles: [programs])
    ]
  }
}
