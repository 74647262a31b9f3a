import Calendar
import Testing

@testable import Streams

/// How the values of one append come to stand in stored records, and out of them again.
@Suite struct FramingTests {
  private let events = Topic("events", number: 0, .input)
  private let facts = Topic("triggers", number: 5, .facts, packing: true)

  private func value(bytes: Int) -> String {
    #"{"t":""# + String(repeating: "t", count: bytes - 8) + "\"}"
  }

  private func outgoing(_ values: [String], _ topic: Topic) -> Outgoing {
    var outgoing = Outgoing()
    for value in values { outgoing.add(topic, Lane(0), value: value.utf8) }
    return outgoing
  }

  private func stored(_ values: [String], _ topic: Topic) throws -> [String] {
    let frames = try Frame.frames(outgoing(values, topic)) { _ in 1 }
    var start = 0
    return frames[0].ends.map { end in
      defer { start = end }
      return String(decoding: frames[0].bytes[start..<end], as: UTF8.self)
    }
  }

  private func unframed(_ stored: [String], _ topic: Topic) throws -> [Record] {
    try Record.unframe(
      stored.map { Array($0.utf8)[...] }, of: Partition(topic), from: 5, time: Instant(seconds: 1))
  }

  private func text(_ record: Record) -> String { String(decoding: record.value, as: UTF8.self) }

  @Test func valuesOfATopicThatDoesNotPackAreARecordEach() throws {
    #expect(try stored(["{}", "[1]", "{}"], events) == ["{}", "[1]", "{}"])
    let records = try unframed(["{}", "[1]"], events)
    #expect(records.map(\.position.offset) == [5, 6])
    #expect(records.map(text) == ["{}", "[1]"])
  }

  @Test func factsOfAPackingTopicAreOneArray() throws {
    #expect(try stored([#"{"a":1}"#], facts) == [#"[{"a":1}]"#])
    #expect(try stored([#"{"a":1}"#, #"{"b":[2]}"#], facts) == [#"[{"a":1},{"b":[2]}]"#])
  }

  @Test func anArrayHas64KiBAndNotAByteMore() throws {
    // Three values with two brackets and two commas.
    let two = [value(bytes: 20_000), value(bytes: 30_000)]
    let rest = 64 << 10 - 50_000 - 4
    #expect(try stored(two + [value(bytes: rest)], facts).map(\.utf8.count) == [64 << 10])
    let apart = try stored(two + [value(bytes: rest + 1)], facts)
    #expect(apart.map(\.utf8.count) == [50_003, rest + 3])
  }

  @Test(arguments: [
    // A value alone in its array has brackets around it: 900,000 bytes with them.
    (899_998, 1, false), (899_999, 2, true), (900_001, 2, true),
  ])
  func aFactThatIsTooLargeForAnArrayIsCut(bytes: Int, count: Int, isCut: Bool) throws {
    let values = ["{}", value(bytes: bytes), "{}"]
    let stored = try stored(values, facts)
    // The small ones before and behind it stand in arrays of their own.
    #expect(stored.count == count + 2)
    #expect(stored[0] == "[{}]" && stored[count + 1] == "[{}]")
    #expect(Chunk.isChunk(Array(stored[1].utf8)[...]) == isCut)
    #expect(stored.allSatisfy { $0.utf8.count <= 900_000 })
    let isSame = try unframed(stored, facts).map(text) == values
    #expect(isSame)
  }

  @Test func framesSayWhereEachValueStands() throws {
    let values = ["{}", value(bytes: 900_001), "{}", "{}"]
    let outgoing = outgoing(values, facts)
    let frame = try Frame.frames(outgoing) { _ in 1 }[0]
    let told = frame.records(from: 5, time: Instant(seconds: 1), original: outgoing)
    #expect(told.map(\.place) == [0, 1, 2, 3])
    #expect(told.map(\.record.position.offset) == [5, 7, 8, 8])
    #expect(told.map(\.record.position.index) == [0, 0, 0, 1])
    #expect(told.map { text($0.record) } == values)
    let read = try unframed(try stored(values, facts), facts)
    #expect(read.map(\.position) == told.map(\.record.position))
  }

  @Test func eachPartitionHasItsFrame() throws {
    var outgoing = Outgoing()
    for lane in 0..<6 { outgoing.add(events, Lane(UInt8(lane)), value: "\(lane)".utf8) }
    outgoing.add(facts, Lane(3), value: "{}".utf8)
    let frames = try Frame.frames(outgoing) { $0 == events ? 4 : 2 }
    #expect(frames.map(\.partition.index) == [0, 1, 2, 3, 1])
    #expect(frames.map(\.places) == [[0, 4], [1, 5], [2], [3], [0]])
    #expect(frames.map(\.count) == [2, 2, 1, 1, 1])
  }

  @Test(arguments: [
    ("[]", []), ("[{}]", ["{}"]), ("[{},{}]", ["{}", "{}"]),
    (#"[{"a":[1,{"b":2}]},{"c":"],["}]"#, [#"{"a":[1,{"b":2}]}"#, #"{"c":"],["}"#]),
    (#"[{"\"":"\\"},{"x":"\\\",["}]"#, [#"{"\"":"\\"}"#, #"{"x":"\\\",["}"#]),
  ])
  func theElementsOfAnArrayAreToldApart(_ array: String, elements: [String]) {
    // As it stands in a larger buffer.
    let bytes = Array("xx\(array)".utf8)
    let found = Record.elements(of: bytes[2...]).map { String(decoding: $0, as: UTF8.self) }
    #expect(found == elements)
  }

  @Test func aRecordOfAPackingTopicThatIsNoArrayIsOneRecord() throws {
    let records = try unframed([#"{"a":1}"#, #"[{"b":1},{"b":2}]"#], facts)
    #expect(records.map(text) == [#"{"a":1}"#, #"{"b":1}"#, #"{"b":2}"#])
    #expect(records.map(\.position.offset) == [5, 6, 6])
    #expect(records.map(\.position.index) == [0, 0, 1])
  }
}
