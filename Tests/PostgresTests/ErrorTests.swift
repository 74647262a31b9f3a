import Glibc
import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.missing)"))
struct ErrorTests {
  /// The name of the case.
  static func kind(_ error: PostgresError?) -> String {
    error.map { String(describing: Mirror(reflecting: $0).children.first?.label ?? "\($0)") }
      ?? "none"
  }

  static func failure(
    _ connection: PostgresConnection, _ script: String
  ) async -> PostgresError? {
    do throws(PostgresError) {
      try await connection.perform { session throws(PostgresError) in try session.execute(script) }
      return nil
    } catch { return error }
  }

  @Test(arguments: [
    ("SELEC 1", "invalid"),
    ("SELECT * FROM nowhere", "invalid"),
    ("CREATE TABLE u (n int PRIMARY KEY); INSERT INTO u VALUES (1), (1)", "constraint"),
    ("SELECT '{'::jsonb", "rejected"),
    ("SELECT 1/0", "rejected"),
    ("SELECT pg_terminate_backend(pg_backend_pid())", "unavailable"),
    ("DO $$ BEGIN RAISE serialization_failure; END $$", "retry"),
    ("DO $$ BEGIN RAISE disk_full; END $$", "full"),
    ("DO $$ BEGIN RAISE insufficient_privilege; END $$", "denied"),
    ("DO $$ BEGIN RAISE lock_not_available; END $$", "timedOut"),
  ])
  func errorsAreSortedByWhatToDo(script: String, expected: String) async throws {
    let connection = try await TestPostgres.connect()
    let error = await Self.failure(connection, script)
    #expect(Self.kind(error) == expected, "\(String(describing: error))")
    #expect(await connection.isUsable == (expected != "unavailable"))
  }

  @Test func aFaultNamesConstraintAndPlace() async throws {
    let connection = try await TestPostgres.connect()
    let script =
      "CREATE TABLE u (n int CONSTRAINT only_small CHECK (n < 5)); INSERT INTO u VALUES (5)"
    guard case .constraint(let fault)? = await Self.failure(connection, script) else {
      Issue.record("no constraint error")
      return
    }
    #expect(fault.constraint == "only_small")
    guard case .invalid(let wrong)? = await Self.failure(connection, "SELECT\n  bad") else {
      Issue.record("no invalid error")
      return
    }
    #expect(wrong.position == 10)
  }

  @Test(arguments: [
    ("host=/nonexistent dbname=x", "unavailable"),
    ("host=127.0.0.1 port=1 connect_timeout=1", "unavailable"),
    ("nonsense", "invalid"),
    ("hst=/tmp", "invalid"),
  ])
  func aFailedConnectionSaysWhatToDo(conninfo: String, expected: String) async throws {
    var found: PostgresError?
    do throws(PostgresError) { _ = try await PostgresConnection.connect(conninfo) } catch {
      found = error
    }
    #expect(Self.kind(found) == expected, "\(String(describing: found))")
  }

  @Test func anUnknownDatabaseIsDenied() async throws {
    let conninfo = try await TestPostgres.database()
    var found: PostgresError?
    do throws(PostgresError) {
      _ = try await PostgresConnection.connect(conninfo + "x")
    } catch { found = error }
    #expect(Self.kind(found) == "denied", "\(String(describing: found))")
  }

  @Test func aServerWithoutRoomIsFull() async throws {
    let conninfo = try await TestPostgres.database()
    let first = try await PostgresConnection.connect(conninfo)
    let script = """
      CREATE ROLE visitor LOGIN;
      DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 0', current_database()); END $$
      """
    #expect(await Self.failure(first, script) == nil)
    var found: PostgresError?
    do throws(PostgresError) {
      _ = try await PostgresConnection.connect("\(conninfo) user=visitor")
    } catch { found = error }
    #expect(Self.kind(found) == "full", "\(String(describing: found))")
  }

  @Test func statementsHaveATimeLimit() async throws {
    let connection = try await TestPostgres.connect(PostgresOptions(statementTimeoutMs: 50))
    let error = await Self.failure(connection, "SELECT pg_sleep(60)")
    #expect(Self.kind(error) == "timedOut")
    #expect(await Self.failure(connection, "SELECT 1") == nil)
  }

  @Test func readOnlySessionsRefuseToWrite() async throws {
    let conninfo = try await TestPostgres.database()
    let writer = try await PostgresConnection.connect(conninfo)
    #expect(await Self.failure(writer, "CREATE TABLE t (n int)") == nil)
    let reader = try await PostgresConnection.connect(conninfo, PostgresOptions(isReadOnly: true))
    #expect(await Self.failure(reader, "SELECT * FROM t") == nil)
    #expect(Self.kind(await Self.failure(reader, "INSERT INTO t VALUES (1)")) == "denied")
  }

  @Test func namesAreLookedUpInTheSchemaOfTheSession() async throws {
    let conninfo = try await TestPostgres.database()
    let writer = try await PostgresConnection.connect(conninfo)
    #expect(
      await Self.failure(writer, #"CREATE SCHEMA "Odd one"; CREATE TABLE "Odd one".t ()"#) == nil)
    let reader = try await PostgresConnection.connect(conninfo, PostgresOptions(schema: "Odd one"))
    #expect(await Self.failure(reader, "SELECT * FROM t") == nil)
  }

  @Test func cancellingStopsTheStatementAndTheConnectionGoesOn() async throws {
    let conninfo = try await TestPostgres.database()
    let watcher = try await PostgresConnection.connect(conninfo)
    let connection = try await PostgresConnection.connect(
      conninfo, PostgresOptions(applicationName: "sleeper"))
    let task = Task { await Self.failure(connection, "SELECT pg_sleep(600)") }
    try await watcher.perform { session throws(PostgresError) in
      let sql =
        "SELECT 1 FROM pg_stat_activity WHERE application_name = 'sleeper' AND state = 'active'"
      while try session.query(sql, prepared: true).isEmpty {}
    }
    task.cancel()
    #expect(await task.value == .cancelled)
    #expect(await Self.failure(connection, "SELECT 1") == nil)
  }

  @Test func workOfACancelledTaskDoesNotBegin() async throws {
    let connection = try await TestPostgres.connect()
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await Self.failure(connection, "CREATE TABLE never ()")
    }
    #expect(await task.value == .cancelled)
    let error = await Self.failure(connection, "SELECT * FROM never")
    #expect(Self.kind(error) == "invalid")
  }

  @Test func aSilentServerIsGivenUp() async throws {
    let connection = try await TestPostgres.connect(PostgresOptions(statementTimeoutMs: 1_000))
    let error = await Self.failure(
      connection, "SELECT 1",
      after: { pid in kill(pid, SIGSTOP) }, finally: { pid in kill(pid, SIGCONT) })
    #expect(Self.kind(error) == "unavailable")
    #expect(await !connection.isUsable)
  }

  private static func failure(
    _ connection: PostgresConnection, _ script: String,
    after: @Sendable (Int32) -> Int32, finally: @Sendable (Int32) -> Int32
  ) async -> PostgresError? {
    do throws(PostgresError) {
      try await connection.perform { session throws(PostgresError) in
        let pid = try session.query("SELECT pg_backend_pid()")[0].get(0, as: Int.self)
        _ = after(Int32(pid))
        defer { _ = finally(Int32(pid)) }
        try session.execute(script)
      }
      return nil
    } catch { return error }
  }
}
