import TestSupport
import Testing

@testable import SQLite

@Suite struct ConnectionTests {
  let folder = TemporaryFolder()
  var path: String { "\(folder.path)/a.db" }

  var log: ConnectionOptions {
    var options = ConnectionOptions(.create)
    options.pageSizeBytes = 32_768
    options.usesWAL = true
    options.busyTimeoutMs = 0
    return options
  }

  func kind(_ error: SQLiteError?) -> String {
    switch error {
    case .busy: "busy"
    case .full: "full"
    case .corrupt: "corrupt"
    case .unavailable: "unavailable"
    case .constraint: "constraint"
    case .refused: "refused"
    case nil: "none"
    }
  }

  @Test func optionsTakeEffect() throws {
    var options = log
    options.autocheckpointPages = 7
    options.synchronous = .normal
    let connection = try Connection(path: path, options)
    #expect(try connection.text("PRAGMA journal_mode") == "wal")
    #expect(try connection.int("PRAGMA page_size") == 32_768)
    #expect(try connection.int("PRAGMA wal_autocheckpoint") == 7)
    #expect(try connection.int("PRAGMA synchronous") == 1)
    #expect(connection.path == path)
  }

  @Test func closedFileReopensWithWhatItHeld() throws {
    let first = try Connection(path: path, log)
    try first.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)")
    #expect(first.changes == 2)
    #expect(first.lastInsertRowID == 2)
    try first.close()
    #expect(folder.names() == ["a.db"])

