import Foundation
import PackagePlugin

/// Gives the tests a Swift file with the programs of all articles, made anew when one of them changes.
@main struct Snippets: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let root = context.package.directoryURL
    let catalogs = context.package.targets.map { $0.directoryURL.appending(path: "\($0.name).docc") }
    let pages = try catalogs.filter { FileManager.default.fileExists(atPath: $0.path) }.flatMap {
      try FileManager.default.contentsOfDirectory(at: $0, includingPropertiesForKeys: nil)
    }
    let articles = ([root.appending(path: "README.md")] + pages).filter { $0.pathExtension == "md" }
    let programs = context.pluginWorkDirectoryURL.appending(path: "Programs.swift")
    return [
      .buildCommand(
        displayName: "Extracting the articles' programs", executable: try context.tool(named: "extract-snippets").url,
        arguments: [programs.path] + articles.map(\.path).sorted(), inputFiles: articles, outputFiles: [programs])
    ]
  }
}
