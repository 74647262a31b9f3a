import Connectors
import Glibc
import SQLite
import Streams
import TestSupport
import Testing

/// How the embedded log is opened, and what it makes of what it finds.
@Suite struct OpeningTests {
  private let files = LogFiles()

  @Test func aSecondOpeningIsRefusedUntilTheFirstIsClosed() async throws {
    let first = try await files.open()
    await #expect(
      throws: LogError.unavailable(
        "\(files.path): another process writes this log; stop it first")
    ) { try await files.open() }
    await first.close()
    let second = try await files.open()
    #expect(second.incarnation == first.incarnation)
    await second.close()
  }

  @Test func whoMayWaitGetsTheLogWhenTheFirstIsClosed() async throws {
    let first = try await files.open()
    var settings = SQLiteLogSettings()
    settings.lockWait = .seconds(60)
    async let second = files.open(settings)
    await first.close()
    let incarnation = try await second.incarnation
    #expect(incarnation == first.incarnation)
    try await second.close()
  }

  @Test func aLogThatIsLetGoOfUnclosedFreesItsFolder() async throws {
    var log: SQLiteLog? = try await files.open()
    _ = try await log?.append(.number(1), .recorded)
    log = nil
    var opened: SQLiteLog?
    let isFree = try await waitUntil {
      opened = try? await files.open()
      return opened != nil
    }
    #expect(isFree)
    #expect(try await opened?.numbers() == [1])
    await opened?.close()
  }

  @Test func afterClosingEverythingIsRefused() async throws {
    let log = try await files.open()
    _ = try await log.append(.number(1), .synced)
    await log.close()
    let refused = LogError.unavailable("the log is closed or too busy")
    await #expect(throws: refused) { try await log.append(.number(2), .recorded) }
    await #expect(throws: refused) { try await log.sync() }
    await #expect(throws: refused) { try await log.trim(Partition(.testEvents), before: 1) }
    await log.close()
  }

  @Test func aClosedLogIsItsSegmentsAndALock() async throws {
    let log = try await files.open()
    _ = try await log.append(.event(bytes: 100_000), .synced)
    await log.close()
    #expect(files.folder.names(in: "log") == ["0000000000000001.sqlite", "lock"])
    #expect(try StoredRow.faults(files.rows).isEmpty)
    #expect(try files.rows.count == 2)
  }

  @Test func aFileThatIsNoDatabaseIsDamageAndTheLockIsFreeAfterwards() async throws {
    let log = try await files.open()
    await log.close()
    files.folder.write([UInt8](repeating: 7, count: 9_000), to: "log/0000000000000001.sqlite")
    for _ in 0..<2 {
      let error = await #expect(throws: LogError.self) { try await files.open() }
      guard case .corrupt(let place) = try #require(error) else {
        Issue.record("expected damage, found \(String(describing: error))")
        return
      }
      #expect(place.contains("0000000000000001.sqlite"))
    }
  }

  @Test func aHeaderThatCannotBeReadIsDamage() async throws {
    let log = try await files.open()
    await log.close()
    let connection = try Connection(
      path: "\(files.path)/\(files.segments[0])", ConnectionOptions(.readWrite))
    try connection.execute("UPDATE log SET header = CAST('{}' AS BLOB)")
    await #expect(
      throws: LogError.corrupt(at: "\(files.path)/\(files.segments[0]): row 1: not a header")
    ) { try await files.open() }
  }

  @Test func aFolderWithoutAParentIsRefused() async throws {
    let path = "\(files.folder.path)/none/log"
    await #expect(
      throws: LogError.unavailable("\(path): make the folder: No such file or directory")
    ) { try await SQLiteLog.open(path) }
  }

  @Test func aSegmentWithoutRowsAndADraftAreRemoved() async throws {
    let log = try await files.open()
    for number in 0..<3 { _ = try await log.append(.number(number), .synced) }
    await log.close()
    // As a process leaves it that ends before the first row of a new segment.
    files.folder.write([], to: "log/0000000000000005.sqlite")
    files.folder.write([1], to: "log/0000000000000001.sqlite.draft")
    let opened = try await files.open()
    #expect(files.segments == ["0000000000000001.sqlite"])
    #expect(!files.folder.names(in: "log").contains("0000000000000001.sqlite.draft"))
    for number in 3..<6 { _ = try await opened.append(.number(number), .synced) }
    #expect(try await opened.numbers() == Array(0..<6))
    await opened.close()
    let again = try await files.open()
    #expect(try await again.numbers() == Array(0..<6))
    await again.close()
    #expect(try StoredRow.faults(files.rows).isEmpty)
  }

  @Test func twoLogsHaveTwoIncarnations() async throws {
    let other = LogFiles()
    let (one, two) = (try await files.open(), try await other.open())
    #expect(one.incarnation != two.incarnation)
    #expect(one.incarnation.utf8.count == 24)
    await one.close()
    await two.close()
  }
}
