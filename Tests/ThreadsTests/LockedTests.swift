import Testing

@testable import Threads

@Suite struct LockedTests {
  @Test func noIncrementIsLostAmongThreads() throws {
    let counter = Locked(0)
    let threads = try (0..<4).map { number in
      try Thread.start(named: "count-\(number)") {
        for _ in 0..<10_000 { counter.withLock { $0 += 1 } }
      }
    }
    for thread in threads { thread.join() }
    #expect(counter.withLock { $0 } == 40_000)
  }

  @Test func aThrownErrorUnlocks() {
    let value = Locked("a")
    #expect(throws: ThreadsError.closed) {
      try value.withLock { value throws(ThreadsError) in
        value = "b"
        throw .closed
      }
    }
    #expect(value.withLock { $0 } == "b")
  }
}
