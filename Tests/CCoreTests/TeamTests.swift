import CCore
import Foundation
import Testing

@Suite("The team of threads") struct TeamTests {
  /// Threads of this process that belong to the team.
  private static var members: Int {
    let folder = "/proc/self/task/"
    return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter {
      (try? String(contentsOfFile: folder + $0 + "/comm", encoding: .utf8)) == "neural-team\n"
    }.count
  }

  @Test("goes home before the program takes its libraries apart, and whoever still computes works alone")
  func exit() async {
    await #expect(processExitsWith: .success) {
      // Handlers run in reverse order: this one after the team's own, which is registered with its first job.
      atexit {
        var numbers = [Float](repeating: 0, count: 1 << 20)
        guard cc_random_uniform(CC_FLOAT32, cc_random(key: 1, stream: 0, position: 0), 1 << 20, 0, 1, &numbers) == CC_OK,
          numbers.allSatisfy({ (0..<1).contains($0) }), numbers.contains(where: { $0 > 0 })
        else { _exit(3) }
        // A thread that has ended is listed for a moment more.
        for _ in 0..<2000 where TeamTests.members > 0 { usleep(1000) }
        if TeamTests.members > 0 { _exit(1) }
      }
      // One member beside the caller: libomp's own threads, which larger teams have, wait in libomp for its end.
      cc_set_thread_count(2)
      var numbers = [Float](repeating: 0, count: 1 << 20)
      cc_random_uniform(CC_FLOAT32, cc_random(key: 0, stream: 0, position: 0), 1 << 20, 0, 1, &numbers)
      for _ in 0..<2000 where TeamTests.members == 0 { usleep(1000) }
      if TeamTests.members != 1 { _exit(2) }
    }
  }

  @Test("is not waited for in a child that was forked, which has no team")
  func fork() async {
    await #expect(processExitsWith: .success) {
      cc_set_thread_count(2)
      var numbers = [Float](repeating: 0, count: 1 << 20)
      cc_random_uniform(CC_FLOAT32, cc_random(key: 0, stream: 0, position: 0), 1 << 20, 0, 1, &numbers)
      // Swift hides fork; the child does nothing but end.
      let fork = unsafeBitCast(dlsym(nil, "fork"), to: (@convention(c) () -> pid_t).self)
      let child = fork()
      if child == 0 { Foundation.exit(0) }
      var status: Int32 = -1
      for _ in 0..<5000 where waitpid(child, &status, WNOHANG) == 0 { usleep(1000) }
      if status != 0 {
        kill(child, SIGKILL)
        _exit(1)
      }
    }
  }
}
