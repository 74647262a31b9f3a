import Calendar
import JSON
import TestSupport
import Testing
import Threads

@testable import Streams

/// Ticks of processors that do not move on what a tick woke them for.
@Suite struct TickTests {
  private let clock = HandClock()
  private let log: MemoryLog

  init() {
    let clock = clock
    log = MemoryLog { clock.now }
  }

  /// Waits until the times that events name: `{"until": seconds}`, counted from the clock's start.
  /// What it does at a tick its events say too.
  private struct WaitingProcessor: Processor {
    struct Fact: FactCoding {
      let until: Int?
      /// What a tick moves the wait to: nil leaves it, 0 ends it.
      let then: Int?
      let many: Int
      var type: StaticString { "test.Waiting" }

      init(until: Int?, then: Int? = nil, many: Int = 0) {
        (self.until, self.then, self.many) = (until, then, many)
      }
      init(type: String, data: JSONView) throws(RecordError) {
        self.init(
          until: data["until"]?.intValue, then: data["then"]?.intValue,
          many: data["many"]?.intValue ?? 0)
      }
      func write(into writer: inout JSONWriter) {
        writer.beginObject()
        for (name, value) in [("until", until), ("then", then), ("many", many)] {
          writer.key(name)
          if let value { writer.value(value) } else { writer.null() }
        }
        writer.endObject()
      }
    }

    static let name = "waiting"
    static let inputs: [Topic] = [.testEvents, .ticks]
    static let output = Topic.testFacts
    static let start = Instant(seconds: 1_790_000_000)
    let initialState = Fact(until: nil)

    func decide(_ input: Input, _ state: Fact, _ tables: Tables, into step: inout Step<Fact>) {
      switch input.content {
      case .record(let event):
        guard let fact = event["data"].flatMap({ try? Fact(type: "", data: $0) }) else { return }
        step.append(fact)
      case .tick:
        for _ in 0..<state.many { step.append(state) }
        if let then = state.then { step.append(Fact(until: then == 0 ? nil : then)) }
      case .fact, .letter: return
      }
    }
    func evolve(_ state: inout Fact, _ recorded: Recorded<Fact>) { state = recorded.fact }
    func earliestDeadline(_ state: Fact, _ tables: Tables) -> Instant? {
      state.until.map { Self.start + .seconds($0) }
    }
    func save(
      _ state: inout Fact, _ scope: CheckpointScope, into writer: inout CheckpointWriter
    ) {}
    func restore(
      _ entity: String, _ value: JSONView?, into state: inout Fact
    ) throws(RecordError) {}
  }

  private func lap(_ processors: [any Processor] = [WaitingProcessor()]) async throws -> PipelineLap
  {
    var settings = PipelineSettings()
    settings.idleCommitAfter = .zero
    let pipeline = Pipeline(group: "engine", inputs: [.testEvents], settings: settings) {
      (processors, Tables([]))
    }
    let served = Locked<Owner?>(nil)
    try await log.serve(as: "engine") { owner in served.withLock { $0 = owner } }
    let lap = PipelineLap(pipeline, log, served.withLock { $0! })
    try await lap.open()
    return lap
  }

  private func ticks() async throws -> Int { try await log.all(.ticks).count }
  private func letters() async throws -> [JSONValue] { try await log.all(.deadLetters) }

  private func turn(_ lap: PipelineLap, times: Int = 5) async throws {
    for _ in 0..<times { try await lap.turn() }
  }

