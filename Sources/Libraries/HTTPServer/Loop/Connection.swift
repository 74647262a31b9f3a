import CSockets
import Glibc

/// One connection: its socket, what it waits for, the request in work. Belongs to its loop's
/// thread. While a request is unanswered nothing more is read, so a client that does not wait for
/// answers is held back by its own socket.
final class Connection {
  enum Phase {
    case handshake
    /// Before or in a head.
    case head
    /// In a body, if there is one.
    case body
    /// The request is whole and is being served.
    case answering
    /// A streamed answer is being written.
    case streaming
    /// A listener of an event stream.
    case events
    /// Everything is said; what the client still sends is swallowed until it closes.
    case lingering
    case closed
  }

  /// What the deadline is for.
  enum Waiting {
    case nothing, handshake, head, idle, body, write, heartbeat, linger
  }

  struct Opening {
    let fd: Int32
    let remote: RemoteAddress
    let admission: Admission.Verdict
    let tls: TLSSession?
  }

  let fd: Int32
  let remote: RemoteAddress
  /// The loop outlives its connections.
  unowned(unsafe) let loop: EventLoop
  private let admission: Admission.Verdict
  private(set) var tls: TLSSession?
  var token: UInt64 = 0

  var phase: Phase
  var parser: RequestParser
  /// Input that could not be used yet: the start of a next request.
  var left: [UInt8] = []
  var output = OutputQueue()
  var isReadable = false
  var peerHasClosed = false
  /// A sink does not want more of the body now.
  var isPaused = false
  var keepsAlive = true
  var hasServed = false
  var exchange: Exchange?
  var subscription: EventSubscription?
  var lastEvent: UInt64 = 0
  var rosterIndex = 0

  var waiting = Waiting.nothing
  var deadlineMs = Int64.max
  /// When the loop will look at the deadline.
  var scheduledMs = Int64.max
  var windowBytes = 0
  private var outputMovedMs: Int64 = 0

  init(_ opening: Opening, loop: EventLoop) {
    fd = opening.fd
    remote = opening.remote
    admission = opening.admission
    tls = opening.tls
    self.loop = loop
    phase = tls == nil ? .head : .handshake
    parser = RequestParser(limits: loop.limits.parser)
  }

  /// Called once the loop watches the socket.
  func open() {
    switch admission {
    case .refused: fail(ParseFailure(503, "Too many connections are open."))
    case .refusedHost: fail(ParseFailure(429, "Your host has too many connections open."))
    case .admitted, .overrun: break
    }
    refreshDeadline()
  }

  /// Something happened at the socket.
  func notice(_ events: UInt32) {
    if events & (SOCKETS_ERROR.rawValue | SOCKETS_HANG_UP.rawValue) != 0 { return drop() }
    if events & SOCKETS_PEER_CLOSED.rawValue != 0 { peerHasClosed = true }
    if events & (SOCKETS_READABLE.rawValue | SOCKETS_PEER_CLOSED.rawValue) != 0 {
      isReadable = true
    }
    if events & SOCKETS_WRITABLE.rawValue != 0 { flush() }
    pump()
  }

  /// Closes at once. Late answers find nobody.
  func drop() {
    if phase == .closed { return }
    phase = .closed
    endExchange()
    leaveRoster()
    tls = nil
    loop.shared.admission.leave(remote, admission)
    loop.remove(self)
    close(fd)
  }

  /// The server is to end: what is in work is finished, idle clients get a short grace, because one
  /// may just be sending.
  func drain() {
    keepsAlive = false
    switch phase {
    case .events: endEvents()
    case .head where parser.isBetweenRequests && output.isEmpty, .lingering where output.isEmpty:
      deadlineMs = min(deadlineMs, loop.nowMs + Int64(loop.limits.drainGraceMs))
      loop.schedule(self)
    default: break
    }
  }

  // Deadlines

  /// Sets the deadline anew where the connection waits for something else than before.
  func refreshDeadline() {
    let now = currentWait()
    guard now != waiting, phase != .closed else { return }
    waiting = now
    guard let limitMs = limitMs(now) else {
      deadlineMs = .max
      return
    }
    windowBytes = 0
    deadlineMs = loop.nowMs + Int64(limitMs)
    loop.schedule(self)
  }

  private func currentWait() -> Waiting {
    switch phase {
    case .handshake: .handshake
    case .events: .heartbeat
    case .lingering: output.isEmpty ? .linger : .write
    case .closed: .nothing
    case .body: isPaused ? .nothing : .body
    case .answering: .nothing
    case .streaming: output.isEmpty ? .nothing : .write
    case .head:
      output.isEmpty ? (hasServed && parser.isBetweenRequests ? .idle : .head) : .write
    }
  }

  private func limitMs(_ waiting: Waiting) -> Int? {
    let limits = loop.limits
    switch waiting {
    case .nothing: return nil
    case .handshake: return limits.handshakeDeadlineMs
    case .head: return limits.headDeadlineMs
    case .idle: return loop.isDraining ? limits.drainGraceMs : limits.idleDeadlineMs
    case .body: return limits.bodyWindowMs
    case .write: return limits.writeDeadlineMs
    case .heartbeat: return limits.heartbeatMs
    case .linger: return loop.isDraining ? limits.drainGraceMs : limits.lingerMs
    }
  }

  /// The socket took bytes, or has the first ones to take.
  func outputMoved() {
    outputMovedMs = loop.nowMs
    if waiting == .write { deadlineMs = loop.nowMs + Int64(loop.limits.writeDeadlineMs) }
  }

  /// The deadline has come.
  func expire() {
    let was = waiting
    waiting = .nothing
    switch was {
    case .nothing: break
    case .handshake, .idle, .write, .linger: drop()
    case .head:
      if parser.isBetweenRequests { return drop() }
      fail(ParseFailure(408, "The head of the request did not come in time."))
    case .body:
      let expected = loop.limits.bodyBytesPerSecondMin * loop.limits.bodyWindowMs / 1000
      if windowBytes < expected {
        fail(ParseFailure(408, "The body of the request comes too slowly."))
      }
    case .heartbeat:
      if !output.isEmpty, loop.nowMs - outputMovedMs > Int64(loop.limits.writeDeadlineMs) {
        return drop()
      }
      sendHeartbeat()
    }
    refreshDeadline()
  }
}
