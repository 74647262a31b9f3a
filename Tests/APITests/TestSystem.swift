import API
import Calendar
import Threads

/// What the wiring of the product tells the API, set by tests.
final class TestSystem: SpaceWatch, StatusSource {
  private struct State {
    var isLow = false
    /// How often it is still asked before it turns low by itself.
    var asksLeft: Int?
    var waiting: [String] = []
  }

  private let state = Locked(State())

  var isLow: Bool {
    get {
      state.withLock { state in
        if let left = state.asksLeft {
          state.asksLeft = left - 1
          state.isLow = left <= 0
        }
        return state.isLow
      }
    }
    set { state.withLock { $0.isLow = newValue } }
  }

  /// Tells of too little room once it has been asked so often.
  func turnLow(afterAsking count: Int) { state.withLock { $0.asksLeft = count } }

  func wait(for parts: [String]) { state.withLock { $0.waiting = parts } }

  func waitingFor() async -> [String] { state.withLock { $0.waiting } }

  func snapshot() async -> SystemSnapshot {
    var snapshot = SystemSnapshot(
      version: "1.2.3", startedAt: Instant(seconds: 1_790_000_000), dataPath: "/data")
    snapshot.freeBytes = 5_000
    snapshot.slots = 16
    snapshot.isPostgresReady = true
    return snapshot
  }
}
