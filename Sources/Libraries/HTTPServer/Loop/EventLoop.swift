import CSockets
import Glibc
import Synchronization

/// One thread that owns connections: it alone touches their sockets, timers and state. Everything
/// else comes through its mailbox. Connections are named by slot and incarnation, so that an event
/// or an answer that comes too late meets nobody, never somebody else.
final class EventLoop {
  static let readBytes = 64 * 1024
  private static let eventCountMax = 256
  private static let acceptPauseMs: Int64 = 100
  private static let wakeupToken = UInt64.max
  /// Listener tokens count down from here; no slot and incarnation reach it.
  private static let listenerToken = UInt64.max - 1

  let index: Int
  let shared: ServerShared
  let mailbox: LoopMailbox
  let limits: ServerLimits
  let readBuffer = UnsafeMutableRawBufferPointer.allocate(
    byteCount: EventLoop.readBytes, alignment: 64)
  var writer = ResponseWriter()
  let roster: EventRoster
  private(set) var nowMs = sockets_monotonic_ms()
  private(set) var drainDeadlineMs: Int64?
  private(set) var tls: TLSContext?
  private var listeners: [ListenerSocket]
  private var acceptsAgainMs: Int64?
  private var table = ConnectionTable()
  private var deadlines = DeadlineHeap()
  private let readiness: Readiness
  private let epoll: Int32

  init(
    index: Int, shared: ServerShared, readiness: Readiness, listeners: [ListenerSocket],
    tls: TLSContext?
  ) {
    self.index = index
    self.shared = shared
    self.listeners = listeners
    self.tls = tls
    mailbox = shared.mailboxes[index]
    limits = shared.configuration.limits
    roster = EventRoster(mailbox: mailbox)
    self.readiness = readiness
    epoll = readiness.epoll
    sockets_epoll_add(epoll, mailbox.wakeup, SOCKETS_WATCH_WAKEUP, Self.wakeupToken)
    watchListeners()
  }

  deinit { readBuffer.deallocate() }

  var isDraining: Bool { drainDeadlineMs != nil }

  /// Serves until a drain has ended.
  func run() {
    var tokens = [UInt64](repeating: 0, count: Self.eventCountMax)
    var events = [UInt32](repeating: 0, count: Self.eventCountMax)
    while true {
      let count = sockets_epoll_wait(
        epoll, &tokens, &events, Int32(Self.eventCountMax), timeoutMs())
      nowMs = sockets_monotonic_ms()
      writer.setClock()
      for index in 0..<max(0, Int(count)) { dispatch(tokens[index], events[index]) }
      expire()
      if let deadline = drainDeadlineMs, table.isEmpty || nowMs >= deadline { break }
    }
    mailbox.close()
    for connection in table.all { connection.drop() }
  }

  private func timeoutMs() -> Int32 {
    var earliest = deadlines.earliestMs ?? .max
    if let drainDeadlineMs { earliest = min(earliest, drainDeadlineMs) }
    if let acceptsAgainMs { earliest = min(earliest, acceptsAgainMs) }
    if earliest == .max { return -1 }
    // The clock is up to a tick old: without the extra one the loop could turn without waiting.
    return Int32(clamping: max(0, earliest - nowMs) + 1)
  }

  private func dispatch(_ token: UInt64, _ events: UInt32) {
    if token == Self.wakeupToken {
      for mail in mailbox.take() { receive(mail) }
    } else if token > Self.listenerToken - UInt64(UInt8.max) {
      accept(Int(Self.listenerToken - token))
    } else if let connection = table.find(token) {
      connection.notice(events)
    }
  }

  // Timers

  /// Makes sure that the connection is looked at when its deadline has come.
  func schedule(_ connection: Connection) {
    guard connection.deadlineMs < connection.scheduledMs else { return }
    connection.scheduledMs = connection.deadlineMs
    deadlines.insert(.init(dueMs: connection.deadlineMs, token: connection.token))
  }

