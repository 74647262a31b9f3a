import Synchronization
import Threads

/// What the loops of one server have in common.
final class ServerShared: Sendable {
  private struct Ends {
    var running = 0
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  let configuration: ServerConfiguration
  let routes: RouteTree
  let mailboxes: [LoopMailbox]
  let admission: Admission
  let counters = ServerCounters()
  private let ends = Locked(Ends())

  init(_ configuration: ServerConfiguration, _ routes: RouteTree) throws(HTTPServerError) {
    self.configuration = configuration
    self.routes = routes
    admission = Admission(configuration.limits)
    var mailboxes: [LoopMailbox] = []
    for _ in 0..<configuration.loopCount { mailboxes.append(try LoopMailbox()) }
    self.mailboxes = mailboxes
  }

  func startLoops(
    _ listeners: [ListenerSocket], _ tls: TLSContext?
  ) throws(HTTPServerError) {
    var readiness: [Readiness] = []
    for _ in mailboxes { readiness.append(try Readiness()) }
    for (index, readiness) in readiness.enumerated() {
      ends.withLock { $0.running += 1 }
      do {
        try Thread.start(named: "http-\(index)") {
          EventLoop(
            index: index, shared: self, readiness: readiness, listeners: listeners, tls: tls
          ).run()
          self.loopEnded()
        }
      } catch {
        loopEnded()
        for mailbox in mailboxes { mailbox.post(.drain(deadlineMs: 0)) }
        throw .cannotStart(reason: "no thread: \(error)")
      }
    }
  }

  private func loopEnded() {
    let waiters = ends.withLock { ends in
      ends.running -= 1
      let waiters = ends.running == 0 ? ends.waiters : []
      if ends.running == 0 { ends.waiters = [] }
      return waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  func waitForLoops() async {
    await withCheckedContinuation { continuation in
      let hasEnded = ends.withLock { ends in
        if ends.running == 0 { return true }
        ends.waiters.append(continuation)
        return false
      }
      if hasEnded { continuation.resume() }
    }
  }

  var statistics: ServerStatistics {
    ServerStatistics(
      connectionsOpen: admission.connectionCount,
      connectionsAccepted: counters.accepted.load(ordering: .relaxed),
      connectionsRefused: counters.refused.load(ordering: .relaxed),
      requests: counters.requests.load(ordering: .relaxed),
      faults: counters.faults.load(ordering: .relaxed),
      listenersDropped: counters.listenersDropped.load(ordering: .relaxed),
      acceptPauses: counters.acceptPauses.load(ordering: .relaxed))
  }
}
