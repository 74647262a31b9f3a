import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.missing)"))
struct TransactionTests {
  static func prepared() async throws -> PostgresConnection {
    let connection = try await TestPostgres.connect()
    try await connection.perform { session throws(PostgresError) in
      try session.execute("CREATE TABLE t (n int8 CHECK (n < 100))")
    }
    return connection
  }

  static func numbers(_ connection: PostgresConnection) async throws -> [Int] {
    try await connection.perform { session throws(PostgresError) in
      var numbers: [Int] = []
      for row in try session.query("SELECT n FROM t ORDER BY n") { numbers.append(try row.get(0)) }
      return numbers
    }
  }

  @Test func aCommitKeepsAndAnErrorUndoes() async throws {
    let connection = try await Self.prepared()
    try await connection.perform { session throws(PostgresError) in
      try session.transaction { () throws(PostgresError) in
        try session.query("INSERT INTO t VALUES ($1)", [1])
      }
    }
    await #expect(throws: PostgresError.self) {
      try await connection.perform { session throws(PostgresError) in
        try session.transaction { () throws(PostgresError) in
          try session.query("INSERT INTO t VALUES (2)")
          try session.query("INSERT INTO t VALUES (100)")
        }
      }
    }
    #expect(try await Self.numbers(connection) == [1])
  }

  @Test func aSavepointUndoesOnlyItsPart() async throws {
    let connection = try await Self.prepared()
    try await connection.perform { session throws(PostgresError) in
      try session.transaction { () throws(PostgresError) in
        for number in [98, 99, 100, 97] {
          try? session.savepoint { () throws(PostgresError) in
            _ = try session.query("INSERT INTO t VALUES ($1)", [.int(number)])
          }
        }
      }
    }
    #expect(try await Self.numbers(connection) == [97, 98, 99])
  }

  @Test func anErrorThatIsNotHeededFailsTheCommit() async throws {
    let connection = try await Self.prepared()
    await #expect(
      throws: PostgresError.invalid(
        PostgresFault("an error within the transaction was not heeded"))
    ) {
      try await connection.perform { session throws(PostgresError) in
        try session.transaction { () throws(PostgresError) in
          try session.query("INSERT INTO t VALUES (1)")
          _ = try? session.query("SELECT nonsense")
        }
      }
    }
    #expect(try await Self.numbers(connection).isEmpty)
  }

  @Test func oneTransactionAtATime() async throws {
    let connection = try await Self.prepared()
    await #expect(
      throws: PostgresError.invalid(
        PostgresFault("a transaction within a transaction"))
    ) {
      try await connection.perform { session throws(PostgresError) in
        try session.transaction { () throws(PostgresError) in
          try session.transaction { () throws(PostgresError) in }
        }
      }
    }
    await #expect(
      throws: PostgresError.invalid(
        PostgresFault("the transaction was ended by one of its statements"))
    ) {
      try await connection.perform { session throws(PostgresError) in
        try session.transaction { () throws(PostgresError) in try session.execute("COMMIT") }
      }
    }
  }

  @Test func whatIsLeftOpenIsRolledBack() async throws {
    let connection = try await Self.prepared()
    try await connection.perform { session throws(PostgresError) in
      try session.execute("BEGIN; INSERT INTO t VALUES (1)")
    }
    #expect(try await Self.numbers(connection).isEmpty)
  }

  @Test func aSnapshotSeesOneMomentAndWritesNothing() async throws {
    let reader = try await Self.prepared()
    try await reader.perform { session throws(PostgresError) in
      try session.transaction(.snapshot) { () throws(PostgresError) in
        let level = try session.query("SHOW transaction_isolation")[0].get(0, as: String.self)
        #expect(level == "repeatable read")
      }
    }
    await #expect(throws: PostgresError.self) {
      try await reader.perform { session throws(PostgresError) in
        try session.transaction(.snapshot) { () throws(PostgresError) in
          try session.query("DELETE FROM t")
        }
      }
    }
  }

  @Test func aCommitWithoutAnswerIsInDoubt() async throws {
    let connection = try await Self.prepared()
    try await connection.perform { session throws(PostgresError) in
      try session.execute(
        """
        CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER die AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
          FOR EACH ROW EXECUTE FUNCTION die()
        """)
    }
    var found: PostgresError?
    do throws(PostgresError) {
      try await connection.perform { session throws(PostgresError) in
        try session.transaction { () throws(PostgresError) in
          _ = try session.query("INSERT INTO t VALUES (1)")
        }
      }
    } catch { found = error }
    #expect(ErrorTests.kind(found) == "inDoubt")
    #expect(await !connection.isUsable)
  }

  @Test func cancellingUndoesTheTransaction() async throws {
    let conninfo = try await TestPostgres.database()
    let connection = try await PostgresConnection.connect(conninfo)
    let watcher = try await PostgresConnection.connect(conninfo)
    try await connection.perform { session throws(PostgresError) in
      try session.execute("CREATE TABLE t (n int8)")
    }
    let task = Task { () -> PostgresError? in
      do throws(PostgresError) {
        try await connection.perform { session throws(PostgresError) in
          try session.transaction { () throws(PostgresError) in
            try session.execute("INSERT INTO t VALUES (1); SELECT pg_sleep(600)")
          }
        }
        return nil
      } catch { return error }
    }
    try await watcher.perform { session throws(PostgresError) in
      let sql =
        "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
      while try session.query(sql, prepared: true).isEmpty {}
    }
    task.cancel()
    #expect(await task.value == .cancelled)
    #expect(try await Self.numbers(connection).isEmpty)
  }
}
