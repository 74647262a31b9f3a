import CPQ
import Glibc

/// One connection of libpq in non-blocking mode, used by one thread, which waits in `poll`: so a
/// statement can be stopped and a server that has gone silent be given up.
/// After a lost connection every call throws `unavailable`; `isBroken` says so.
final class Wire {
  let handle: OpaquePointer
  let waker: Waker
  /// Of the piece of work under way.
  var stop: StopSignal?
  var isBroken = false

  /// Connects; `deadline` counts for the whole of it.
  init(_ conninfo: String, _ options: PostgresOptions) throws(PostgresError) {
    try Self.check(conninfo)
    waker = try Waker()
    guard let handle = PQconnectStart(conninfo) else { throw .full("no memory") }
    self.handle = handle
    PQsetNoticeProcessor(handle, { _, _ in }, nil)
    do throws(PostgresError) {
      try connect(Deadline(afterMs: options.connectTimeoutMs))
    } catch {
      isBroken = true
      throw error
    }
  }

  deinit { PQfinish(handle) }

  private static func check(_ conninfo: String) throws(PostgresError) {
    var message: UnsafeMutablePointer<CChar>?
    let parsed = PQconninfoParse(conninfo, &message)
    PQconninfoFree(parsed)
    defer { PQfreemem(message) }
    if parsed == nil {
      let why = message.map { String(cString: $0).trimmed } ?? "no memory"
      throw .invalid(PostgresFault("connection string: \(why)"))
    }
  }

  private func connect(_ deadline: Deadline) throws(PostgresError) {
    guard PQstatus(handle) != CONNECTION_BAD else { throw refusal() }
    var events = Int16(POLLOUT)
    while true {
      switch try wait(for: events, deadline) {
      case .stopped: throw .cancelled
      case .late: throw .unavailable("no connection within \(deadline.limitMs) ms")
      case .ready: break
      }
      switch PQconnectPoll(handle) {
      case PGRES_POLLING_READING: events = Int16(POLLIN)
      case PGRES_POLLING_WRITING: events = Int16(POLLOUT)
      case PGRES_POLLING_OK:
        PQsetnonblocking(handle, 1)
        return
      default: throw refusal()
      }
    }
  }

  /// libpq gives no code for a failed connection; the server's texts of what a person has to change
  /// are told from the rest.
  private func refusal() -> PostgresError {
    let why = message
    let refusals = [
      "authentication failed", "no pg_hba.conf entry", "no password supplied", "does not exist",
      "permission denied for database", "is not permitted to log in",
    ]
    if ["too many", "connection slots"].contains(where: why.contains) { return .full(why) }
    if !why.contains("No such file"), refusals.contains(where: why.contains) { return .denied(why) }
    return .unavailable(why)
  }

  /// libpq's last message.
  var message: String { String(cString: PQerrorMessage(handle)).trimmed }

  // MARK: - Waiting

  enum Outcome { case ready, stopped, late }

  /// Waits until the socket is ready. `.stopped` when the caller was cancelled, once for each call.
  func wait(
    for events: Int16, _ deadline: Deadline, isStoppable: Bool = true
  ) throws(PostgresError) -> Outcome {
    while true {
      if isStoppable, stop?.isRaised == true { return .stopped }
      var places = [
        pollfd(fd: PQsocket(handle), events: events, revents: 0),
        pollfd(fd: waker.reading, events: Int16(POLLIN), revents: 0),
      ]
      let count = poll(&places, isStoppable ? 2 : 1, deadline.remainingMs)
      if count < 0, errno != EINTR { throw lost("poll: \(String(cString: strerror(errno)))") }
      if places[1].revents != 0 { waker.drain() }
      if places[0].revents != 0 { return .ready }
      if deadline.isOver { return .late }
    }
  }

  func lost(_ why: String) -> PostgresError {
    isBroken = true
    return .unavailable(why)
  }

  /// Takes in what has come; throws when the other side has gone.
  func consume() throws(PostgresError) {
    guard PQconsumeInput(handle) == 1 else { throw lost(message) }
  }

  /// Notices without waiting that the server has hung up. It may have said farewell before, so what
  /// has come is read until nothing is left.
  func look() {
    while !isBroken {
      var place = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
      guard poll(&place, 1, 0) > 0 else { return }
      if PQconsumeInput(handle) == 0 || PQstatus(handle) == CONNECTION_BAD { isBroken = true }
    }
  }

  /// Asks the server to stop the statement under way; its answer is then an error or, if it was
  /// ready already, the result.
  func cancel() {
    guard let cancel = PQgetCancel(handle) else { return }
    defer { PQfreeCancel(cancel) }
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { text in
      _ = PQcancel(cancel, text.baseAddress, Int32(text.count))
    }
  }
}

/// A point of the monotonic clock after which waiting ends; never, for a limit of 0.
struct Deadline {
  let limitMs: Int
  private let end: ContinuousClock.Instant?

  init(afterMs limitMs: Int) {
    self.limitMs = limitMs
    end = limitMs > 0 ? .now + .milliseconds(limitMs) : nil
  }

  static let never = Deadline(afterMs: 0)

  var isOver: Bool { end.map { $0 <= .now } ?? false }

  /// For `poll`: -1 without end; rounded up, so that it does not spin at the end.
  var remainingMs: Int32 {
    guard let end else { return -1 }
    let (seconds, attoseconds) = (end - .now).components
    let milliseconds = seconds * 1_000 + attoseconds / 1_000_000_000_000_000 + 1
    return Int32(clamping: max(0, milliseconds))
  }
}

extension String {
  /// Without white space at its ends.
  var trimmed: String {
    let start = firstIndex { !$0.isWhitespace } ?? endIndex
    let end = lastIndex { !$0.isWhitespace }.map(index(after:)) ?? start
    return String(self[start..<end])
  }
}
