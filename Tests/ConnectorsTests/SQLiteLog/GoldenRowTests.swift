import Calendar
import SQLite
import Streams
import TestSupport
import Testing

@testable import Connectors

/// A row of the embedded log stands in its file for ever: it is still written to the byte and still
/// read.
@Suite struct GoldenRowTests {
  private let folder = TemporaryFolder()
  private static let segment = "0000000000000008.sqlite"
  private static let time = Instant(microseconds: 1_767_323_045_000_006)

  /// The golden row in a database of its own.
  private func makeGolden(_ path: String) throws {
    let golden = try #require(GoldenFile("row.sql", beside: Self.folderPath))
    let connection = try Connection(path: path, ConnectionOptions(.create))
    try connection.execute(golden.lines.joined(separator: "\n"))
    try connection.close()
  }

  /// `Golden` stands beside the folder of this file.
  private static let folderPath = #filePath.split(separator: "/").dropLast()
    .reduce("") { $0 + "/" + $1 }

  private func schema(_ path: String) throws -> String? {
    try Connection(path: path, ConnectionOptions(.readOnly))
      .text("SELECT sql FROM sqlite_schema WHERE name = 'log'")
  }

  /// A log that has come to row 7.
  private func state() -> LogState {
    var header = LogHeader(incarnation: "0123456789abcdef01234567")
    (header.ends[0], header.firsts[0], header.ends[3]) = (10, 10, 5)
    return LogState(
      segmentFirstRow: 8, lastRow: 7, lastTime: Instant(seconds: 1), lastHash: Array(0..<32),
      header: header)
  }

  private func order() throws -> LogOrder {
    var outgoing = Outgoing()
    for text in [#"{"n":1}"#, #"{"n":"é"}"#] {
      outgoing.add(.testEvents, Lane(0), value: text.utf8)
    }
    for text in [#"{"n":3}"#, #"{"n":4}"#] {
      outgoing.add(.testFacts, Lane(0), value: text.utf8)
    }
    var order = LogOrder(
      records: outgoing, frames: try Frame.frames(outgoing) { _ in 1 }, durability: .synced)
    order.owner = Owner(group: "engine", partition: 0, epoch: 2)
    order.consumed = [Partition(.testEvents): 11]
    order.trims = [(Partition(.letters), 3)]
    return order
  }

  @Test func aRowIsWrittenToTheByte() throws {
    let logFolder = LogFolder(path: "\(folder.path)/log")
    try logFolder.create()
    let writer = SegmentWriter(state(), logFolder, SQLiteLogSettings())
    try writer.write([try order()], at: Self.time)
    writer.close()
    try makeGolden("\(folder.path)/golden.sqlite")
    let golden = try #require(try StoredRow.all(folder.path, ["golden.sqlite"]).first)
    let rows = try StoredRow.all(logFolder.path, [Self.segment])
    #expect(rows.count == 1)
    #expect(rows[0].number == golden.number)
    #expect(rows[0].time == golden.time)
    #expect(
      String(decoding: rows[0].header, as: UTF8.self)
        == String(decoding: golden.header, as: UTF8.self))
    #expect(rows[0].hash == golden.hash)
    #expect(rows[0].gone == nil && golden.gone == nil)
    #expect(rows[0].parts == golden.parts)
    #expect(try StoredRow.faults([golden]).isEmpty)
  }

  @Test func theTableIsTheSame() throws {
    try makeGolden("\(folder.path)/golden.sqlite")
    let logFolder = LogFolder(path: "\(folder.path)/log")
    try logFolder.create()
    let writer = SegmentWriter(state(), logFolder, SQLiteLogSettings())
    try writer.write([try order()], at: Self.time)
    writer.close()
    let written = try #require(try schema(logFolder.segmentPath(8)))
    #expect(try schema("\(folder.path)/golden.sqlite") == written)
  }

  @Test func aRowIsReadAndTheLogGoesOnBehindIt() async throws {
    let path = "\(folder.path)/log"
    try LogFolder(path: path).create()
    try makeGolden("\(path)/\(Self.segment)")
    let log = try await SQLiteLog.open(path)
    #expect(log.incarnation == "0123456789abcdef01234567")
    let events = try await log.records(.testEvents)
    #expect(events.map(\.position.offset) == [10, 11])
    #expect(
      events.map { String(decoding: $0.value, as: UTF8.self) } == [#"{"n":1}"#, #"{"n":"é"}"#])
    #expect(events.allSatisfy { $0.time == Self.time })
    let facts = try await log.records(.testFacts)
    #expect(facts.map(\.position.index) == [0, 1])
    #expect(try await log.numbers(.testFacts) == [3, 4])
    #expect(try await log.bounds(Partition(.letters)) == Bounds(first: 3, durable: 5, end: 5))
    #expect(try await log.committed("engine", partition: 0) == [Partition(.testEvents): 11])
    let told = try await log.append(.number(5), .synced)
    #expect(told[0].position.offset == 12)
    await log.close()
    #expect(try StoredRow.faults(try StoredRow.all(path, [Self.segment])).isEmpty)
  }
}
