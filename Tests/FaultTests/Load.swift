import JSON
import TestSupport
import Testing
import Threads

/// Senders that post events over several connections, each event again until it is acknowledged,
/// and remember what was.
final class Load: Sendable {
  private struct State {
    var next = 0
    /// What was sent and not acknowledged: it is sent again, by the same id.
    var open: [Int] = []
    var acknowledged: Set<String> = []
  }

  static let connections = 4
  private let state = Locked(State())

  var acknowledged: Set<String> { state.withLock { $0.acknowledged } }

  /// Posts until enough was acknowledged; then `end` ends the server, and the senders stop with it.
  func hail(_ petrel: RunningPetrel, until count: Int, end: () async throws -> Void) async throws {
    let goal = acknowledged.count + count
    let isOver = Locked(false)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      for _ in 1...Self.connections {
        tasks.addTask {
          while !isOver.withLock({ $0 }), await self.post(petrel) {}
        }
      }
      await until { acknowledged.count >= goal || petrel.process == nil }
      try await end()
      isOver.withLock { $0 = true }
      try await tasks.waitForAll()
    }
  }

  /// Sends one event; false where the server did not acknowledge it.
  func post(_ petrel: RunningPetrel) async -> Bool {
    let number = state.withLock { state -> Int in
      if let number = state.open.popLast() { return number }
      state.next += 1
      return state.next
    }
    let answer = try? await petrel.send("POST", "/api/v2/events", Self.event(number))
    let isTaken = answer?.status == 202 && answer?.json["accepted"] == 1
    state.withLock { state in
      if isTaken {
        state.acknowledged.insert(Self.id(number))
      } else {
        state.open.append(number)
      }
    }
    return isTaken
  }

  static func id(_ number: Int) -> String { "e\(number)" }

  /// Every third one runs a program, every second one is of a host in maintenance.
  static func event(_ number: Int) -> JSONValue {
    [
      "trigger": "demo.alert", "id": .string(id(number)), "source": "/load",
      "payload": [
        "host": .string("\(number % 2 == 0 ? "lab" : "web")-\(number % 50)"),
        "severity": number % 3 == 0 ? "critical" : "warning", "value": .int(91 + number % 9),
      ],
    ]
  }
}
