import Calendar
import JSON
import TestSupport
import Testing

@testable import Streams

/// Records as they were written stand in logs for ever: every form is still written to the byte and
/// still read.
@Suite struct GoldenTests {
  private static let time = Instant(iso8601: "2026-01-02T03:04:05.000006Z")!
  private static let root = Root(time: time, lane: Lane(200), topic: .testEvents, offset: 12)

  private func lines(_ name: String) throws -> [ArraySlice<UInt8>] {
    try #require(GoldenFile("\(name).jsonl")).lines.map { Array($0.utf8)[...] }
  }

  /// What an append of these values stores of one topic.
  private func stored(_ outgoing: Outgoing, _ topic: Topic) throws -> [String] {
    let frames = try Frame.frames(outgoing) { _ in 1 }
    let frame = try #require(frames.first { $0.partition.topic == topic })
    var start = 0
    return frame.ends.map { end in
      defer { start = end }
      return String(decoding: frame.bytes[start..<end], as: UTF8.self)
    }
  }

  private func values(_ outgoing: Outgoing, _ topic: Topic) throws -> [String] {
    let part = try #require(outgoing.parts.first { $0.topic == topic })
    return part.ends.indices.map { String(decoding: part.bytes[part.value($0)], as: UTF8.self) }
  }

  /// Holds what is stored today against the file, and reads the file.
  private func check(_ outgoing: Outgoing, _ topic: Topic, _ name: String) throws {
    let lines = try lines(name)
    #expect(try stored(outgoing, topic) == lines.map { String(decoding: $0, as: UTF8.self) })
    let read = try Record.unframe(lines, of: Partition(topic), from: 0, time: Self.time)
    let texts = read.map { String(decoding: $0.value, as: UTF8.self) }
    #expect(try texts == values(outgoing, topic))
  }

  @Test func cloudEvents() throws {
    var outgoing = Outgoing()
    var envelope = Envelope(
      id: "e-1", type: "demo.alert", source: "/sensors/1", time: Self.time, lane: Lane(200))
    outgoing.add(.testEvents, Lane(200)) { writer in
      envelope.write(into: &writer) { $0.value(["host": "é\n", "load": 1.5] as JSONObject) }
    }
    envelope.id = "e-2"
    (envelope.subject, envelope.cause, envelope.depth) = ("rack \"7\"", "c-1", 3)
    envelope.contentEnd = 42
    outgoing.add(.testEvents, Lane(200)) { writer in envelope.write(into: &writer) { $0.null() } }
    try check(outgoing, .testEvents, "event")
    let read = try lines("event").map { try Envelope(try JSONDocument(parsing: $0).root) }
    #expect(read.map(\.id) == ["e-1", "e-2"])
    #expect(read.allSatisfy { $0.time == Self.time && $0.lane == Lane(200) && $0.version == 1 })
    #expect(read[1].subject == "rack \"7\"" && read[1].cause == "c-1" && read[1].depth == 3)
    #expect(read[1].contentEnd == 42)
  }

  /// A step that records everything there is: facts, a letter, work, a dead letter.
  private func step() -> Outgoing {
    let recorder = StepRecorder()
    recorder.begin(Self.root)
    let input = Input(
      topic: .testEvents, content: .tick(Self.time), root: Self.root, id: "e-1", identifier: nil,
      depth: 0, body: nil, bodyByteCount: 0)
    recorder.add(.fact(TallyProcessor.Fact.added(3), .testFacts), input)
    recorder.add(.fact(TallyProcessor.Fact.waiting(until: Self.time), .testFacts), input)
    recorder.add(.letter(TallyProcessor.Fact.ask(4), "tally", Lane(7)), input)
    recorder.add(.work(TallyProcessor.Fact.added(5), Self.work), input)
    recorder.add(.deadLetter(DeadLetter(reason: "r", by: "tally", input: input)), input)
    var outgoing = Outgoing()
    recorder.write(into: &outgoing)
    return outgoing
  }

  private static let work = Topic("work", number: 9, .queue)

  @Test func factsInOneRecord() throws {
    try check(step(), .testFacts, "packed")
    let records = try Record.unframe(
      try lines("packed"), of: Partition(.testFacts), from: 5, time: Self.time)
    #expect(records.map(\.position.index) == [0, 1])
    let facts = try records.map { try Recorded<TallyProcessor.Fact>(try $0.event()) }
    #expect(facts.map(\.fact) == [.added(3), .waiting(until: Self.time)])
    #expect(facts.map(\.id) == [Self.root.identifier(0), Self.root.identifier(1)])
  }

  @Test func letters() throws { try check(step(), .letters, "letter") }
  @Test func work() throws { try check(step(), Self.work, "work") }
  @Test func deadLetters() throws { try check(step(), .deadLetters, "dead-letter") }

  @Test func chunks() throws {
    let value = #"{"text":"é\n"}"#
    let pieces = [value.utf8.prefix(11), value.utf8.dropFirst(11)].map { Array($0)[...] }
    let lines = try lines("chunks")
    for (number, piece) in pieces.enumerated() {
      var bytes: [UInt8] = []
      Chunk.write(piece, number: number, count: 2, lane: Lane(200), into: &bytes)
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(text == String(decoding: lines[number], as: UTF8.self))
    }
    let records = try Record.unframe(
      lines, of: Partition(.testEvents), from: 5, time: Self.time)
    #expect(records.map { String(decoding: $0.value, as: UTF8.self) } == [value])
    #expect(records.map(\.position.offset) == [6])
  }

  @Test func ticks() throws {
    let chain = Chain([TallyProcessor()], Tables([]))
    var outgoing = Outgoing()
    chain.tick(Self.time, at: Self.time + .seconds(1), Lane(200), count: 9, into: &outgoing)
    try check(outgoing, .ticks, "tick")
    let event = try JSONDocument(parsing: try lines("tick")[0]).root
    let tick = try Recorded<Tick>(event)
    #expect(tick.fact.deadline == Self.time && tick.fact.count == 9)
    #expect(tick.id.offset == 9 && tick.id.topicNumber == 4 && tick.id.lane == Lane(200))
  }

  @Test func checkpoints() throws {
    var draft = CheckpointDraft(name: "engine-7", time: Self.time)
    draft.add(CheckpointOpened(), Lane(0))
    draft.add(
      StateSaved(processor: "tally", entities: Array(#"{"a":{"n":1},"b":null}"#.utf8)), Lane(200))
    draft.add(
      CheckpointClosed(positions: ["ticks": 3, "triggers": 5], ticks: [7: 1, 200: 2]), Lane(0))
    try check(draft.take(), .checkpoints, "checkpoint")
    let last = try JSONDocument(parsing: try lines("checkpoint")[2]).root
    let closed = try CheckpointClosed(type: "", data: try #require(last["data"]))
    #expect(closed.positions == ["ticks": 3, "triggers": 5])
    #expect(closed.ticks == [7: 1, 200: 2])
  }
}
