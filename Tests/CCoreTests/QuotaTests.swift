import CCore
import Foundation
import Testing

@Suite("CPU quotas of cgroups") struct QuotaTests {
  /// A tree of cgroup files, and what CCore makes of it for a process with these memberships.
  private func processors(_ membership: String, _ files: [String: String]) throws -> Int32 {
    let root = FileManager.default.temporaryDirectory.appending(path: "quota-\(UUID())")
    defer { try? FileManager.default.removeItem(at: root) }
    for (path, text) in files.merging(["membership": membership], uniquingKeysWith: { $1 }) {
      let file = root.appending(path: path)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    return cc_quota_processors(root.appending(path: "membership").path, root.path)
  }

  @Test(
    "a quota is rounded up to whole processors, at least one",
    arguments: [
      ("100000 100000", 1), ("100001 100000", 2), ("150000 100000", 2), ("400000 100000", 4), ("1000 100000", 1),
    ])
  func rounding(max: String, expected: Int32) throws {
    #expect(try processors("0::/job\n", ["job/cpu.max": max + "\n"]) == expected)
  }

  @Test("the least quota of the group and its ancestors holds, up to the root")
  func ancestors() throws {
    let files = ["a/b/c/cpu.max": "800000 100000\n", "a/cpu.max": "300000 100000\n", "cpu.max": "500000 100000\n"]
    #expect(try processors("0::/a/b/c\n", files) == 3)
    #expect(try processors("0::/\n", files) == 5)
    #expect(try processors("0::/elsewhere/d\n", files) == 5)
  }

  @Test("version 1: the group of the controller cpu alone counts")
  func version1() throws {
    let files = [
      "cpu/job/cpu.cfs_quota_us": "200000\n", "cpu/job/cpu.cfs_period_us": "100000\n",
      "cpu/other/cpu.cfs_quota_us": "100000\n", "cpu/other/cpu.cfs_period_us": "100000\n",
    ]
    #expect(try processors("5:cpuset:/other\n4:cpuacct,cpu:/job\n3:cpuacct:/other\n", files) == 2)
    #expect(try processors("4:cpu:/other\n0::/\n", files) == 1)
  }

  @Test("no quota, no file, or nonsense is no limit")
  func unlimited() throws {
    #expect(try processors("0::/job\n", ["job/cpu.max": "max 100000\n"]) > 256)
    #expect(try processors("0::/job\n", [:]) > 256)
    let files = ["cpu/job/cpu.cfs_quota_us": "-1\n", "cpu/job/cpu.cfs_period_us": "100000\n"]
    #expect(try processors("1:cpu:/job\n", files) > 256)
    #expect(try processors("garbage\n::\n0:\n", ["cpu.max": "0 0\n"]) > 256)
    #expect(cc_quota_processors("/does/not/exist", "/nowhere") > 256)
  }
}
