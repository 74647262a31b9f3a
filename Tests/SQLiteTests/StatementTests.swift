import Testing

@testable import SQLite

@Suite struct StatementTests {
  let memory = ConnectionOptions(.create)

  @Test func valuesComeBackAsTheyWere() throws {
    let connection = try Connection(path: ":memory:", memory)
    try connection.execute("CREATE TABLE t (i, d, s, b, n)")
    let insert = try connection.prepare("INSERT INTO t VALUES (?, ?, ?, ?, ?)")
    let rows: [(Int, Double, String, [UInt8])] = [
      (.max, 0.1, "plain", [1, 2, 3]),
      (.min, -.infinity, "zwei\u{0}Teile, größer als fünfzehn Bytes", .init(0...255)),
      (0, .leastNonzeroMagnitude, "", []),
    ]
    for row in rows {
      try insert.bind(1, row.0)
      try insert.bind(2, row.1)
      try insert.bind(3, row.2)
      try insert.bind(4, row.3)
      try insert.bindNull(5)
      try insert.run()
    }

    let select = try connection.prepare("SELECT * FROM t ORDER BY rowid")
    #expect(select.columnCount == 5)
    var index = 0
    try select.forEachRow { () throws(SQLiteError) in
      let row = rows[index]
      #expect(select.int(0) == row.0)
      #expect(select.double(1) == row.1)
      #expect(select.text(2) == row.2)
      #expect(select.bytes(3) == row.3)
      #expect(select.isNull(3) == false)
      #expect(select.isNull(4) == true)
      #expect(select.text(4) == nil)
      #expect(select.bytes(4) == nil)
      #expect(select.int(4) == 0)
      index += 1
    }
    #expect(index == rows.count)
    #expect(try connection.text("SELECT group_concat(typeof(b)) FROM t") == "blob,blob,blob")
    #expect(try connection.text("SELECT group_concat(typeof(s)) FROM t") == "text,text,text")
  }

  @Test func blobsAreBoundAndReadWithoutACopy() throws {
    let connection = try Connection(path: ":memory:", memory)
    try connection.execute("CREATE TABLE t (a, b)")
    let insert = try connection.prepare("INSERT INTO t VALUES (?, ?)")
    let first = [UInt8](repeating: 1, count: 100_000)
    let second: [UInt8] = [9, 8, 7]
    for _ in 0..<2 {
      try insert.binding(1, first) { () throws(SQLiteError) in
        try insert.binding(2, second.span.bytes) { () throws(SQLiteError) in try insert.run() }
      }
    }
    // The bindings are gone with their scope.
    try insert.run()

    let select = try connection.prepare("SELECT a, b FROM t ORDER BY rowid")
    #expect(try select.step() == true)
    #expect(select.withBlob(0) { $0.withUnsafeBytes { Array($0) } } == first)
    #expect(select.withBlob(1) { $0.byteCount } == 3)
    #expect(try select.step() == true)
    #expect(try select.step() == true)
    #expect(select.isNull(0) == true)
    #expect(select.withBlob(0) { $0.byteCount } == 0)
    #expect(try select.step() == false)
  }

  @Test func emptyBlobIsNotNull() throws {
    let connection = try Connection(path: ":memory:", memory)
    let select = try connection.prepare("SELECT typeof(?)")
    let kind = try select.binding(1, UnsafeRawBufferPointer(start: nil, count: 0)) {
      () throws(SQLiteError) in
      _ = try select.step()
      return select.text(0)
    }
    #expect(kind == "blob")
  }

  @Test func errorsNameTheStatement() throws {
    let connection = try Connection(path: ":memory:", memory)
    let rows: [(String, String)] = [
      ("SELEC 1", "syntax error"),
      ("SELECT * FROM absent", "no such table: absent"),
      ("SELECT 1; SELECT 2", "expected one statement"),
      ("  ", "expected a statement"),
      ("-- only a comment", "expected a statement"),
    ]
    for (sql, expected) in rows {
      let error = #expect(throws: SQLiteError.self) { _ = try connection.prepare(sql) }
      #expect(error?.description.contains(expected) == true, "\(String(describing: error))")
      #expect(error?.description.contains(sql) == true, "\(sql)")
    }
    _ = try connection.prepare("SELECT 1 ; \n")
  }

  @Test(arguments: [0, 2, Int.max, -1]) func parameterOutsideOfTheStatementIsRefused(index: Int)
    throws
  {
    let connection = try Connection(path: ":memory:", memory)
    let select = try connection.prepare("SELECT ?")
    #expect(throws: SQLiteError.self) { try select.bind(index, 1) }
    try select.bind(1, 1)
  }

  @Test func failedStatementRunsAgain() throws {
    let connection = try Connection(path: ":memory:", memory)
    try connection.execute("CREATE TABLE t (a UNIQUE)")
    let insert = try connection.prepare("INSERT INTO t VALUES (?)")
    try insert.bind(1, 1)
    try insert.run()
    #expect(throws: SQLiteError.self) { try insert.run() }
    try insert.bind(1, 2)
    try insert.run()
    #expect(try connection.int("SELECT count(*) FROM t") == 2)
    #expect(try connection.int("SELECT a FROM t WHERE a = 3") == nil)
  }

  @Test func errorInARowResetsTheStatement() throws {
    let connection = try Connection(path: ":memory:", memory)
    try connection.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)")
    let select = try connection.prepare("SELECT a FROM t")
    #expect(throws: SQLiteError.self) {
      try select.forEachRow { () throws(SQLiteError) in throw .refused("enough") }
    }
    // An open row would forbid this.
    try connection.execute("DROP TABLE t")
  }

  // MARK: Blobs in pieces

  @Test func blobIsReadInPieces() throws {
    let connection = try Connection(path: ":memory:", memory)
    try connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a)")
    let insert = try connection.prepare("INSERT INTO t VALUES (5, ?)")
    let bytes = (0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try insert.bind(1, bytes)
    try insert.run()

    let blob = try connection.blob(table: "t", column: "a", row: 5)
    #expect(blob.count == 50_000)
    #expect(try blob.bytes(in: 0..<50_000) == bytes)
    #expect(try blob.bytes(in: 40_000..<40_010) == Array(bytes[40_000..<40_010]))
    #expect(try blob.bytes(in: 50_000..<50_000) == [])
    for range in [49_999..<50_001, 50_001..<50_001, -1..<1, 0..<Int.max] {
      #expect(throws: SQLiteError.self) { _ = try blob.bytes(in: range) }
    }
  }

  @Test func missingOrChangedBlobIsRefused() throws {
    let connection = try Connection(path: ":memory:", memory)
    try connection.execute("CREATE TABLE t (a); INSERT INTO t VALUES (x'010203')")
    #expect(throws: SQLiteError.self) {
      _ = try connection.blob(table: "t", column: "a", row: 2)
    }
    let blob = try connection.blob(table: "t", column: "a", row: 1)
    try connection.execute("UPDATE t SET a = x'0405'")
    #expect(throws: SQLiteError.self) { _ = try blob.bytes(in: 0..<1) }
  }
}
