import TestSupport
import Testing

@testable import SQLite

@Suite struct WriteAheadLogTests {
  let folder = TemporaryFolder()
  var path: String { "\(folder.path)/a.db" }

  func open(_ access: ConnectionOptions.Access = .create) throws -> Connection {
    var options = ConnectionOptions(access)
    options.pageSizeBytes = 4_096
    options.usesWAL = access != .readOnly
    options.autocheckpointPages = 0
    options.busyTimeoutMs = 0
    options.synchronous = .normal
    return try Connection(path: path, options)
  }

  @Test func checkpointMovesAllPagesAndTruncates() throws {
    let connection = try open()
    try connection.execute("CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(100000))")
    let passive = try connection.checkpoint(.passive)
    #expect(passive.walPages > 24)
    #expect(passive.movedPages == passive.walPages)
    #expect(folder.size("a.db-wal") > 100_000)
    #expect(try connection.checkpoint(.full).movedPages == passive.walPages)
    #expect(try connection.checkpoint(.truncate) == Checkpoint(walPages: 0, movedPages: 0))
    #expect(folder.size("a.db-wal") == 0)
  }

  @Test func readerOfOldPagesHoldsACheckpointUp() throws {
    let writer = try open()
    try writer.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1)")
    let reader = try open(.readOnly)
    let select = try reader.prepare("SELECT a FROM t")
    #expect(try select.step() == true)
    try writer.execute("INSERT INTO t VALUES (2)")

    let passive = try writer.checkpoint(.passive)
    #expect(passive.movedPages < passive.walPages)
    for mode in [CheckpointMode.full, .restart, .truncate] {
      let error = #expect(throws: SQLiteError.self) { _ = try writer.checkpoint(mode) }
      guard case .busy? = error else {
        Issue.record("expected busy, found \(String(describing: error))")
        continue
      }
    }
    select.reset()
    #expect(try writer.checkpoint(.truncate).walPages == 0)
  }

  @Test func syncWritesNothing() throws {
    let connection = try open()
    try connection.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1)")
    let before = (folder.size("a.db"), folder.size("a.db-wal"))
    try connection.syncWAL()
    #expect((folder.size("a.db"), folder.size("a.db-wal")) == before)
    #expect(try connection.int("SELECT total_changes()") == 1)
  }

  @Test func syncWorksBeforeTheFirstReadAndAfterACheckpoint() throws {
    let writer = try open()
    try writer.execute("CREATE TABLE t (a)")
    // Opened beside the writer, so that the WAL is there but this connection has not looked at it.
    let fresh = try Connection(path: path, ConnectionOptions(.readWrite))
    try fresh.syncWAL()
    _ = try writer.checkpoint(.truncate)
    try writer.syncWAL()
  }

  @Test func withoutAWALSyncAndCheckpointAreRefused() throws {
    let connection = try Connection(path: path, ConnectionOptions(.create))
    try connection.execute("CREATE TABLE t (a)")
    for error in [
      #expect(throws: SQLiteError.self) { try connection.syncWAL() },
      #expect(throws: SQLiteError.self) { _ = try connection.checkpoint(.passive) },
    ] {
      #expect(error?.description.contains("not in write-ahead mode") == true)
    }
  }
}
