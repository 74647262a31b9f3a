import Streams
import Threads

/// What a worker runs, and what was cancelled lately.
final class HeldWork: Sendable {
  /// Cancellations that are remembered for work that has not been read yet.
  static let cancelledMax = 1 << 17

  private struct State {
    var running: Set<Identifier> = []
    var tasks: [Identifier: Task<Void, Never>] = [:]
    var cancelled: Set<Identifier> = []
    var cancelledInOrder: [Identifier] = []
  }

  private let state = Locked(State())

  var count: Int { state.withLock { $0.running.count } }

  /// Takes a slot, before the task that fills it can end.
  func begin(_ id: Identifier) { state.withLock { _ = $0.running.insert(id) } }

  /// Says which task fills the slot, so that it can be stopped.
  func attach(_ task: Task<Void, Never>, to id: Identifier) {
    let isCancelled = state.withLock { state in
      guard state.running.contains(id) else { return false }
      state.tasks[id] = task
      return state.cancelled.contains(id)
    }
    if isCancelled { task.cancel() }
  }

  func end(_ id: Identifier) {
    state.withLock { state in
      state.running.remove(id)
      state.tasks[id] = nil
    }
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

  /// Waits for what runs; what still runs after `limit` is stopped and waited for.
  func finish(within limit: Duration) async {
    let left = state.withLock { Array($0.tasks.values) }
    guard !left.isEmpty else { return }
    let stopper = Task {
      try await Task.sleep(for: limit)
      for task in left { task.cancel() }
    }
    for task in left { await task.value }
    stopper.cancel()
  }
}
