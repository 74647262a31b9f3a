import Calendar
import JSON
import Streams
import Testing

@testable import Automation

/// Which events a lane remembers, for how long, and that a checkpoint gives them back.
@Suite struct SeenEventsTests {
  private static let start = Instant(seconds: 1_790_000_000)
  private static let lane = Lane(9)

  private func id(_ number: Int, at time: Instant) -> Identifier {
    Root(time: time, lane: Self.lane, topic: .events, offset: Int64(number)).identifier(0)
  }

  private func insert(
    _ range: Range<Int>, at time: Instant = start, into seen: inout SeenEvents
  ) {
    for number in range {
      seen.insert("s", "e\(number)", id: id(number, at: time), digest: "abcdef0123456789", at: time)
    }
  }

  private func knows(_ number: Int, _ seen: SeenEvents, at time: Instant = start) -> Bool {
    seen.first("s", "e\(number)", at: time, lane: Self.lane) != nil
  }

  @Test func theFirstCopyIsRemembered() {
    var seen = SeenEvents()
    insert(0..<2_000, into: &seen)
    insert(5..<6, into: &seen)
    #expect(seen.count == 2_000)
    for number in [0, 5, 255, 256, 1_999] {
      let first = seen.first("s", "e\(number)", at: Self.start, lane: Self.lane)
      #expect(first == SeenEvents.First(id: id(number, at: Self.start), digest: "abcdef"))
    }
    #expect(!knows(2_000, seen))
    #expect(seen.first("se", "0", at: Self.start, lane: Self.lane) == nil)
    #expect(seen.first("", "se0", at: Self.start, lane: Self.lane) == nil)
  }

  @Test func aSegmentIsForgottenBehindTheWindow() {
    var seen = SeenEvents(window: .seconds(3_600))
    insert(0..<1, into: &seen)
    #expect(knows(0, seen, at: Self.start + .seconds(3_000)))
    #expect(!knows(0, seen, at: Self.start + .seconds(4_201)))
    insert(1..<2, at: Self.start + .seconds(4_201), into: &seen)
    #expect(seen.count == 1)
  }

  @Test func noMoreThanTheLimitAreRemembered() {
    var seen = SeenEvents(idsMax: 100)
    insert(0..<100, into: &seen)
    #expect(seen.count == 100)
    insert(100..<101, into: &seen)
    // The older half of the only segment goes.
    #expect(seen.count == 50)
    #expect(!knows(50, seen) && knows(51, seen) && knows(100, seen))
    let later = Self.start + .seconds(600)
    insert(200..<251, at: later, into: &seen)
    #expect(seen.count == 51)
    #expect(!knows(100, seen, at: later) && knows(200, seen, at: later))
  }

  private func save(_ seen: inout SeenEvents, _ scope: CheckpointScope) -> [[UInt8]] {
    var writer = CheckpointWriter()
    seen.save(scope, into: &writer)
    return writer.finish()
  }

  private func restore(_ texts: [[UInt8]], into seen: inout SeenEvents) throws {
    for text in texts {
      for member in try JSONDocument(parsing: text[...]).root.members {
        try seen.restore(member.key, member.value.isNull ? nil : member.value)
      }
    }
  }

  /// Whole, then what changed, then what changed again: folded, it is what it was.
  @Test func aCheckpointGivesThemBack() throws {
    var seen = SeenEvents(window: .seconds(3_600), idsMax: 6_000)
    var again = SeenEvents(window: .seconds(3_600), idsMax: 6_000)
    insert(0..<4_097, into: &seen)
    try restore(save(&seen, .everything), into: &again)
    for (range, seconds) in [(5_000..<5_010, 0), (6_000..<6_010, 700), (7_000..<9_000, 700)] {
      insert(range, at: Self.start + .seconds(seconds), into: &seen)
      try restore(save(&seen, .changes), into: &again)
      #expect(again.count == seen.count)
    }
    insert(9_000..<9_001, at: Self.start + .seconds(9_000), into: &seen)
    try restore(save(&seen, .changes), into: &again)
    #expect(save(&seen, .everything) == save(&again, .everything))
    #expect(again.count == 1)
  }

  @Test(arguments: ["AAA", String(repeating: "-", count: 32)])
  func whatIsNoChunkIsAnError(text: String) throws {
    var seen = SeenEvents()
    let value = try JSONDocument(parsing: Array("\"\(text)\"".utf8)[...]).root
    #expect(throws: RecordError.self) { try seen.restore("seen/1/0", value) }
    #expect(throws: RecordError.self) { try seen.restore("seen/1", value) }
  }

  /// Computed apart from this code; it must never change.
  @Test func theHashStays() {
    let one = SenderHash.hash("/nagios", "e1")
    let other = SenderHash.hash("/nagios", "e2")
    #expect(one != other)
    #expect(
      String(one.high, radix: 16) == "2c1b02e46d72db87" && String(one.low, radix: 16) == "fc332d4a")
  }
}
