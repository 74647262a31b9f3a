import Glibc
import Threads

/// SIGINT, SIGTERM, SIGQUIT and SIGHUP (the terminal is closed) as the program sees them. For a
/// command that asks a server they cancel its task; `petrel up` claims them and gets the first one
/// as a value: then it drains. A second one ends the process at once.
final class StopSignals: Sendable {
  /// What the main thread has to do about a signal.
  enum Reaction: Equatable { case cancelsCommand, isTaken, endsProcess }

  /// The signals, less SIGHUP where it is ignored: whoever started us with `nohup` means it, and a
  /// blocked signal comes all the same.
  static func set() -> sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for number in [SIGINT, SIGTERM, SIGQUIT, SIGHUP] {
      var action = sigaction()
      sigaction(number, nil, &action)
      let isIgnored = unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
      if number != SIGHUP || !isIgnored { sigaddset(&set, number) }
    }
    return set
  }

  private struct State: Sendable {
    var isClaimed = false
    var first: Int32?
    var waiters: [CheckedContinuation<Int32, Never>] = []
  }

  private let state = Locked(State())

  /// Whoever calls it answers for ending the process when `first()` returns. Call it before
  /// anything is started that must be ended in order.
  func claim() { state.withLock { $0.isClaimed = true } }

  var isClaimed: Bool { state.withLock { $0.isClaimed } }

  /// Waits for the first signal and returns its number; it keeps waiting when its task is
  /// cancelled.
  func first() async -> Int32 {
    await withCheckedContinuation { continuation in
      let early: Int32? = state.withLock { state in
        if state.first == nil { state.waiters.append(continuation) }
        return state.first
      }
      if let early { continuation.resume(returning: early) }
    }
  }

  /// The signal that came, if any did.
  var received: Int32? { state.withLock { $0.first } }

  func receive(_ signal: Int32) -> Reaction {
    let (reaction, waiters) = state.withLock {
      state -> (Reaction, [CheckedContinuation<Int32, Never>]) in
      guard state.first == nil else { return (.endsProcess, []) }
      state.first = signal
      defer { state.waiters = [] }
      return (state.isClaimed ? .isTaken : .cancelsCommand, state.waiters)
    }
    for waiter in waiters { waiter.resume(returning: signal) }
    return reaction
  }
}
