import Calendar
import Testing

@testable import Streams

/// Values that are too large for one record: where they are cut, and how they come together.
@Suite struct ChunkTests {
  private let events = Topic("events", number: 0, .input)

  /// A JSON object of exactly so many bytes, the filling being one character.
  private func text(bytes: Int, _ filling: Character = "t") -> [UInt8] {
    let room = bytes - 8
    let width = String(filling).utf8.count
    return Array(
      (#"{"t":""# + String(repeating: filling, count: room / width)
        + String(repeating: "x", count: room % width) + "\"}").utf8)
  }

  private func frame(_ value: [UInt8]) throws -> Frame {
    var outgoing = Outgoing()
    outgoing.add(events, Lane(7), value: value)
    return try #require(try Frame.frames(outgoing) { _ in 1 }.first)
  }

  private func stored(_ frame: Frame) -> [ArraySlice<UInt8>] {
    var start = 0
    return frame.ends.map { end in
      defer { start = end }
      return frame.bytes[start..<end]
    }
  }

  private func unframed(_ stored: [ArraySlice<UInt8>]) throws -> [Record] {
    try Record.unframe(stored, of: Partition(events), from: 10, time: Instant(seconds: 1))
  }

  private func isSame(_ records: [Record], _ value: [UInt8]) -> Bool {
    records.count == 1 && records[0].value.elementsEqual(value)
  }

  @Test(arguments: [900_000, 900_001])
  func aValueOf900000BytesIsOneRecordAndAByteMoreIsTwo(bytes: Int) throws {
    let value = text(bytes: bytes)
    let frame = try frame(value)
    let stored = stored(frame)
    #expect(stored.count == (bytes > 900_000 ? 2 : 1))
    #expect(stored.allSatisfy { Chunk.isChunk($0) == (bytes > 900_000) })
    #expect(stored.allSatisfy { $0.count <= Limits.recordBytesMax })
    let records = try unframed(stored)
    #expect(isSame(records, value))
    #expect(records[0].position.offset == 10 + Int64(stored.count - 1))
  }

  @Test func aValueOf16MegabytesIsTakenAndAByteMoreIsNot() throws {
    let value = text(bytes: 16 << 20)
    let stored = stored(try frame(value))
    #expect(stored.count == (16 << 20) / 800_000 + 1)
    #expect(stored.allSatisfy { $0.count <= Limits.recordBytesMax })
    #expect(isSame(try unframed(stored), value))
    #expect(throws: LogError.tooLarge(max: 16 << 20)) {
      try frame(text(bytes: 16 << 20 + 1))
    }
  }

  @Test(arguments: [
    // The character that fills, how often it fits into one piece.
    ("t", 800_000), ("\"", 400_000), ("\\", 400_000), ("\u{1}", 133_333), ("é", 400_000),
    ("€", 266_666), ("𝄞", 200_000),
  ])
  func aPieceIsAsLongAsItsEscapedTextMayBe(_ character: String, count: Int) {
    let width = character.utf8.count
    let most = Array(String(repeating: character, count: count).utf8)
    #expect(Chunk.pieces(of: most[...]).map(\.count) == [count * width])
    let more = most + Array(character.utf8)
    #expect(Chunk.pieces(of: more[...]).map(\.count) == [count * width, width])
  }

  @Test(arguments: ["é", "€", "𝄞"])
  func noCharacterIsCut(_ character: String) {
    for shift in 0..<4 {
      let value = Array(
        (String(repeating: "x", count: shift)
          + String(repeating: character, count: 900_000 / character.utf8.count)).utf8)
      let pieces = Chunk.pieces(of: value[...])
      #expect(pieces.count == 2)
      #expect(pieces.allSatisfy { String(validating: $0, as: UTF8.self) != nil })
      #expect(pieces.joined().elementsEqual(value))
    }
  }

  @Test func whatIsNoTextIsCutAllTheSame() {
    let value = [UInt8](repeating: 0x80, count: 1_700_000)
    let pieces = Chunk.pieces(of: value[...])
    #expect(pieces.map(\.count) == [800_000, 800_000, 100_000])
  }

  // MARK: - Coming together

  private func chunk(_ text: String, _ number: Int, of count: Int) -> ArraySlice<UInt8> {
    var bytes: [UInt8] = []
    Chunk.write(Array(text.utf8)[...], number: number, count: count, lane: Lane(7), into: &bytes)
    return bytes[...]
  }

  @Test func chunksComeTogetherInTheirOrder() throws {
    let parts = [chunk(#"{"a":"#, 0, of: 3), chunk(#""\"é"#, 1, of: 3), chunk("\"}", 2, of: 3)]
    let joined = try #require(Chunk.join((parts + [Array("{}".utf8)[...]])[...]))
    #expect(String(decoding: joined.value, as: UTF8.self) == #"{"a":"\"é"}"#)
    #expect(joined.count == 3)
  }

  @Test func whatIsNotThereWholeDoesNotComeTogether() {
    let (one, two, three) = (chunk("a", 0, of: 3), chunk("b", 1, of: 3), chunk("c", 2, of: 3))
    let rows: [[ArraySlice<UInt8>]] = [
      [], [one], [one, two], [two, three], [one, three, two], [one, two, two],
      [one, two, chunk("c", 2, of: 4)], [one, two, Array("{}".utf8)[...]],
    ]
    for row in rows { #expect(Chunk.join(row[...]) == nil) }
  }

  @Test(arguments: [
    #"{"specversion":"1.0","type":"petrel.Chunk","data":{"number":-1,"count":1,"text":"x"}}"#,
    #"{"specversion":"1.0","type":"petrel.Chunk","data":{"number":1,"count":1,"text":"x"}}"#,
    #"{"specversion":"1.0","type":"petrel.Chunk","data":{"number":0,"count":1,"text":1}}"#,
    #"{"specversion":"1.0","type":"petrel.Chunk","data":{"number":0,"count":1}}"#,
    #"{"specversion":"1.0","type":"petrel.Chunk","data":{"#,
  ])
  func whatOnlyLooksLikeAChunkIsNone(_ text: String) throws {
    let bytes = Array(text.utf8)[...]
    #expect(Chunk.isChunk(bytes))
    #expect(Chunk(bytes) == nil)
    // In an input somebody else wrote it: it is handed on. Among own facts it is damage.
    #expect(isSame(try unframed([bytes]), Array(bytes)))
    let facts = Partition(Topic("facts", number: 5, .facts))
    #expect(throws: LogError.corrupt(at: "facts/0@4")) {
      try Record.unframe([bytes], of: facts, from: 4, time: Instant(seconds: 1))
    }
  }
}