  private func expire() {
    while let entry = deadlines.popDue(nowMs) {
      guard let connection = table.find(entry.token), connection.scheduledMs == entry.dueMs else {
        continue
      }
      connection.scheduledMs = .max
      if connection.deadlineMs <= nowMs {
        connection.expire()
      } else {
        schedule(connection)
      }
    }
    if let again = acceptsAgainMs, nowMs >= again {
      acceptsAgainMs = nil
      watchListeners()
    }
  }

  // Connections

  private func watchListeners() {
    for (index, listener) in listeners.enumerated() {
      let token = Self.listenerToken - UInt64(index)
      sockets_epoll_add(epoll, listener.fd, SOCKETS_WATCH_LISTENER, token)
    }
  }

  private func unwatchListeners() {
    for listener in listeners { sockets_epoll_remove(epoll, listener.fd) }
  }

  private func accept(_ index: Int) {
    guard index < listeners.count, acceptsAgainMs == nil else { return }
    // With several loops each takes one at a time, so that none of them takes all.
    for _ in 0..<(shared.mailboxes.count == 1 ? 64 : 1) {
      var peer = sockets_peer()
      let fd = sockets_accept(listeners[index].fd, &peer)
      if fd < 0 { return acceptFailed(AcceptFailure(errno)) }
      admit(fd, RemoteAddress(peer), isEncrypted: listeners[index].isEncrypted)
    }
  }

  private func acceptFailed(_ failure: AcceptFailure) {
    guard failure == .exhausted else { return }
    // Level-triggered listeners would turn the loop; clients wait in the backlog meanwhile.
    shared.counters.acceptPauses.add(1, ordering: .relaxed)
    acceptsAgainMs = nowMs + Self.acceptPauseMs
    unwatchListeners()
  }

  private func admit(_ fd: Int32, _ remote: RemoteAddress, isEncrypted: Bool) {
    shared.counters.accepted.add(1, ordering: .relaxed)
    let verdict = shared.admission.enter(remote)
    if verdict != .admitted { shared.counters.refused.add(1, ordering: .relaxed) }
    let session = isEncrypted && verdict == .admitted ? tls?.session(fd: fd) : nil
    // A refusal is not worth a handshake.
    guard verdict != .overrun, !isEncrypted || session != nil, !table.isFull else {
      shared.admission.leave(remote, verdict)
      close(fd)
      return
    }
    let connection = Connection(
      .init(fd: fd, remote: remote, admission: verdict, tls: session), loop: self)
    connection.token = table.insert(connection)
    sockets_epoll_add(epoll, fd, SOCKETS_WATCH_CONNECTION, connection.token)
    connection.open()
  }

  func remove(_ connection: Connection) { table.remove(connection.token) }

  /// A name for the next request of the connection; names given before are stale from now on.
  func newResponder(_ connection: Connection) -> Responder {
    let slot = ConnectionTable.slot(connection.token)
    return Responder(loop: index, slot: slot, generation: table.newGeneration(slot))
  }

  // Mail

  private func receive(_ mail: Mail) {
    switch mail {
    case .answer(let responder, let response): table.find(responder)?.answerLater(response)
    case .resume(let responder): table.find(responder)?.resume()
    case .chunk(let responder, let bytes): table.find(responder)?.sendChunk(bytes)
    case .streamEnded(let responder, let isWhole): table.find(responder)?.endStream(isWhole)
    case .published(let channel): roster.deliver(channel)
    case .useCertificate(let context): tls = context
    case .drain(let deadlineMs): drain(deadlineMs)
    }
  }

  private func drain(_ deadlineMs: Int64) {
    guard drainDeadlineMs == nil else { return }
    drainDeadlineMs = deadlineMs
    unwatchListeners()
    listeners = []
    acceptsAgainMs = nil
    for connection in table.all { connection.drain() }
  }
}