    let second = try Connection(path: path, ConnectionOptions(.readOnly))
    #expect(try second.int("SELECT sum(a) FROM t") == 3)
    #expect(try second.int("PRAGMA page_size") == 32_768)
  }

  @Test func closeRefusesWhileAStatementLives() throws {
    let connection = try Connection(path: path, log)
    let statement = try connection.prepare("SELECT 1")
    do throws(SQLiteError) {
      try connection.close()
      Issue.record("closed under a statement")
    } catch {
      #expect(kind(error) == "refused")
    }
    #expect(try statement.step() == true)
  }

  @Test func statementOutlivesItsConnection() throws {
    func statement() throws -> Statement {
      let connection = try Connection(path: path, log)
      try connection.execute("CREATE TABLE t (a); INSERT INTO t VALUES (7)")
      return try connection.prepare("SELECT a FROM t")
    }
    let orphan = try statement()
    #expect(try orphan.step() == true)
    #expect(orphan.int(0) == 7)
  }

  // MARK: Transactions

  @Test func failedTransactionLeavesNothing() throws {
    let connection = try Connection(path: path, log)
    try connection.execute("CREATE TABLE t (a UNIQUE)")
    let error = #expect(throws: SQLiteError.self) {
      try connection.transaction { () throws(SQLiteError) in
        try connection.execute("INSERT INTO t VALUES (1)")
        try connection.execute("INSERT INTO t VALUES (1)")
      }
    }
    #expect(kind(error) == "constraint")
    #expect(error?.description.contains("UNIQUE constraint failed: t.a") == true)
    #expect(try connection.int("SELECT count(*) FROM t") == 0)
    // The connection is free for the next one.
    try connection.transaction { () throws(SQLiteError) in
      try connection.execute("INSERT INTO t VALUES (2)")
    }
    #expect(try connection.int("SELECT a FROM t") == 2)
  }

  @Test func synchronousIsPerTransaction() throws {
    let connection = try Connection(path: path, log)
    for level in [Synchronous.normal, .full, .off, .off, .full] {
      let seen = try connection.transaction(synchronous: level) { () throws(SQLiteError) in
        try connection.int("PRAGMA synchronous")
      }
      #expect(seen == level.rawValue)
    }
  }

  @Test func transactionsDoNotNest() throws {
    let connection = try Connection(path: path, log)
    let error = #expect(throws: SQLiteError.self) {
      try connection.transaction { () throws(SQLiteError) in
        try connection.transaction(synchronous: .off) { () throws(SQLiteError) in }
      }
    }
    #expect(kind(error) == "refused")
  }

  // MARK: Two connections

  @Test func secondWriterIsBusyAndReadersGoOn() throws {
    let writer = try Connection(path: path, log)
    try writer.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1)")
    let other = try Connection(path: path, log)
    let reader = try Connection(path: path, ConnectionOptions(.readOnly))

    try writer.transaction { () throws(SQLiteError) in
      try writer.execute("INSERT INTO t VALUES (2)")
      let error = #expect(throws: SQLiteError.self) {
        try other.transaction { () throws(SQLiteError) in }
      }
      #expect(kind(error) == "busy")
      let seen = try reader.int("SELECT count(*) FROM t")
      #expect(seen == 1)
    }
    #expect(try reader.int("SELECT count(*) FROM t") == 2)
    try other.transaction { () throws(SQLiteError) in }
  }

  @Test func readerKeepsItsViewInADeferredTransaction() throws {
    let writer = try Connection(path: path, log)
    try writer.execute("CREATE TABLE t (a)")
    let reader = try Connection(path: path, ConnectionOptions(.readOnly))
    try reader.transaction(.deferred) { () throws(SQLiteError) in
      let before = try reader.int("SELECT count(*) FROM t")
      try writer.execute("INSERT INTO t VALUES (1)")
      let after = try reader.int("SELECT count(*) FROM t")
      #expect(before == 0)
      #expect(after == 0)
    }
    #expect(try reader.int("SELECT count(*) FROM t") == 1)
  }

  // MARK: Errors

  @Test func fullDatabaseIsFullAndRolledBack() throws {
    let connection = try Connection(path: path, log)
    try connection.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1)")
    try connection.execute("PRAGMA max_page_count = 4")
    let insert = try connection.prepare("INSERT INTO t VALUES (?)")
    let error = #expect(throws: SQLiteError.self) {
      try connection.transaction { () throws(SQLiteError) in
        try insert.binding(1, [UInt8](repeating: 7, count: 200_000)) { () throws(SQLiteError) in
          try insert.run()
        }
      }
    }
    #expect(kind(error) == "full")
    #expect(error?.description.contains(path) == true)
    #expect(try connection.int("SELECT count(*) FROM t") == 1)
    // With room again, the same statement works.
    try connection.execute("PRAGMA max_page_count = 1000")
    try insert.bind(1, 2)
    try insert.run()
    #expect(try connection.int("SELECT count(*) FROM t") == 2)
  }

  @Test func fileThatIsNoDatabaseIsCorrupt() throws {
    folder.write(
      Array("this is a text and no database. ".utf8) + .init(repeating: 9, count: 4_096), to: "a.db"
    )
    let error = #expect(throws: SQLiteError.self) { _ = try Connection(path: path, log) }
    #expect(kind(error) == "corrupt")
  }

  @Test func damagedPageIsCorrupt() throws {
    var options = ConnectionOptions(.create)
    options.pageSizeBytes = 4_096
    let first = try Connection(path: path, options)
    try first.execute("CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(9000))")
    try first.close()
    folder.overwrite("a.db", at: 4_096, .init(repeating: 0xEE, count: 4_096))

    let second = try Connection(path: path, ConnectionOptions(.readOnly))
    let error = #expect(throws: SQLiteError.self) { try second.int("SELECT length(a) FROM t") }
    #expect(kind(error) == "corrupt")
  }

  @Test func unusableFilesAreUnavailable() throws {
    for path in ["\(folder.path)/none/a.db", folder.path] {
      let error = #expect(throws: SQLiteError.self) { _ = try Connection(path: path, log) }
      #expect(kind(error) == "unavailable")
      #expect(error?.description.contains(path) == true)
    }
    let missing = #expect(throws: SQLiteError.self) {
      _ = try Connection(path: path, ConnectionOptions(.readOnly))
    }
    #expect(kind(missing) == "unavailable")
    #expect(folder.names() == [])
  }

  @Test func readOnlyConnectionCannotWrite() throws {
    let writer = try Connection(path: path, log)
    try writer.execute("CREATE TABLE t (a)")
    let reader = try Connection(path: path, ConnectionOptions(.readOnly))
    let error = #expect(throws: SQLiteError.self) {
      try reader.execute("INSERT INTO t VALUES (1)")
    }
    #expect(kind(error) == "unavailable")
  }

  @Test func databaseInMemoryCannotUseAWAL() throws {
    let error = #expect(throws: SQLiteError.self) { _ = try Connection(path: ":memory:", log) }
    #expect(kind(error) == "unavailable")
    #expect(error?.description.contains("stays in 'memory'") == true)
  }

  /// The shared memory of the WAL reports a full disk as an input or output error.
  @Test(arguments: [(28, "full"), (122, "full"), (5, "unavailable")] as [(Int32, String)])
  func inputOutputErrorOfAFullDiskIsFull(errno: Int32, expected: String) {
    #expect(kind(SQLiteError(code: 10 | (19 << 8), systemErrno: errno, text: "x")) == expected)
  }
}
