import Calendar
import Streams
import TestSupport
import Testing

/// Old records go, but none that somebody still has to read.
@Suite struct RetentionTests {
  static let notes = Topic("notes", number: 1, .stream, retention: .history)
  static let work = Topic("work", number: 9, .queue, retention: .transport)
  static let always = Topic("always", number: 10, .stream)

  let clock = HandClock()
  let log: MemoryLog

  init() {
    let clock = clock
    log = MemoryLog { clock.now }
  }

  /// One record in each topic, a day later each time.
  private func append(days: Int) async throws {
    for _ in 0..<days {
      var outgoing = Outgoing()
      for topic in [Self.notes, Self.work, Self.always] {
        outgoing.add(topic, Lane(0), value: Array("{}".utf8))
      }
      _ = try await log.append(outgoing, .synced)
      clock.advance(.seconds(86_400))
    }
  }

  private func firsts(
    history: Int, transport: Int, cursors: [(Partition, Int64)] = []
  ) async throws -> [Int64] {
    var settings = Retention.Settings()
    settings.history = .seconds(history * 86_400)
    settings.transport = .seconds(transport * 86_400)
    let retention = Retention(
      of: log, topics: [Self.notes, Self.work, Self.always], settings: settings
    ) { cursors }
    try await retention.trim()
    var firsts: [Int64] = []
    for topic in [Self.notes, Self.work, Self.always] {
      firsts.append(try await log.bounds(Partition(topic)).first)
    }
    return firsts
  }

  @Test func eachClassHasItsOwnAge() async throws {
    try await append(days: 10)
    #expect(try await firsts(history: 8, transport: 3) == [2, 7, 0])
  }

  @Test func aRecordOfExactlyTheAgeStays() async throws {
    try await append(days: 1)
    #expect(try await firsts(history: 1, transport: 1) == [0, 0, 0])
    clock.advance(.microseconds(1))
    #expect(try await firsts(history: 1, transport: 1) == [1, 1, 0])
  }

  @Test func aCursorThatIsBehindHoldsBackItsTopicAndWhatIsAsOld() async throws {
    try await append(days: 10)
    let behind = [(Partition(Self.notes), Int64(4))]
    #expect(try await firsts(history: 1, transport: 1, cursors: behind) == [4, 4, 0])
  }

  @Test func aCursorAtTheEndHoldsBackNothing() async throws {
    try await append(days: 10)
    let atEnd = [(Partition(Self.notes), Int64(10))]
    #expect(try await firsts(history: 1, transport: 1, cursors: atEnd) == [9, 9, 0])
  }

  @Test func theSlowestOfSeveralCursorsCounts() async throws {
    try await append(days: 10)
    let cursors = [(Partition(Self.notes), Int64(9)), (Partition(Self.notes), 2)]
    #expect(try await firsts(history: 1, transport: 1, cursors: cursors) == [2, 2, 0])
  }

  @Test func whatNobodyKnowsAboutIsKept() async throws {
    struct Away: Error {}
    try await append(days: 10)
    let retention = Retention(of: log, topics: [Self.notes]) { throw Away() }
    await #expect(throws: Away.self) { try await retention.trim() }
    #expect(try await log.bounds(Partition(Self.notes)).first == 0)
  }

  /// State is the newest checkpoint and what was recorded after it.
  @Test func factsThatStateRestsOnAreKept() async throws {
    _ = try await log.appendEvents([#"{"add": 1}"#, #"{"add": 2}"#])
    let log = log
    let facts = Topic("triggers", number: 5, .facts, packing: true, retention: .history)
    func run(checkpointFactsMax: Int, until count: Int) async throws {
      var settings = PipelineSettings()
      settings.checkpointFactsMax = checkpointFactsMax
      settings.checkpointAfter = .seconds(1_000_000)
      let pipeline = Pipeline(
        group: "engine", inputs: [.letters, .testEvents], settings: settings
      ) {
        ([TallyProcessor()], Tables([]))
      }
      let running = Task { try await pipeline.run(on: log) }
      let watched = checkpointFactsMax == 1 ? Topic.checkpoints : .testFacts
      while try await log.all(watched).count < count {
        let end = try await log.bounds(Partition(watched)).end
        _ = try await log.read(
          from: [Partition(watched): end], to: .recorded, bytesMax: 1, wait: .milliseconds(20))
      }
      running.cancel()
      _ = await running.result
    }
    func trim() async throws -> Int64 {
      clock.advance(.seconds(91 * 86_400))
      let retention = Retention(of: log, topics: [facts]) { [] }
      try await retention.trim()
      return try await log.bounds(Partition(facts)).first
    }
    try await run(checkpointFactsMax: 1_000, until: 2)
    #expect(try await trim() == 0, "there is no checkpoint")
    _ = try await log.appendEvents([#"{"add": 3}"#])
    try await run(checkpointFactsMax: 1, until: 3)
    #expect(try await trim() == log.bounds(Partition(facts)).end)
  }
}