  @Test func aDeadlineThatATickLeavesInPlaceHasOneTickAndOneDeadLetter() async throws {
    _ = try await log.appendEvents([#"{"until": 10}"#], lane: 9)
    let lap = try await lap()
    try await turn(lap)
    #expect(try await ticks() == 0)
    clock.advance(.seconds(10))
    try await turn(lap)
    #expect(try await ticks() == 1)
    let letter = try #require(try await letters().first)
    #expect(try await letters().count == 1)
    #expect(letter["lane"] == 9)
    #expect(letter["cause"] == (try await log.all(.ticks))[0]["id"])
    #expect(letter["data"]?["by"] == "waiting")
    #expect(letter["data"]?["topic"] == "ticks")
    #expect(letter["data"]?["reason"]?.stringValue?.contains("waits until 2026-") == true)
  }

  @Test(arguments: [10, 9, 0, 3])
  func aTickMustMoveADeadlineOn(then: Int) async throws {
    // What records facts but does not move on is no better.
    _ = try await log.appendEvents([#"{"until": 10, "then": \#(then)}"#], lane: 9)
    let lap = try await lap()
    try await turn(lap)
    clock.advance(.seconds(10))
    try await turn(lap)
    #expect(try await ticks() == 1)
    #expect(try await letters().count == (then == 0 ? 0 : 1))
  }

  @Test func whatIsMovedOnIsWokenAgainThoughItIsDueAlready() async throws {
    _ = try await log.appendEvents([#"{"until": 10, "then": 20}"#], lane: 9)
    let lap = try await lap()
    try await turn(lap)
    clock.advance(.seconds(30))
    try await turn(lap)
    // The second wait, due too, is left in place.
    #expect(try await ticks() == 2)
    #expect(try await letters().count == 1)
  }

  @Test func anotherDeadlineIsWokenAgain() async throws {
    _ = try await log.appendEvents([#"{"until": 10}"#], lane: 9)
    let lap = try await lap()
    try await turn(lap)
    clock.advance(.seconds(10))
    try await turn(lap)
    _ = try await log.appendEvents([#"{"until": 20, "then": 0}"#], lane: 9)
    try await turn(lap)
    #expect(try await ticks() == 1)
    clock.advance(.seconds(10))
    try await turn(lap)
    #expect(try await ticks() == 2)
    #expect(try await letters().count == 1)
    // And the first one's time again.
    _ = try await log.appendEvents([#"{"until": 10, "then": 0}"#], lane: 9)
    try await turn(lap)
    #expect(try await ticks() == 3)
    #expect(try await letters().count == 1)
  }

  @Test func otherProcessorsOfTheLaneAreWokenAllTheSame() async throws {
    let lap = try await lap([WaitingProcessor(), TallyProcessor()])
    _ = try await log.appendEvents([#"{"until": 10, "wait": 20}"#], lane: 9)
    try await turn(lap)
    clock.advance(.seconds(10))
    try await turn(lap)
    #expect(try await ticks() == 1)
    clock.advance(.seconds(11))
    try await turn(lap)
    #expect(try await ticks() == 2)
    let facts = try await log.all(.testFacts).map { $0["type"]?.stringValue ?? "" }
    #expect(facts == ["test.Waiting", "test.Waiting", "test.Woken"])
    #expect(try await letters().count == 1)
  }

  @Test func otherLanesAreWokenAllTheSame() async throws {
    let lap = try await lap()
    _ = try await log.appendEvents([#"{"until": 10}"#], lane: 9)
    _ = try await log.appendEvents([#"{"until": 20, "then": 0}"#], lane: 8)
    try await turn(lap)
    clock.advance(.seconds(20))
    try await turn(lap)
    let lanes = try await log.all(.ticks).compactMap { $0["lane"]?.intValue }
    #expect(lanes.sorted() == [8, 9])
  }

  @Test func aNewStartTriesOnceMore() async throws {
    _ = try await log.appendEvents([#"{"until": 10}"#], lane: 9)
    try await turn(try await lap())
    clock.advance(.seconds(10))
    for start in 1...3 {
      try await turn(try await lap())
      #expect(try await ticks() == start)
    }
  }

  @Test func aTickWhoseStepOutgrowsItsLimitsIsNotRepeated() async throws {
    _ = try await log.appendEvents([#"{"until": 10, "many": 1048577}"#], lane: 9)
    try await turn(try await lap(), times: 1)
    clock.advance(.seconds(10))
    _ = try await log.appendEvents([#"{"until": 99}"#], lane: 8)
    let pipeline = Pipeline(group: "engine", inputs: [.testEvents]) {
      ([WaitingProcessor()], Tables([]))
    }
    let log = log
    let running = Task { try await pipeline.run(on: log) }
    // The lane's state is dropped and read again; then other lanes go on.
    _ = try await log.read(
      from: [Partition(.ticks): 0], to: .recorded, bytesMax: 1, wait: .seconds(60))
    for number in 0..<3 {
      let end = try await log.bounds(Partition(.testFacts)).end
      _ = try await log.appendEvents([#"{"until": \#(100 + number)}"#], lane: 7)
      let batch = try await log.read(
        from: [Partition(.testFacts): end], to: .recorded, bytesMax: 1, wait: .seconds(60))
      #expect(!batch.records.isEmpty)
    }
    running.cancel()
    _ = await running.result
    #expect(try await ticks() == 1)
    #expect(try await letters().count == 1)
  }
}
