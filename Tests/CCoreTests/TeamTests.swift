import CCore
import Foundation
import Testing

@Suite("The team of threads") struct TeamTests {
  /// A letter for each thread of this process that belongs to the team: S if it sleeps, R if it runs or could.
  private static var members: [Character] {
    let folder = "/proc/self/task/"
    return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).compactMap { thread in
      let text = try? String(contentsOfFile: folder + thread + "/stat", encoding: .utf8)
      return text?.components(separatedBy: " (neural-team) ").dropFirst().first?.first
    }
  }

  /// At most half a minute.
  private static func wait(until isDone: () -> Bool) {
    for _ in 0..<30_000 {
      if isDone() { return }
      usleep(1000)
    }
  }

  /// The team's first job.
  private static func work() {
    // One member beside the caller: libomp's own threads, which larger teams have, wait in libomp for its end.
    cc_set_thread_count(2)
    var numbers = [Float](repeating: -1, count: 1 << 20)
    let status = cc_random_uniform(
      CC_FLOAT32, cc_random(key: 0, stream: 0, position: 0), numbers.count, 0, 1, &numbers)
    if status != CC_OK || !numbers.allSatisfy({ (0..<1).contains($0) }) { _exit(3) }
  }

  @Test("goes home before the program takes its libraries apart, and whoever still computes works alone")
  func exit() async {
    await #expect(processExitsWith: .success) {
      // Handlers run in reverse order: this one after the team's own, which is registered with its first job.
      atexit {
        TeamTests.work()
        // A thread that has ended is listed for a moment more.
        TeamTests.wait { TeamTests.members.isEmpty }
        if !TeamTests.members.isEmpty { _exit(1) }
      }
      TeamTests.work()
      TeamTests.wait { !TeamTests.members.isEmpty }
      if TeamTests.members.count != 1 { _exit(2) }
    }
  }

  @Test("is not left alone for having the longer task: that is no stall of its core")
  func longTask() async {
    await #expect(processExitsWith: .success) {
      cc_set_thread_count(2)
      /// Whether both threads had a task. The member's takes longer by more than the bound for a stall.
      func isShared() -> Bool {
        var slots: [Int] = [0, 0]
        cc_parallel(
          2,
          { context, task in
            context?.assumingMemoryBound(to: Int.self)[task] = cc_task_slot()
            usleep(cc_task_slot() == 0 ? 4000 : 6000)
          }, &slots)
        return slots[0] != slots[1]
      }
      // Twice in turn: after a stall the caller would work alone for 16 times as long. Busy machines get more tries.
      for _ in 0..<200 where isShared() && isShared() { return }
      _exit(1)
    }
  }

  @Test("is not waited for in a child that was forked, which has no team")
  func fork() async {
    await #expect(processExitsWith: .success) {
      TeamTests.work()
      // Until the member sleeps: a thread that starts holds locks, which would be locked in the child for ever.
      var sleeps = 0
      while sleeps < 50 {
        sleeps = TeamTests.members == ["S"] ? sleeps + 1 : 0
        usleep(1000)
      }
      // Swift hides fork; the child does nothing but end.
      let fork = unsafeBitCast(dlsym(nil, "fork"), to: (@convention(c) () -> pid_t).self)
      let child = fork()
      if child == 0 { Foundation.exit(0) }
      var status: Int32 = -1
      TeamTests.wait { waitpid(child, &status, WNOHANG) != 0 }
      if status != 0 {
        kill(child, SIGKILL)
        _exit(1)
      }
    }
  }

  @Test("a product keeps to the scratch memory it has, whatever another thread makes of the number of threads")
  func growth() async {
    // In a process of its own: the first time that the number grows past the one at the start is what matters.
    await #expect(processExitsWith: .success) {
      var random = SplitMix(1)
      let (m, n, k, stride) = (3, 5, 20001, 8)
      let (a, b) = (random.integers(k * stride), random.integers(k * stride))
      func product() -> [Float] {
        var c = [Float](repeating: 0, count: m * stride)
        let status = cc_gemm(CC_FLOAT32, true, false, m, n, k, a, stride, b, stride, false, &c, stride)
        return status == CC_OK ? c : []
      }
      cc_set_thread_count(1)
      let expected = product()
      Thread.detachNewThread {
        for count: Int32 in 1...(.max) { cc_set_thread_count(1 + count / 8 % 16) }
      }
      for _ in 0..<2000 where product() != expected { _exit(1) }
    }
  }

  @Test("threads that compute in OpenBLAS are waited for: it gives back its memory when the program exits")
  func blas() async {
    // Without waiting, one end of four was a crash.
    for _ in 0..<8 {
      await #expect(processExitsWith: .success) {
        for _ in 0..<8 {
          Thread.detachNewThread {
            let side = 300, a = [Double](repeating: 1, count: side * side)
            var c = a
            while true {
              cc_gemm(CC_FLOAT64, false, false, side, side, side, a, side, a, side, false, &c, side)
            }
          }
        }
        usleep(30_000)
      }
    }
  }
}
