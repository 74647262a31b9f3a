import Connectors
import Glibc
import SQLite
import Streams
import TestSupport
import Testing

/// What trimming takes from the disk, and what it leaves.
@Suite struct TrimmingTests {
  private let files = LogFiles()
  private let events = Partition(.testEvents)

  /// Rows of a large event and a small letter each, in many segments.
  private func filled(_ count: Int = 60) async throws -> SQLiteLog {
    let log = try await files.open(segmentBytesMax: 400_000)
    for number in 0..<count {
      var outgoing = Outgoing.event(bytes: 40_000)
      outgoing.add(.number(number, .letters))
      _ = try await log.append(outgoing, .synced)
    }
    return log
  }

  private func bytes() -> Int { files.segments.reduce(0) { $0 + (files.size($1) ?? 0) } }

  @Test func segmentsOfWhichAllIsTrimmedAreUnlinked() async throws {
    let log = try await filled()
    let before = files.segments
    #expect(before.count > 6)
    try await log.trim(events, before: 60)
    try await log.trim(Partition(.letters), before: 60)
    #expect(try await waitUntil { files.segments == [before.last!] })
    #expect(try await log.bounds(events) == Bounds(first: 60, durable: 60, end: 60))
    #expect(try await log.numbers(.letters) == [])
    _ = try await log.append(.number(7, .letters), .synced)
    #expect(try await log.numbers(.letters) == [7])
    await log.close()
    let opened = try await files.open()
    #expect(try await opened.numbers(.letters) == [7])
    #expect(try await opened.bounds(events) == Bounds(first: 60, durable: 60, end: 60))
    await opened.close()
    #expect(try StoredRow.faults(files.rows).isEmpty)
  }

  @Test func theNewestSegmentIsNotTouched() async throws {
    let log = try await files.open()
    for number in 0..<10 { _ = try await log.append(.number(number), .synced) }
    try await log.trim(events, before: 10)
    await log.close()
    let rows = try files.rows
    #expect(rows.count == 12)
    #expect(rows.allSatisfy { $0.gone == nil })
    #expect(try StoredRow.faults(rows).isEmpty)
  }

  @Test func trimmedPartsAreTakenOutAndTheRestStays() async throws {
    let log = try await filled()
    let (segments, before) = (files.segments, bytes())
    try await log.trim(events, before: 60)
    #expect(try await waitUntil { bytes() < before / 2 })
    #expect(files.segments == segments)
    #expect(try await log.numbers(.letters) == Array(0..<60))
    await log.close()
    let rows = try files.rows
    #expect(try StoredRow.faults(rows).isEmpty)
    #expect(rows.map(\.number) == Array(1...rows.count))
    let opened = try await files.open()
    #expect(try await opened.numbers(.letters) == Array(0..<60))
    #expect(try await opened.records(.testEvents).isEmpty)
    await opened.close()
  }

  @Test func onlyWhatLiesBeforeTheFirstOffsetIsTakenOut() async throws {
    let log = try await filled()
    let before = bytes()
    try await log.trim(events, before: 33)
    #expect(try await waitUntil { bytes() < before * 2 / 3 })
    #expect(try await log.records(.testEvents).map(\.position.offset) == Array(33..<60))
    await log.close()
    for row in try files.rows where row.gone != nil {
      for (place, part) in try row.described.enumerated() {
        #expect(row.goneParts.contains(place) == (part.topic == 0 && part.first < 33))
      }
    }
    #expect(try StoredRow.faults(files.rows).isEmpty)
  }

  @Test func aTrimmedSegmentCanBeTrimmedAgain() async throws {
    let log = try await filled()
    for offset in stride(from: 10, through: 60, by: 10) {
      let before = bytes()
      try await log.trim(events, before: Int64(offset))
      #expect(try await waitUntil { bytes() < before })
      #expect(try await log.numbers(.letters) == Array(0..<60))
      #expect(try await log.records(.testEvents).count == 60 - offset)
    }
    let segments = files.segments
    try await log.trim(Partition(.letters), before: 60)
    #expect(try await waitUntil { files.segments == [segments.last!] })
    await log.close()
  }

  @Test func readersGoOnWhileSegmentsAreReplaced() async throws {
    let log = try await filled(120)
    let reading = Task {
      var rounds = 0
      while !Task.isCancelled {
        let numbers = try await log.numbers(.letters)
        #expect(numbers == Array(0..<120))
        rounds += 1
      }
      return rounds
    }
    let before = bytes()
    for offset in stride(from: 10, through: 120, by: 10) {
      try await log.trim(events, before: Int64(offset))
    }
    #expect(try await waitUntil { bytes() < before / 2 })
    #expect(try await log.numbers(.letters) == Array(0..<120))
    reading.cancel()
    #expect(try await reading.value > 0)
    await log.close()
  }

  @Test func whatIsDamagedIsNotCopied() async throws {
    let log = try await filled()
    await log.close()
    let name = files.segments[0]
    let connection = try Connection(
      path: "\(files.path)/\(name)", ConnectionOptions(.readWrite))
    try connection.execute("UPDATE log SET parts = zeroblob(length(parts)) WHERE row = 4")
    try connection.close()
    let damaged = try #require(TemporaryFolder.bytes("\(files.path)/\(name)"))
    let opened = try await files.open(segmentBytesMax: 400_000)
    let before = bytes()
    try await opened.trim(events, before: 60)
    #expect(try await waitUntil { bytes() < before || files.segments.count < 3 })
    await opened.close()
    let isUntouched = TemporaryFolder.bytes("\(files.path)/\(name)") == damaged
    #expect(isUntouched)
  }

  @Test func noDraftsStay() async throws {
    let log = try await filled()
    let before = bytes()
    try await log.trim(events, before: 60)
    #expect(try await waitUntil { bytes() < before / 2 })
    await log.close()
    let names = files.folder.names(in: "log")
    #expect(names == files.segments + ["lock"])
  }
}
