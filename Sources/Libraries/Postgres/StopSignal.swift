import Glibc
import Synchronization

/// A pipe by which another thread wakes the connection's own from its `poll`.
final class Waker: Sendable {
  let reading: Int32
  private let writing: Int32

  init() throws(PostgresError) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw .full("no descriptor for a pipe: \(String(cString: strerror(errno)))")
    }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    (reading, writing) = (ends[0], ends[1])
  }

  deinit {
    close(reading)
    close(writing)
  }

  /// A full pipe wakes as well as one byte does.
  func wake() {
    var byte: UInt8 = 1
    _ = write(writing, &byte, 1)
  }

  func drain() {
    withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
      while read(reading, buffer.baseAddress, buffer.count) > 0 {}
    }
  }
}

/// Tells the statements of one piece of work that its caller has been cancelled.
final class StopSignal: Sendable {
  private let raised = Atomic(false)
  private let waker: Waker

  init(_ waker: Waker) { self.waker = waker }

  var isRaised: Bool { raised.load(ordering: .acquiring) }

  func raise() {
    raised.store(true, ordering: .releasing)
    waker.wake()
  }
}
