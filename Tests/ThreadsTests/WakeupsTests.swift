import Testing

@testable import Threads

@Suite(.timeLimit(.minutes(1))) struct WakeupsTests {
  @Test func aWakeupSinceTheLookIsNotLost() async {
    let wakeups = Wakeups()
    let seen = wakeups.count
    wakeups.notifyAll()
    #expect(await wakeups.wait(past: seen, until: .now + .seconds(60)) == .notified)
  }

  @Test(arguments: [Duration.zero, .milliseconds(1), .seconds(-1)])
  func theDeadlineEndsTheWait(given time: Duration) async {
    let wakeups = Wakeups()
    #expect(await wakeups.wait(past: wakeups.count, until: .now + time) == .expired)
    #expect(wakeups.waiterCount == 0)
  }

  @Test func allWhoWaitWakeFromAThread() async throws {
    let wakeups = Wakeups()
    try await withThrowingTaskGroup { group in
      for _ in 0..<20 {
        group.addTask { await wakeups.wait(past: 0, until: .now + .seconds(60)) }
      }
      while wakeups.waiterCount < 20 { await Task.yield() }
      try Thread.start(named: "waker") { wakeups.notifyAll() }.join()
      for try await outcome in group { #expect(outcome == .notified) }
    }
  }

  @Test func cancellingEndsTheWait() async {
    let wakeups = Wakeups()
    let task = Task { await wakeups.wait(past: 0, until: .now + .seconds(60)) }
    while wakeups.waiterCount == 0 { await Task.yield() }
    task.cancel()
    #expect(await task.value == .cancelled)
    #expect(wakeups.waiterCount == 0)
  }

  @Test func looksAgainAtEachWakeup() async throws {
    let wakeups = Wakeups()
    let end = Locked(0)
    try Thread.start(named: "appender") {
      for _ in 0..<100 {
        end.withLock { $0 += 1 }
        wakeups.notifyAll()
      }
    }
    let found = await wakeups.first(within: .seconds(60)) {
      let now = end.withLock { $0 }
      return now == 100 ? now : nil
    }
    #expect(found == 100)
    #expect(await wakeups.first(within: .milliseconds(1)) { Int?.none } == nil)
  }
}
