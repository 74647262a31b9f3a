import Glibc
import Testing

@testable import Threads

@Suite struct ThreadTests {
  @Test(
    arguments: [
      ("writer", "writer"), ("exactly-15-byte", "exactly-15-byte"),
      ("exactly-15-bytes-and-more", "exactly-15-byte"), ("éééééééé", "ééééééé"),
    ])
  func theSystemKnowsItsName(given name: String, then expected: String) throws {
    let seen = Locked("")
    let thread = try Thread.start(named: name) {
      let file = open("/proc/thread-self/comm", O_RDONLY)
      var bytes = [UInt8](repeating: 0, count: 64)
      let count = read(file, &bytes, bytes.count)
      close(file)
      let text = String(decoding: bytes.prefix(max(0, count - 1)), as: UTF8.self)
      seen.withLock { $0 = text }
    }
    thread.join()
    #expect(seen.withLock { $0 } == expected)
  }

  @Test func aThreadKnowsItself() throws {
    let thread = Locked<Thread?>(nil)
    let answer = Locked<Bool?>(nil)
    let started = try thread.withLock { slot in
      let started = try Thread.start(named: "self") {
        let me = thread.withLock { $0 }
        answer.withLock { $0 = me?.isCurrent }
      }
      slot = started
      return started
    }
    started.join()
    #expect(answer.withLock { $0 } == true)
    #expect(!started.isCurrent)
    started.join()  // A second join returns at once.
  }

  @Test(arguments: [(SIGTERM, true), (SIGINT, true), (SIGSEGV, false), (SIGILL, false)])
  func onlySignalsOfTheProcessorReachIt(given signal: Int32, thenBlocked blocked: Bool) throws {
    let isBlocked = Locked<Bool?>(nil)
    try Thread.start(named: "mask", stackBytes: 1) {
      var mask = sigset_t()
      pthread_sigmask(SIG_SETMASK, nil, &mask)
      let answer = sigismember(&mask, signal) == 1
      isBlocked.withLock { $0 = answer }
    }.join()
    #expect(isBlocked.withLock { $0 } == blocked)
  }
}
