import Calendar
import TestSupport
import Testing

@testable import Streams

/// The part of a log that is in memory: its ends, what it gives, what it lets go of.
@Suite struct LogTailTests {
  private let events = Partition(.testEvents)
  private let letters = Partition(.letters)

  /// Appends so many records of ten bytes in one append.
  private func append(
    _ count: Int, _ topic: Topic = .testEvents, at seconds: Int64 = 1, to tail: inout LogTail
  ) throws -> [Appended] {
    var outgoing = Outgoing()
    for _ in 0..<count { outgoing.add(topic, Lane(0), value: "0123456789".utf8) }
    let frames = try Frame.frames(outgoing) { _ in 1 }
    return tail.append(frames, original: outgoing, time: Instant(seconds: seconds))
  }

  private func offsets(
    _ tail: LogTail, from offset: Int64, to end: End = .recorded, bytesMax: Int = 1_000
  ) throws -> [Int64] {
    try tail.read(from: [events: offset], to: end, bytesMax: bytesMax).batch.records
      .map(\.position.offset)
  }

  @Test func anEmptyOneHasNothing() throws {
    let tail = LogTail()
    #expect(tail.bounds(events) == Bounds(first: 0, durable: 0, end: 0))
    #expect(try offsets(tail, from: 0).isEmpty)
    #expect(throws: LogError.beyondEnd(events, end: 0)) { try offsets(tail, from: 1) }
  }

  @Test func whatIsAppendedStandsAtTheEnd() throws {
    var tail = LogTail()
    #expect(try append(2, to: &tail).map(\.position.offset) == [0, 1])
    #expect(try append(1, to: &tail).map(\.position.offset) == [2])
    #expect(tail.bounds(events) == Bounds(first: 0, durable: 0, end: 3))
    #expect(tail.byteCount == 30)
    #expect(try offsets(tail, from: 1) == [1, 2])
    #expect(try offsets(tail, from: 3).isEmpty)
    #expect(throws: LogError.beyondEnd(events, end: 3)) { try offsets(tail, from: 4) }
  }

  @Test func aReadIsCutByBytesButGivesOneRecord() throws {
    var tail = LogTail()
    _ = try append(5, to: &tail)
    for (bytes, count) in [(0, 1), (1, 1), (10, 1), (11, 2), (20, 2), (21, 3), (1_000, 5)] {
      let batch = try tail.read(from: [events: 0], to: .recorded, bytesMax: bytes).batch
      #expect(batch.records.count == count, "\(bytes)")
      #expect(batch.positions == [events: Int64(count)])
    }
  }

  @Test func eachPartitionHasItsShare() throws {
    var tail = LogTail()
    _ = try append(9, to: &tail)
    _ = try append(9, .letters, to: &tail)
    let batch = try tail.read(from: [events: 0, letters: 0], to: .recorded, bytesMax: 60).batch
    #expect(batch.positions == [events: 3, letters: 3])
    // What one does not need is the other's.
    let rest = try tail.read(from: [events: 8, letters: 0], to: .recorded, bytesMax: 60).batch
    #expect(rest.positions == [events: 9, letters: 5])
  }

  @Test func theDurableEndFollowsAndNeverGoesBackNorBeyond() throws {
    var tail = LogTail()
    _ = try append(3, to: &tail)
    #expect(try offsets(tail, from: 0, to: .durable).isEmpty)
    for (told, durable) in [(2, 2), (1, 2), (3, 3), (9, 3)] as [(Int64, Int64)] {
      tail.makeDurable([events: told])
      #expect(tail.bounds(events).durable == durable)
      #expect(try offsets(tail, from: 0, to: .durable) == Array(0..<durable))
    }
    tail.makeDurable([letters: 5])
    #expect(tail.bounds(letters).durable == 0)
  }

  @Test func whatIsTrimmedIsGone() throws {
    var tail = LogTail()
    _ = try append(5, to: &tail)
    tail.trim(events, before: 2)
    #expect(tail.bounds(events).first == 2)
    #expect(tail.byteCount == 30)
    #expect(throws: LogError.trimmed(first: 2)) { try offsets(tail, from: 1) }
    #expect(try offsets(tail, from: 2) == [2, 3, 4])
    tail.trim(events, before: 1)
    #expect(tail.bounds(events).first == 2)
    tail.trim(events, before: 99)
    #expect(tail.bounds(events) == Bounds(first: 5, durable: 0, end: 5))
    #expect(tail.byteCount == 0)
  }

  @Test func onlyWhatIsDurableLeavesTheMemory() throws {
    var tail = LogTail()
    _ = try append(8, to: &tail)
    tail.shrink(to: 10)
    #expect(tail.byteCount == 80)
    tail.makeDurable([events: 3])
    tail.shrink(to: 10)
    #expect(tail.byteCount == 50)
    tail.makeDurable([events: 8])
    tail.shrink(to: 10)
    #expect(tail.byteCount == 10)
    #expect(tail.bounds(events) == Bounds(first: 0, durable: 8, end: 8))
    let (batch, missing) = try tail.read(from: [events: 0], to: .recorded, bytesMax: 100)
    #expect(batch.records.isEmpty && missing == [events])
    #expect(try tail.read(from: [events: 7], to: .recorded, bytesMax: 100).missing.isEmpty)
    // Even the last one stays: there is nothing older to let go of.
    tail.shrink(to: 0)
    #expect(tail.byteCount == 10)
  }

  @Test func aLossOfPowerTakesWhatWasNotDurable() throws {
    var tail = LogTail()
    _ = try append(3, to: &tail)
    tail.makeDurable([events: 1])
    _ = try append(2, .letters, to: &tail)
    tail.loseUndurable()
    #expect(tail.bounds(events) == Bounds(first: 0, durable: 1, end: 1))
    #expect(tail.bounds(letters) == Bounds(first: 0, durable: 0, end: 0))
    #expect(tail.byteCount == 10)
    #expect(try append(1, to: &tail).map(\.position.offset) == [1])
  }

  @Test func aTimeIsFound() throws {
    var tail = LogTail()
    for (count, seconds) in [(2, 10), (1, 20), (2, 30)] {
      _ = try append(count, at: Int64(seconds), to: &tail)
    }
    for (seconds, offset) in [(0, 0), (10, 0), (11, 2), (20, 2), (21, 3), (30, 3), (31, 5)] {
      #expect(
        tail.position(of: Instant(seconds: Int64(seconds)), in: events) == Int64(offset),
        "\(seconds)")
    }
    #expect(tail.firstTime(in: events) == Instant(seconds: 10))
    #expect(tail.position(of: Instant(seconds: 5), in: letters) == 0)
    #expect(tail.firstTime(in: letters) == nil)
  }

  @Test func anOpenedLogHasItsEndsAndNothingInMemory() throws {
    var tail = LogTail()
    tail.open(events, first: 3, end: 7)
    #expect(tail.bounds(events) == Bounds(first: 3, durable: 7, end: 7))
    #expect(tail.ends == [events: 7])
    #expect(throws: LogError.trimmed(first: 3)) { try offsets(tail, from: 2) }
    #expect(try tail.read(from: [events: 3], to: .durable, bytesMax: 9).missing == [events])
    #expect(try append(1, to: &tail).map(\.position.offset) == [7])
    #expect(try offsets(tail, from: 7) == [7])
  }
}
