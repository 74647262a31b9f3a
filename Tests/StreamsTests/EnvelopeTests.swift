import Calendar
import JSON
import Testing

@testable import Streams

/// The attributes of a record: what is written is read, and what is wrong is named.
@Suite struct EnvelopeTests {
  private func written(_ envelope: Envelope, data: String = "{}") -> String {
    var writer = JSONWriter()
    envelope.write(into: &writer) { $0.raw(data.utf8) }
    return writer.text
  }

  private func read(_ text: String) throws -> Envelope {
    try Envelope(try JSONDocument(parsing: text, limits: Limits.json).root)
  }

  private func full() -> Envelope {
    var envelope = Envelope(
      id: "i\"1", type: "a.B", source: "/s", time: Instant(microseconds: 1_700_000_000_000_001),
      lane: Lane(255), subject: "é", cause: "c1", depth: 3)
    envelope.version = 7
    envelope.contentEnd = 1 << 40
    return envelope
  }

  @Test func theLeastIsWrittenWithoutWhatIsNotThere() {
    let envelope = Envelope(
      id: "e", type: "a.B", source: "s", time: Instant(seconds: 0), lane: Lane(0))
    #expect(
      written(envelope, data: "[1]") == #"{"specversion":"1.0","id":"e","type":"a.B","source":"s","#
        + #""time":"1970-01-01T00:00:00.000000Z","lane":0,"version":1,"data":[1]}"#)
  }

  @Test func allThatThereCanBeComesBack() throws {
    let envelope = try read(written(full()))
    #expect(envelope.id == "i\"1")
    #expect(envelope.type == "a.B")
    #expect(envelope.source == "/s")
    #expect(envelope.time == Instant(microseconds: 1_700_000_000_000_001))
    #expect(envelope.subject == "é")
    #expect(envelope.lane == Lane(255))
    #expect(envelope.version == 7)
    #expect(envelope.cause == "c1")
    #expect(envelope.depth == 3)
    #expect(envelope.contentEnd == 1 << 40)
    #expect(written(envelope) == written(full()))
  }

  @Test func whatMayBeMissingIsMissing() throws {
    let envelope = try read(#"{"id":"e","type":"t","time":"2026-01-01T00:00:00Z","lane":0}"#)
    #expect(envelope.source == "")
    #expect(envelope.subject == nil)
    #expect(envelope.cause == nil)
    #expect(envelope.contentEnd == nil)
    #expect(envelope.depth == 0)
    #expect(envelope.version == Envelope.version)
  }

  struct Fault: Sendable {
    let members: String
    let message: String
  }
  private static let time = #""time":"2026-01-01T00:00:00Z""#
  private static let lane = "attribute lane must be an integer from 0 to 255"

  static let faults = [
    Fault(
      members: #""type":"t",\#(time),"lane":0"#,
      message: "attribute id must be a text that is not empty"),
    Fault(
      members: #""id":"","type":"t",\#(time),"lane":0"#,
      message: "attribute id must be a text that is not empty"),
    Fault(
      members: #""id":7,"type":"t",\#(time),"lane":0"#,
      message: "attribute id must be a text that is not empty"),
    Fault(
      members: #""id":"e",\#(time),"lane":0"#,
      message: "attribute type must be a text that is not empty"),
    Fault(members: #""id":"e","type":"t",\#(time)"#, message: lane),
    Fault(members: #""id":"e","type":"t",\#(time),"lane":256"#, message: lane),
    Fault(members: #""id":"e","type":"t",\#(time),"lane":-1"#, message: lane),
    Fault(members: #""id":"e","type":"t",\#(time),"lane":1.5"#, message: lane),
    Fault(members: #""id":"e","type":"t",\#(time),"lane":"1""#, message: lane),
    Fault(
      members: #""id":"e","type":"t","lane":0"#,
      message: "attribute time must be an RFC 3339 instant, found ''"),
    Fault(
      members: #""id":"e","type":"t","time":"yesterday","lane":0"#,
      message: "attribute time must be an RFC 3339 instant, found 'yesterday'"),
  ]

  @Test(arguments: faults)
  func whatIsWrongIsNamed(_ fault: Fault) {
    #expect(throws: RecordError(fault.message)) { try read("{\(fault.members)}") }
  }

  @Test func whatIsNoObjectIsNoRecord() {
    #expect(throws: RecordError("a record must be a JSON object, found array")) { try read("[]") }
  }

  @Test func aFactOfAnotherVersionOrWithoutAnIdentifierIsNotRead() throws {
    let rows = [
      (#"{"id":"e","type":"petrel.TickMade",\#(Self.time),"lane":0,"data":{}}"#, "24 hexadecimal"),
      (
        #"{"id":"e","type":"petrel.TickMade",\#(Self.time),"lane":0,"version":2,"data":{}}"#,
        "version 2, known is 1"
      ),
      (
        #"{"id":"65a000000100000000700001","type":"petrel.TickMade",\#(Self.time),"lane":0}"#,
        "attribute data is missing"
      ),
    ]
    for (text, message) in rows {
      let event = try JSONDocument(parsing: text).root
      let error = #expect(throws: RecordError.self) { try Recorded<Tick>(event) }
      #expect(error?.text.contains(message) == true, "\(text)")
    }
  }
}
