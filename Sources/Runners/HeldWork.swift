import Streams
import Threads

/// What a worker runs, and what was cancelled lately.
final class HeldWork: Sendable {
  /// Cancellations that are remembered for work that has not been read yet.
  static let cancelledMax = 10_000

  private struct State {
    var tasks: [Identifier: Task<Void, Never>] = [:]
    var cancelled: Set<Identifier> = []
    var cancelledInOrder: [Identifier] = []
  }

  private let state = Locked(State())
  private let wakeups = Wakeups()

  var count: Int { state.withLock { $0.tasks.count } }

  func insert(_ id: Identifier, _ task: Task<Void, Never>) {
    let isCancelled = state.withLock { state in
      state.tasks[id] = task
      return state.cancelled.contains(id)
    }
    if isCancelled { task.cancel() }
  }

  func remove(_ id: Identifier) {
    state.withLock { $0.tasks[id] = nil }
    wakeups.notifyAll()
  }

  func isCancelled(_ id: Identifier) -> Bool { state.withLock { $0.cancelled.contains(id) } }

  func cancel(_ id: Identifier) {
    let task = state.withLock { state in
      if state.cancelled.insert(id).inserted { state.cancelledInOrder.append(id) }
      if state.cancelledInOrder.count > Self.cancelledMax {
        state.cancelled.remove(state.cancelledInOrder.removeFirst())
      }
      return state.tasks[id]
    }
    task?.cancel()
  }

  /// Waits until something ended, or a second.
  func waitForChange() async {
    let seen = wakeups.count
    _ = await wakeups.wait(past: seen, until: ContinuousClock.now + .seconds(1))
  }
}

/// The tasks of one run of a worker.
final class ActionTasks: Sendable {
  private let tasks = Locked<[Identifier: Task<Void, Never>]>([:])

  func add(_ id: Identifier, _ task: Task<Void, Never>) {
    tasks.withLock { $0[id] = task }
    Task {
      await task.value
      tasks.withLock { $0[id] = nil }
    }
  }

  /// Waits for what runs; what still runs after `limit` is stopped and waited for.
  func finish(within limit: Duration) async {
    let left = tasks.withLock { Array($0.values) }
    guard !left.isEmpty else { return }
    let stopper = Task {
      try await Task.sleep(for: limit)
      for task in left { task.cancel() }
    }
    for task in left { await task.value }
    stopper.cancel()
  }
}
