import Automation
import Calendar
import JSON
import Streams
import TestSupport
import Testing

@testable import API

/// Waiting for what the rules make of events.
@Suite struct DecidedWaitTests {
  private let log = MemoryLog { Instant(seconds: 1_790_000_000) }

  private func append(_ topic: Topic, _ count: Int) async throws -> [Appended] {
    var outgoing = Outgoing()
    for _ in 0..<count {
      outgoing.add(topic, Lane(0)) { $0.value(.object(["id": "none"])) }
    }
    return try await log.append(outgoing, .synced)
  }

  @Test func whatIsNotDecidedInTimeIsTakenAllTheSame() async throws {
    var wait = DecidedWait(log: log, group: "engine")
    wait.limit = .zero
    let ends = try await wait.begin()
    let taken = try await append(.events, 2).enumerated().map { (line: $0 + 1, $1) }
    let outcomes = await wait.outcomes(of: taken, since: ends)
    #expect(outcomes.map(\.isDecided) == [false, false])
    var writer = JSONWriter()
    outcomes[1].write(into: &writer)
    let shown = try JSONValue(parsing: writer.bytes)
    #expect(shown["line"] == 2)
    #expect(shown["decided"] == false)
  }

  @Test func othersRecordsDoNotHoldItUp() async throws {
    let wait = DecidedWait(log: log, group: "engine")
    let ends = try await wait.begin()
    let taken = try await append(.events, 1).map { (line: 1, $0) }
    let log = log
    try await log.serve(as: "engine") { owner in
      try await log.commit(Outgoing(), consumed: [Partition(.events): 1], as: owner, .synced)
    }
    await withThrowingTaskGroup(of: Void.self) { tasks in
      // Somebody else's decisions come as long as it waits.
      tasks.addTask {
        while !Task.isCancelled { _ = try await self.append(.decisions, 1) }
      }
      let outcomes = await wait.outcomes(of: taken, since: ends)
      #expect(outcomes.map(\.isDecided) == [true])
      tasks.cancelAll()
      while let result = await tasks.nextResult() {
        if case .failure(let error) = result { #expect(error as? LogError == .cancelled) }
      }
    }
  }
}
