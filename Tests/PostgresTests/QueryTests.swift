import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.missing)"))
struct QueryTests {
  @Test func valuesComeBackAsTheyWent() async throws {
    let connection = try await TestPostgres.connect()
    try await connection.perform { session throws(PostgresError) in
      let row = try session.query(
        """
        SELECT $1::bool AS yes, $2::int8 AS big, $3::float8, $4::text AS words, $5::jsonb,
          $6::timestamptz AS at, $7::bytea, $8::int8[], $9::text[], $10::text AS nothing
        """,
        [
          true, .int(.min), 0.1, "zwölf 🐦", .json(Array(#"{"b": 1}"#.utf8)),
          .time(microseconds: 1_700_000_000_123_456), .bytes([0, 255, 7]), .ints([3, -1, .max]),
          .texts(["a", "", "ö,\"}"]), nil,
        ])[0]
      #expect(try row.get("yes") == true)
      #expect(try row.get("big") == Int.min)
      #expect(try row.get(2) == 0.1)
      #expect(try row.get("words") == "zwölf 🐦")
      #expect(try row.get(4) == #"{"b": 1}"#)
      #expect(try row.get("at") == 1_700_000_000_123_456)
      #expect(try row.get(6) == [UInt8](arrayLiteral: 0, 255, 7))
      #expect(try row.get(7) == [3, -1, Int.max])
      #expect(try row.get(8) == ["a", "", "ö,\"}"])
      #expect(try row.get("nothing", as: String?.self) == nil)
      #expect(try row.get("words", as: String?.self) == "zwölf 🐦")
    }
  }

  @Test func emptyArraysAndSmallNumbersAreRead() async throws {
    let connection = try await TestPostgres.connect()
    try await connection.perform { session throws(PostgresError) in
      let row = try session.query(
        "SELECT $1::text[], $2::int8[], 5::int2, -5::int4, 1.5::float4, 'x'::name, 'y'::bpchar",
        [.texts([]), .ints([])])[0]
      #expect(try row.get(0) == [String]())
      #expect(try row.get(1) == [Int]())
      #expect(try row.get(2) == 5)
      #expect(try row.get(3) == -5)
      #expect(try row.get(4) == 1.5)
      #expect(try row.get(5) == "x")
      #expect(try row.get(6) == "y")
    }
  }

  @Test func aTextTakesTheTypeOfItsPlace() async throws {
    let connection = try await TestPostgres.connect()
    try await connection.perform { session throws(PostgresError) in
      try session.execute("CREATE TABLE thing (id char(3), number int2, at timestamptz)")
      try session.query("INSERT INTO thing VALUES ($1, $2, $3)", ["abc", 7, "2020-01-01Z"])
      let rows = try session.query(
        "SELECT at FROM thing WHERE id = $1 AND number = $2", ["abc", 7])
      #expect(rows.count == 1)
      #expect(try rows[0].get(0) == 1_577_836_800_000_000)
    }
  }

  @Test func aZeroCharacterIsReplaced() async throws {
    let connection = try await TestPostgres.connect()
    try await connection.perform { session throws(PostgresError) in
      let row = try session.query(
        "SELECT $1::text, $2::jsonb->>'a'",
        ["a\u{0}b", .json(Array(#"{"a": "\\u0000 \u0000"}"#.utf8))])[0]
      #expect(try row.get(0) == "a\u{fffd}b")
      #expect(try row.get(1) == "\\u0000 \u{fffd}")
    }
  }

  @Test(arguments: [
    ("SELECT 1::numeric", "holds a value of type 1700, wanted was Int"),
    ("SELECT 'x'", "wanted was Int"),
    ("SELECT NULL::int", "holds null"),
  ])
  func aWrongTypeIsTold(sql: String, expected: String) async throws {
    let connection = try await TestPostgres.connect()
    let error = try await connection.perform { session throws(PostgresError) in
      let row = try session.query(sql)[0]
      do throws(PostgresError) {
        _ = try row.get(0, as: Int.self)
        return nil as PostgresError?
      } catch { return error }
    }
    guard case .invalid(let fault)? = error else {
      Issue.record("expected invalid, found \(String(describing: error))")
      return
    }
    #expect(fault.message.contains(expected))
  }

  @Test func anUnknownColumnIsTold() async throws {
    let connection = try await TestPostgres.connect()
    await #expect(throws: PostgresError.self) {
      try await connection.perform { session throws(PostgresError) in
        try session.query("SELECT 1 AS a")[0].get("b", as: Int.self)
      }
    }
  }

  @Test func affectedRowsAreCounted() async throws {
    let connection = try await TestPostgres.connect()
    try await connection.perform { session throws(PostgresError) in
      try session.execute("CREATE TABLE n (n int); INSERT INTO n SELECT generate_series(1, 5)")
      #expect(try session.query("UPDATE n SET n = n + 1 WHERE n > $1", [2]).affectedCount == 3)
      #expect(
        try session.query("SELECT n FROM n ORDER BY n").map { row in
          (try? row.get(0, as: Int.self)) ?? 0
        } == [1, 2, 4, 5, 6])
    }
  }

  @Test func parametersHaveAMaximum() async throws {
    let connection = try await TestPostgres.connect()
    try await connection.perform { session throws(PostgresError) in
      let list = (1...65_535).map { "$\($0)" }.joined(separator: ",")
      let values = [PostgresValue](repeating: 1, count: 65_535)
      #expect(try session.query("SELECT 1 IN (\(list))", values)[0].get(0) == true)
      #expect(
        throws: PostgresError.invalid(
          PostgresFault("a statement takes 65535 parameters, given 65536"))
      ) {
        try session.query("SELECT 1", values + [1])
      }
    }
  }

  @Test func preparedStatementsAreBoundedAndSurviveChange() async throws {
    let connection = try await TestPostgres.connect()
    try await connection.perform { session throws(PostgresError) in
      for number in 0...PostgresSession.preparedMax {
        let sql = "SELECT $1::int8 + \(number)"
        #expect(try session.query(sql, [1], prepared: true)[0].get(0) == number + 1)
        #expect(try session.query(sql, [2], prepared: true)[0].get(0) == number + 2)
      }
      let kept = try session.query("SELECT count(*) FROM pg_prepared_statements")[0].get(
        0, as: Int.self)
      #expect(kept == PostgresSession.preparedMax)

      try session.execute("CREATE TABLE t (a int4); INSERT INTO t VALUES (1)")
      #expect(try session.query("SELECT * FROM t", prepared: true)[0].get(0) == 1)
      try session.execute("ALTER TABLE t ALTER a TYPE text")
      // The plan is stale: once told to run it again, then it works.
      #expect(throws: PostgresError.self) {
        try session.query("SELECT * FROM t", prepared: true)
      }
      #expect(try session.query("SELECT * FROM t", prepared: true)[0].get(0) == "1")
    }
  }
}
