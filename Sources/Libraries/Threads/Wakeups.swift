/// Wakes tasks that wait for something that another task or thread brings about, such as new
/// records at the end of a log: an event count. A wake-up between the look and the wait is never
/// lost, because the waiter names the count it had seen before it looked.
public final class Wakeups: Sendable {
  private struct Waiter {
    let ticket: UInt64
    let continuation: CheckedContinuation<Outcome, Never>
  }
  private struct State {
    var count: UInt64 = 0
    var ticket: UInt64 = 0
    var waiters: [Waiter] = []

    mutating func nextTicket() -> UInt64 {
      ticket += 1
      return ticket
    }
  }
  private let state = Locked(State())

  public init() {}

  public enum Outcome: Sendable, Equatable { case notified, expired, cancelled }

  /// How many times `notifyAll` was called. Take it before looking at what is waited for.
  public var count: UInt64 { state.withLock { $0.count } }

  var waiterCount: Int { state.withLock { $0.waiters.count } }

  /// Wakes everybody who waits. Any thread may call it; it never blocks for long.
  public func notifyAll() {
    let waiters = state.withLock { state in
      state.count += 1
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.continuation.resume(returning: .notified) }
  }

  /// Waits until `notifyAll` is called after `seen`, the deadline comes or the task is cancelled.
  public func wait(past seen: UInt64, until deadline: ContinuousClock.Instant) async -> Outcome {
    let ticket = state.withLock { $0.nextTicket() }
    let alarm = Task {
      if (try? await Task.sleep(until: deadline, clock: .continuous)) != nil {
        finish(ticket, .expired)
      }
    }
    defer { alarm.cancel() }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        state.withLock { state in
          if state.count > seen {
            continuation.resume(returning: .notified)
          } else if Task.isCancelled {
            continuation.resume(returning: .cancelled)
          } else if deadline <= .now {
            continuation.resume(returning: .expired)
          } else {
            state.waiters.append(Waiter(ticket: ticket, continuation: continuation))
          }
        }
      }
    } onCancel: {
      finish(ticket, .cancelled)
    }
  }

  /// Looks, and looks again at every wake-up, until `look` finds something; nil when the time is
  /// over or the task is cancelled. It looks at least once.
  public func first<Found>(
    within time: Duration, _ look: () throws -> Found?
  ) async rethrows -> Found? {
    let deadline = ContinuousClock.now + time
    while true {
      let seen = count
      if let found = try look() { return found }
      if await wait(past: seen, until: deadline) != .notified { return nil }
    }
  }

  private func finish(_ ticket: UInt64, _ outcome: Outcome) {
    let waiter: Waiter? = state.withLock { state in
      guard let index = state.waiters.firstIndex(where: { $0.ticket == ticket }) else { return nil }
      return state.waiters.remove(at: index)
    }
    waiter?.continuation.resume(returning: outcome)
  }
}
