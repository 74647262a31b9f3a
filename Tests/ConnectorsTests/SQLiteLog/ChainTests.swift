import Calendar
import Connectors
import JSON
import SQLite
import Streams
import TestSupport
import Testing

/// What the files hold: one commit a row, headers that tell the log's state, a chain of hashes.
@Suite struct ChainTests {
  private let files = LogFiles()

  @Test func hashesAndDigestsOfAllSegmentsAreRight() async throws {
    let log = try await files.open(segmentBytesMax: 20_000)
    for number in 0..<40 {
      var outgoing = Outgoing.event(bytes: 3_000)
      outgoing.add(Outgoing.number(number, .testFacts))
      outgoing.add(Outgoing.number(number, .letters))
      _ = try await log.append(outgoing, .synced)
    }
    await log.close()
    #expect(files.segments.count > 4)
    let rows = try files.rows
    #expect(rows.map(\.number) == Array(1...rows.count))
    #expect(try StoredRow.faults(rows).isEmpty)
    #expect(rows.map(\.time) == rows.map(\.time).sorted())
  }

  @Test func aSegmentIsNamedForItsFirstRowWhichNamesTheHashBefore() async throws {
    let log = try await files.open(segmentBytesMax: 20_000)
    for _ in 0..<20 { _ = try await log.append(.event(bytes: 3_000), .synced) }
    await log.close()
    for name in files.segments.dropFirst() {
      let rows = try StoredRow.all(files.path, [name])
      #expect(rows[0].number == Int(name.prefix(16)))
      #expect(try rows[0].json["previous"] != nil)
      #expect(try rows.dropFirst().allSatisfy { try $0.json["previous"] == nil })
      // Each can be followed by itself, as when the older ones are gone.
      #expect(try StoredRow.faults(rows).isEmpty)
    }
  }

  @Test func theTestSeesEveryKindOfChange() async throws {
    let log = try await files.open()
    for number in 0..<5 { _ = try await log.append(.number(number), .synced) }
    await log.close()
    let changes = [
      "UPDATE log SET time = time + 1 WHERE row = 3",
      "UPDATE log SET header = CAST(replace(CAST(header AS TEXT), '\"v\":1', '\"v\":2') AS BLOB) WHERE row = 3",
      "UPDATE log SET hash = zeroblob(32) WHERE row = 3",
      "UPDATE log SET parts = zeroblob(length(parts)) WHERE row = 3",
      "DELETE FROM log WHERE row = 3",
    ]
    let path = "\(files.path)/\(files.segments[0])"
    for change in changes {
      let connection = try Connection(path: path, ConnectionOptions(.readWrite))
      try connection.execute("BEGIN; \(change)")
      let rows = try StoredRow.all(connection)
      try connection.execute("ROLLBACK")
      #expect(try !StoredRow.faults(rows).isEmpty, "\(change)")
    }
  }

  @Test func aRowTellsTheWholeStateBehindIt() async throws {
    let log = try await files.open()
    let facts = Partition(.testFacts)
    _ = try await log.append(.number(1), .recorded)
    try await log.serve(as: "engine") { owner in
      try await log.commit(
        .number(2, .testFacts), consumed: [Partition(.testEvents): 1], as: owner, .synced)
    }
    try await log.trim(facts, before: 1)
    await log.close()
    let header = try #require(try files.rows.last).json
    #expect(header["v"] == 1)
    #expect(header["incarnation"]?.stringValue == log.incarnation)
    #expect(header["ends"]?.arrayValue?.map(\.intValue) == [1, 0, 0, 0, 0, 1] + zeros(10))
    #expect(header["firsts"]?.arrayValue?.map(\.intValue) == [0, 0, 0, 0, 0, 1] + zeros(10))
    let group = try #require(header["groups"]?["engine"])
    #expect(group["epoch"] == 1)
    #expect(group["at"]?.arrayValue?.first == 1)
    #expect(group["at"]?.arrayValue?.dropFirst().allSatisfy(\.isNull) ?? false)
  }

  private func zeros(_ count: Int) -> [Int?] { Array(repeating: 0, count: count) }

  @Test func appendsAtTheSameTimeShareRowsAndSyncs() async throws {
    let log = try await files.open()
    let count = 3_000
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      for number in 0..<count {
        tasks.addTask { _ = try await log.append(.number(number), .synced) }
      }
      try await tasks.waitForAll()
    }
    #expect(try await log.numbers().sorted() == Array(0..<count))
    await log.close()
    let rows = try files.rows
    #expect(rows.count < count / 2)
    #expect(try rows.allSatisfy { try $0.described.count <= 1024 })
    #expect(try StoredRow.faults(rows).isEmpty)
  }

  @Test func aRowHasAboutEightMegabytesAtMostUnlessOneAppendHasMore() async throws {
    let log = try await files.open()
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      for _ in 0..<30 {
        tasks.addTask { _ = try await log.append(.event(bytes: 1_000_000), .synced) }
      }
      tasks.addTask { _ = try await log.append(.event(bytes: 12_000_000), .synced) }
      try await tasks.waitForAll()
    }
    #expect(try await log.records(.testEvents).count == 31)
    await log.close()
    let rows = try files.rows
    let limit = 8 << 20 + 100_000
    #expect(try rows.allSatisfy { try $0.parts.count <= limit || $0.described.count == 1 })
    #expect(try StoredRow.faults(rows).isEmpty)
  }

  @Test func anIdleLogWritesNothing() async throws {
    let log = try await files.open()
    for _ in 0..<5 {
      try await log.sync()
      _ = try await log.append(Outgoing(), .synced)
      try await log.serve(as: "engine") { _ in }
      _ = try await log.read(
        from: [Partition(.testEvents): 0], to: .durable, bytesMax: 1, wait: .milliseconds(1))
    }
    await log.close()
    #expect(try files.rows.count == 1)
  }
}
