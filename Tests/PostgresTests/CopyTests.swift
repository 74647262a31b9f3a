import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.missing)"))
struct CopyTests {
  @Test func everyTypeArrives() async throws {
    let connection = try await TestPostgres.connect()
    var rows = CopyWriter(columnCount: 11)
    for isNull in [false, true] {
      rows.int2(isNull ? nil : -7)
      rows.int4(isNull ? nil : 70_000)
      rows.int8(isNull ? nil : Int.max)
      rows.text(isNull ? nil : "a\u{0}ö")
      rows.bool(isNull ? nil : true)
      rows.time(microseconds: isNull ? nil : -1)
      rows.jsonb(isNull ? nil : Array(#"{"k":"\u0000","z":[1.50]}"#.utf8))
      rows.json(isNull ? nil : Array(#"{"z": 1e2, "a": "\\\u0000"}"#.utf8))
      rows.bytea(isNull ? nil : [0, 1, 255])
      rows.float8(isNull ? nil : 2.5)
      rows.null()
      try rows.endRow()
    }
    #expect(rows.rowCount == 2)
    let sent = rows
    try await connection.perform { session throws(PostgresError) in
      try session.execute(
        """
        CREATE TABLE t (a int2, b int4, c int8, d text, e bool, f timestamptz, g jsonb, h json,
          i bytea, j float8, k text)
        """)
      #expect(try session.copy(sent, into: "t") == 2)
      let row = try session.query("SELECT * FROM t WHERE a IS NOT NULL")[0]
      #expect(try row.get("a") == -7)
      #expect(try row.get("b") == 70_000)
      #expect(try row.get("c") == Int.max)
      #expect(try row.get("d") == "a\u{fffd}ö")
      #expect(try row.get("e") == true)
      #expect(try row.get("f") == -1)
      #expect(try row.get("g") == "{\"k\": \"\u{fffd}\", \"z\": [1.50]}")
      #expect(try row.get("h") == #"{"z": 1e2, "a": "\\\ufffd"}"#)
      #expect(try row.get("i") == [UInt8](arrayLiteral: 0, 1, 255))
      #expect(try row.get("j") == 2.5)
      let empty = try session.query("SELECT num_nulls(a, b, c, d, e, f, g, h, i, j, k) FROM t")
      #expect(try empty[1].get(0) == 11)
    }
  }

  @Test func manyRowsAreSentInPieces() async throws {
    let connection = try await TestPostgres.connect()
    var rows = CopyWriter(columnCount: 2)
    let filler = String(repeating: "x", count: 1_000)
    for number in 0..<5_000 {
      rows.int8(number)
      rows.text(filler)
      try rows.endRow()
    }
    let sent = rows
    try await connection.perform { session throws(PostgresError) in
      try session.execute("CREATE TEMP TABLE t (n int8, filler text)")
      #expect(try session.copy(sent, into: "t (n, filler)") == 5_000)
      #expect(try session.query("SELECT sum(n)::int8 FROM t")[0].get(0) == 5_000 * 4_999 / 2)
    }
  }

  @Test func aRefusedCopyLeavesTheConnectionInStep() async throws {
    let connection = try await TestPostgres.connect()
    var rows = CopyWriter(columnCount: 1)
    for number in 0..<100_000 {
      rows.int8(number)
      try rows.endRow()
    }
    let sent = rows
    try await connection.perform { session throws(PostgresError) in
      try session.execute("CREATE TABLE t (n int8 CHECK (n <> 10)); CREATE TABLE s (n int4)")
      #expect(throws: PostgresError.self) {
        try session.copy(sent, into: "t")
      }
      #expect(throws: PostgresError.self) {
        try session.copy(sent, into: "s")
      }
      #expect(throws: PostgresError.self) {
        try session.copy(sent, into: "nowhere")
      }
      #expect(try session.query("SELECT count(*) FROM t")[0].get(0) == 0)
    }
  }

  @Test func aRowOfTheWrongLengthIsTakenBack() throws {
    var rows = CopyWriter(columnCount: 2)
    rows.int8(1)
    rows.text("one")
    try rows.endRow()
    let size = rows.byteCount
    rows.int8(2)
    #expect(
      throws: PostgresError.invalid(
        PostgresFault("a row has 1 fields, the table 2"))
    ) { try rows.endRow() }
    rows.null()
    rows.null()
    rows.null()
    #expect(throws: PostgresError.self) { try rows.endRow() }
    rows.int8(3)
    rows.dropRow()
    #expect(rows.rowCount == 1)
    #expect(rows.byteCount == size)
    rows.removeAll()
    #expect(rows.isEmpty)
  }

  @Test func aFieldHasAMaximum() throws {
    var rows = CopyWriter(columnCount: 1)
    rows.bytea([UInt8](repeating: 0, count: CopyWriter.fieldBytesMax))
    try rows.endRow()
    rows.bytea([UInt8](repeating: 0, count: CopyWriter.fieldBytesMax + 1))
    #expect(
      throws: PostgresError.rejected(
        PostgresFault("field 1 has more than \(CopyWriter.fieldBytesMax) bytes"))
    ) { try rows.endRow() }
    #expect(rows.rowCount == 1)
  }
}
