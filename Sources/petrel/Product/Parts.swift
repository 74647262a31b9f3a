import Telemetry
import Threads

/// Asks the product to stop: by a signal, or because a part of it has failed for good.
final class StopRequest: Sendable {
  private let isAsked = Locked(false)
  private let wakeups = Wakeups()

  func ask() {
    isAsked.withLock { $0 = true }
    wakeups.notifyAll()
  }

  /// Waits until it is asked for; at once when the task is cancelled.
  func wait() async {
    while !isAsked.withLock({ $0 }) {
      let seen = wakeups.count
      if isAsked.withLock({ $0 }) { return }
      let outcome = await wakeups.wait(past: seen, until: ContinuousClock.now + .seconds(3_600))
      if outcome == .cancelled { return }
    }
  }
}

/// The parts of the product that run side by side. A part that ends without being stopped stops the
/// rest.
final class Parts: Sendable {
  private struct State {
    var tasks: [String: Task<Void, Never>] = [:]
    var failure: (any Error)?
  }

  private let state = Locked(State())
  private let logger: Logger
  private let stop: StopRequest

  init(logger: Logger, stop: StopRequest) {
    self.logger = logger
    self.stop = stop
  }

  /// What made the product stop, unless it was asked to.
  var failure: (any Error)? { state.withLock { $0.failure } }

  func start(_ name: String, _ run: @escaping @Sendable () async throws -> Void) {
    let task = Task { [logger, stop, state] in
      do {
        try await run()
      } catch {
        guard !Task.isCancelled else { return }
        logger.error("a part has failed", ["part": .text(name), "error": .text("\(error)")])
        state.withLock { if $0.failure == nil { $0.failure = error } }
        stop.ask()
      }
    }
    state.withLock { $0.tasks[name] = task }
  }

  /// Cancels a part and waits until it has ended.
  func stop(_ name: String) async {
    guard let task = state.withLock({ $0.tasks.removeValue(forKey: name) }) else { return }
    task.cancel()
    await task.value
  }
}
