import Calendar
import JSON
import Streams
import TestSupport
import Testing
import Threads

/// The loop as a whole, on the log in memory, with a processor that uses all it gives.
@Suite struct PipelineTests {
  let clock = HandClock()
  let log: MemoryLog

  init() {
    let clock = clock
    log = MemoryLog { clock.now }
  }

  private func pipeline(_ settings: PipelineSettings = PipelineSettings()) -> Pipeline {
    Pipeline(group: "engine", inputs: [.letters, .testEvents], settings: settings) {
      ([TallyProcessor()], Tables([]))
    }
  }

  /// Runs the pipeline until `isDone` says so of the facts recorded.
  private func run(
    _ settings: PipelineSettings = PipelineSettings(),
    until isDone: @escaping @Sendable ([JSONValue]) async throws -> Bool
  ) async throws {
    let pipeline = pipeline(settings)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { [log] in try await pipeline.run(on: log) }
      tasks.addTask { [log] in
        let facts = Partition(.testFacts)
        var positions: Positions = [facts: try await log.bounds(facts).first]
        while !(try await isDone(try await log.all(.testFacts))) {
          let batch = try await log.read(
            from: positions, to: .recorded, bytesMax: 1 << 20, wait: .milliseconds(20))
          positions = batch.positions
        }
      }
      try await tasks.next()
      tasks.cancelAll()
      while let result = await tasks.nextResult() {
        if case .failure(let error) = result, !(error is CancellationError) { throw error }
      }
    }
  }

  private func types(_ facts: [JSONValue]) -> [String] {
    facts.map { $0["type"]?.stringValue ?? "" }
  }

  @Test func anEventBecomesAFactThatIsNamedAfterIt() async throws {
    let appended = try await log.appendEvents([#"{"add": 3}"#], lane: 7)
    try await run { $0.count == 1 }
    let fact = try #require(try await log.all(.testFacts).first)
    let id = try #require(Identifier(fact["id"]?.stringValue ?? ""))
    #expect(id.lane == Lane(7))
    #expect(id.topicNumber == 0)
    #expect(id.offset == UInt32(appended[0].position.offset))
    #expect(id.ordinal == 0)
    #expect(id.seconds == UInt32(appended[0].time.seconds))
    #expect(fact["cause"] == "e")
    #expect(fact["data"] == ["n": 3])
  }

  @Test func whatIsCommittedIsNeverDecidedAgain() async throws {
    _ = try await log.appendEvents([#"{"add": 1}"#, #"{"add": 2}"#])
    try await run { $0.count == 2 }
    _ = try await log.appendEvents([#"{"add": 4}"#])
    try await run { $0.count == 3 }
    #expect(try await log.all(.testFacts).map { $0["data"]?["n"]?.intValue } == [1, 2, 4])
  }

  @Test func aLetterIsReadOnTheOtherLaneAndAnswered() async throws {
    _ = try await log.appendEvents([#"{"add": 5, "to": 200}"#], lane: 1)
    try await run { $0.count == 2 }
    let facts = try await log.all(.testFacts)
    #expect(types(facts) == ["test.Added", "test.Answered"])
    #expect(facts.map { $0["lane"]?.intValue } == [200, 1])
    let letters = try await log.all(.letters)
    #expect(letters.map { $0["data"]?["from"]?.intValue } == [1, 200])
    #expect(facts[0]["cause"] == letters[0]["id"])
    #expect(letters.allSatisfy { $0["data"]?["to"] == "tally" })
  }

  @Test func aWaitIsWokenByATickAndOnlyWhenItIsDue() async throws {
    _ = try await log.appendEvents([#"{"wait": 60}"#], lane: 9)
    try await run { $0.count == 1 }
    #expect(try await log.all(.ticks).isEmpty)
    clock.advance(.seconds(61))
    try await run { $0.count == 2 }
    let ticks = try await log.all(.ticks)
    #expect(ticks.count == 1)
    #expect(ticks[0]["lane"] == 9)
    #expect(ticks[0]["data"]?["count"] == 0)
    #expect(types(try await log.all(.testFacts)) == ["test.Waiting", "test.Woken"])
    #expect(try await log.all(.testFacts)[1]["cause"] == ticks[0]["id"])
  }

  @Test func ticksAreCountedOnAcrossStarts() async throws {
    for round in 1...3 {
      _ = try await log.appendEvents([#"{"wait": 60}"#], lane: 9)
      try await run { $0.count == 2 * round - 1 }
      clock.advance(.seconds(61))
      try await run { $0.count == 2 * round }
    }
    #expect(try await log.all(.ticks).map { $0["data"]?["count"] } == [0, 1, 2])
  }

  @Test func whatCannotBeUnderstoodBecomesADeadLetter() async throws {
    var outgoing = Outgoing()
    outgoing.add(.testEvents, Lane(0), value: Array("not json".utf8))
    outgoing.addEvent(#"{"unknown": 1}"#)
    outgoing.add(
      .testEvents, Lane(0),
      value: Array(
        #"{"id":"x","type":"t","source":"s","time":"2026-01-01T00:00:00Z","lane":999}"#.utf8))
    outgoing.addEvent(#"{"add": 1}"#)
    _ = try await log.append(outgoing, .synced)
    try await run { $0.count == 1 }
    let letters = try await log.all(.deadLetters)
    #expect(letters.map { $0["data"]?["offset"]?.intValue } == [0, 1, 2])
    #expect(letters.map { $0["data"]?["by"]?.stringValue } == ["pipeline", "tally", "pipeline"])
    let reasons = letters.map { $0["data"]?["reason"]?.stringValue ?? "" }
    #expect(reasons[0].contains("must be JSON"))
    #expect(reasons[1] == "expected add or wait")
    #expect(reasons[2].contains("lane"))
  }

  @Test func anUnknownMajorVersionIsADeadLetter() async throws {
    var outgoing = Outgoing()
    outgoing.add(
      .testEvents, Lane(0),
      value: Array(
        """
        {"id":"x","type":"t","source":"s","time":"2026-01-01T00:00:00Z","lane":0,"version":2,\
        "data":{"add":1}}
        """.utf8))
    outgoing.addEvent(#"{"add": 1}"#)
    _ = try await log.append(outgoing, .synced)
    try await run { $0.count == 1 }
    let letters = try await log.all(.deadLetters)
    #expect(letters.count == 1)
    #expect(letters[0]["data"]?["reason"]?.stringValue?.contains("version 2") ?? false)
  }

  @Test func stateComesBackFromACheckpointAndWhatCameAfter() async throws {
    var settings = PipelineSettings()
    settings.checkpointFactsMax = 2
    _ = try await log.appendEvents([#"{"add": 1}"#, #"{"add": 2}"#, #"{"wait": 60}"#], lane: 3)
    try await run(settings) { [log] _ in
      try await log.all(.checkpoints).last?["type"] == "petrel.CheckpointClosed"
    }
    // What the checkpoint holds is not needed any more.
    try await log.trim(
      Partition(.testFacts), before: try await log.bounds(Partition(.testFacts)).end)
    clock.advance(.seconds(61))
    try await run { facts in facts.contains { $0["type"] == "test.Woken" } }
    let saved = try await log.all(.checkpoints).first {
      $0["type"] == "petrel.StateSaved" && $0["lane"] == 3
    }
    #expect(saved?["data"]?["tally"]?["sum"] == 3)
  }

  @Test func aStepThatRecordsTooMuchLeavesOneDeadLetterAndNoState() async throws {
    _ = try await log.appendEvents([#"{"many": 1100000}"#, #"{"add": 1}"#])
    try await run { $0.count == 1 }
    let letters = try await log.all(.deadLetters)
    #expect(letters.count == 1)
    #expect(letters[0]["data"]?["reason"]?.stringValue?.contains("1048576") ?? false)
  }
}
