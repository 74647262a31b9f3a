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

/// The parts of the product that run side by side. One that ends without being stopped, whether it
/// failed or just returned, stops the rest.
final class Parts: Sendable {
  /// A part returned that was to run until it is stopped.
  struct Ended: Error, Equatable, CustomStringConvertible {
    let part: String
    var description: String { "the part '\(part)' has ended by itself" }
  }

  private struct State {
    var tasks: [String: Task<Void, Never>] = [:]
    var running: Set<String> = []
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

  func isRunning(_ name: String) -> Bool { state.withLock { $0.running.contains(name) } }

  /// Starts what runs until it is stopped.
  func start(_ name: String, _ run: @escaping @Sendable () async throws -> Void) {
    perform(name) { [logger] in
      do {
        try await run()
        if !Task.isCancelled { throw Ended(part: name) }
      } catch {
        if !Task.isCancelled {
          logger.error("a part has failed", ["part": .text(name), "error": .text("\(error)")])
        }
        throw error
      }
    }
  }

  /// Starts what comes to an end by itself. What it throws stops the rest as well.
  func perform(_ name: String, _ run: @escaping @Sendable () async throws -> Void) {
    state.withLock { state in
      state.running.insert(name)
      state.tasks[name] = Task {
        do {
          try await run()
        } catch {
          if !Task.isCancelled { self.fail(error) }
        }
        self.state.withLock { _ = $0.running.remove(name) }
      }
    }
  }

  private func fail(_ error: any Error) {
    state.withLock { if $0.failure == nil { $0.failure = error } }
    stop.ask()
  }

  /// Cancels a part and waits until it has ended.
  func stop(_ name: String) async {
    guard let task = state.withLock({ $0.tasks.removeValue(forKey: name) }) else { return }
    task.cancel()
    await task.value
  }
}
