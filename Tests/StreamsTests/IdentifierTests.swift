import Calendar
import Testing

@testable import Streams

/// Names made from positions: what stands where, how they sort, what is no name.
@Suite struct IdentifierTests {
  private static let topics = [
    Topic("lowest", number: 0, .input), Topic("middle", number: 5, .facts),
    Topic("highest", number: 15, .stream),
  ]

  struct Row: Sendable {
    let seconds: Int64
    let lane: UInt8
    /// Place among the topics above.
    let topic: Int
    let offset: Int64
    let ordinal: UInt32
    let text: String
  }

  static let rows = [
    Row(seconds: 0, lane: 0, topic: 0, offset: 0, ordinal: 0, text: "000000000000000000000000"),
    Row(
      seconds: 0x65a0_0000, lane: 1, topic: 0, offset: 7, ordinal: 1,
      text: "65a000000100000000700001"),
    Row(
      seconds: 0x1234_5678, lane: 0x9a, topic: 1, offset: 0xbcde_f012, ordinal: 0x3_4567,
      text: "123456789a5bcdef01234567"),
    Row(
      seconds: 0xffff_ffff, lane: 255, topic: 2, offset: 0xffff_ffff, ordinal: 0xf_ffff,
      text: "ffffffffffffffffffffffff"),
  ]

  private static func identifier(_ row: Row) -> Identifier {
    Root(
      time: Instant(seconds: row.seconds), lane: Lane(row.lane), topic: topics[row.topic],
      offset: row.offset
    ).identifier(row.ordinal)
  }

  @Test(arguments: rows)
  func everyFieldHasItsDigits(_ row: Row) throws {
    let id = Self.identifier(row)
    #expect(id.description == row.text)
    let read = try #require(Identifier(row.text))
    #expect(read == id)
    for id in [id, read] {
      #expect(Int64(id.seconds) == row.seconds)
      #expect(id.lane == Lane(row.lane))
      #expect(id.topicNumber == Self.topics[row.topic].number)
      #expect(Int64(id.offset) == row.offset)
      #expect(id.ordinal == row.ordinal)
    }
    var bytes = Array("id ".utf8)
    id.write(into: &bytes)
    #expect(bytes == Array("id \(row.text)".utf8))
  }

  @Test func anOffsetBeyond32BitsLosesItsUpperOnes() {
    let row = Row(seconds: 1, lane: 2, topic: 1, offset: 1 << 32 | 9, ordinal: 3, text: "")
    let id = Self.identifier(row)
    #expect(id.offset == 9)
    #expect(id.seconds == 1)
    #expect(id.topicNumber == 5)
    #expect(id.ordinal == 3)
  }

  @Test func secondsBeyond32BitsLoseTheirUpperOnes() {
    let row = Row(seconds: 1 << 32 | 9, lane: 2, topic: 1, offset: 4, ordinal: 3, text: "")
    #expect(Self.identifier(row).seconds == 9)
    #expect(Self.identifier(row).lane == Lane(2))
  }

  @Test func namesSortByTimeFirstAndAsTheirTextsDo() {
    // What comes later in time comes later, whatever else the name says.
    let rows = (0..<200).map { number in
      Row(
        seconds: Int64(number / 4) * 97, lane: UInt8((number * 151) % 256), topic: number % 3,
        offset: Int64((number * 7919) % 100_000), ordinal: UInt32((number * 31) % 1000), text: "")
    }
    let ids = rows.map(Self.identifier).sorted()
    #expect(ids.map(\.seconds) == rows.map { UInt32($0.seconds) }.sorted())
    #expect(ids.map(\.description) == ids.map(\.description).sorted())
  }

  @Test func whatOneStepRecordsHasTheSameRoot() {
    let root = Root(
      time: Instant(seconds: 5), lane: Lane(3), topic: Self.topics[1], offset: 0xfff)
    let id = root.identifier(0)
    #expect(id.hasSameRoot(as: root.identifier(Limits.ordinals - 1)))
    let others = [
      Root(time: Instant(seconds: 6), lane: Lane(3), topic: Self.topics[1], offset: 0xfff),
      Root(time: Instant(seconds: 5), lane: Lane(4), topic: Self.topics[1], offset: 0xfff),
      Root(time: Instant(seconds: 5), lane: Lane(3), topic: Self.topics[2], offset: 0xfff),
      // One and the other half of the offset's bits.
      Root(time: Instant(seconds: 5), lane: Lane(3), topic: Self.topics[1], offset: 0xffe),
      Root(time: Instant(seconds: 5), lane: Lane(3), topic: Self.topics[1], offset: 0x1fff),
    ]
    for other in others { #expect(!id.hasSameRoot(as: other.identifier(0))) }
  }

  @Test(arguments: [
    "", "65a00000010000000070000", "65a0000001000000007000011", "65A000000100000000700001",
    "65a00000010000000070000g", " 5a000000100000000700001", "65a000000100000000700001\n",
    "0x5a00000100000000700001", "٠٠٠٠٠٠٠٠٠٠٠٠", "65a00000-1000000-0700001",
  ])
  func whatIsNot24LowerCaseDigitsIsNoName(_ text: String) {
    #expect(Identifier(text) == nil)
    #expect(Identifier(utf8: Array(text.utf8)) == nil)
  }
}
