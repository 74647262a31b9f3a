import Calendar
import JSON
import TestSupport
import Testing

@testable import Streams

/// What one step may record: at the limits it goes into the log, one past them it leaves one dead
/// letter and a state that is not to be trusted.
@Suite struct StepLimitTests {
  /// Records as many facts of as many bytes as an event asks for.
  private struct BulkProcessor: Processor {
    struct Fact: FactCoding {
      let bytes: Int
      var type: StaticString { "test.Bulk" }
      func write(into writer: inout JSONWriter) { writer.raw(Self.text(bytes)) }
      init(bytes: Int) { self.bytes = bytes }
      init(type: String, data: JSONView) throws(RecordError) { bytes = 0 }

      static func text(_ bytes: Int) -> [UInt8] {
        var text = [UInt8](repeating: UInt8(ascii: "t"), count: bytes)
        (text[0], text[bytes - 1]) = (UInt8(ascii: "\""), UInt8(ascii: "\""))
        return text
      }
    }

    static let name = "bulk"
    static let inputs: [Topic] = [.testEvents]
    static let output = Topic.testFacts
    let initialState = 0

    func decide(_ input: Input, _ state: Int, _ tables: Tables, into step: inout Step<Fact>) {
      guard case .record(let event) = input.content else { return }
      for bytes in event["data"]?.elements.compactMap(\.intValue) ?? [] {
        step.append(Fact(bytes: bytes))
      }
    }
    func evolve(_ state: inout Int, _ recorded: Recorded<Fact>) { state += 1 }
    func save(
      _ state: inout Int, _ scope: CheckpointScope, into writer: inout CheckpointWriter
    ) {}
    func restore(
      _ entity: String, _ value: JSONView?, into state: inout Int
    ) throws(RecordError) {}
  }

  /// Takes one step for an event that asks for facts of so many bytes.
  private func step(_ bytes: [Int]) -> (chain: Chain, outgoing: Outgoing) {
    let chain = Chain([BulkProcessor()], Tables([]))
    var event = Outgoing()
    event.addEvent("[" + bytes.map(String.init).joined(separator: ",") + "]")
    let record = Record(
      position: Position(Partition(.testEvents), offset: 0), time: Instant(seconds: 1),
      value: event.parts[0].bytes[...])
    var outgoing = Outgoing()
    _ = chain.step(record, into: &outgoing)
    return (chain, outgoing)
  }

  /// Bytes of a fact's record around its data.
  private var envelopeBytes: Int { step([2]).outgoing.byteCount - 2 }

  private func expectTaken(_ bytes: [Int], total: Int) {
    let (chain, outgoing) = step(bytes)
    #expect(!chain.isSpoiled)
    #expect(outgoing.parts.map(\.topic) == [.testFacts])
    #expect(outgoing.count == bytes.count)
    #expect(outgoing.byteCount == total)
  }

  private func expectGivenUp(_ bytes: [Int]) throws {
    let (chain, outgoing) = step(bytes)
    #expect(chain.isSpoiled)
    #expect(outgoing.parts.map(\.topic) == [.deadLetters])
    #expect(outgoing.count == 1)
    let letter = try JSONValue(parsing: outgoing.parts[0].bytes)
    #expect(letter["data"]?["reason"]?.stringValue?.contains("this input leads to more") == true)
  }

  @Test func aStepMayRecord64MegabytesAndNotOneMore() throws {
    let each = 13 << 20
    let rest = Limits.stepBytesMax - 5 * envelopeBytes - 4 * each
    expectTaken([each, each, each, each, rest], total: Limits.stepBytesMax)
    try expectGivenUp([each, each, each, each, rest + 1])
  }

  @Test func aThingMayHave16MegabytesAndNotOneMore() throws {
    let most = Limits.valueBytesMax - envelopeBytes
    expectTaken([most, 2], total: Limits.valueBytesMax + envelopeBytes + 2)
    try expectGivenUp([most + 1, 2])
  }

  @Test func afterAStepThatWasGivenUpResetMakesTheChainAnew() {
    let (chain, _) = step([Limits.valueBytesMax])
    #expect(chain.isSpoiled)
    chain.reset()
    #expect(!chain.isSpoiled)
  }

  @Test func aStepMayRecordAsManyThingsAsOrdinalsNameAndNotOneMore() {
    let recorder = StepRecorder()
    let root = Root(time: Instant(seconds: 1), lane: Lane(2), topic: .testEvents, offset: 3)
    recorder.begin(root)
    let input = Input(
      topic: .testEvents, content: .tick(Instant(seconds: 1)), root: root, id: "e",
      identifier: nil, depth: 4, body: nil, bodyByteCount: 0)
    let fact = BulkProcessor.Fact(bytes: 2)
    // The last ordinal is the name of a tick.
    let most = Int(Limits.ordinals) - 1
    for _ in 0..<most { recorder.add(.fact(fact, .testFacts), input) }
    #expect(!recorder.isTooLarge)
    #expect(recorder.entries.count == most)
    #expect(recorder.entries[most - 1].id == root.identifier(Limits.ordinals - 2))
    recorder.add(.fact(fact, .testFacts), input)
    #expect(recorder.isTooLarge)
    #expect(recorder.entries.count == most)
    recorder.begin(root)
    #expect(!recorder.isTooLarge)
    #expect(recorder.entries.isEmpty)
  }

  @Test func whatIsRecordedIsNumberedInOrderAndNamesWhatItFollowsFrom() {
    let recorder = StepRecorder()
    let root = Root(time: Instant(seconds: 1), lane: Lane(2), topic: .testEvents, offset: 3)
    recorder.begin(root)
    let input = Input(
      topic: .testEvents, content: .tick(Instant(seconds: 1)), root: root, id: "e",
      identifier: nil, depth: 4, body: nil, bodyByteCount: 0)
    let fact = BulkProcessor.Fact(bytes: 2)
    recorder.add(.fact(fact, .testFacts), input)
    recorder.add(.work(fact, .letters), input)
    recorder.add(.letter(fact, "bulk", Lane(9)), input)
    #expect(recorder.entries.map(\.id.ordinal) == [0, 1, 2])
    #expect(recorder.entries.allSatisfy { $0.cause == "e" && $0.depth == 5 })
    recorder.replace(by: DeadLetter(reason: "r", by: "b", input: input))
    #expect(recorder.entries.map(\.id) == [root.identifier(0)])
  }
}
