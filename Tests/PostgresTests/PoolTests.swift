import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.missing)"))
struct PoolTests {
  @Test func callersShareTheConnections() async throws {
    let pool = PostgresPool(try await TestPostgres.database(), connectionsMax: 2)
    let pids = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<50 {
        group.addTask {
          try await pool.perform { session throws(PostgresError) in
            try session.query("SELECT pg_backend_pid()")[0].get(0)
          }
        }
      }
      return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
    }
    #expect((1...2).contains(pids.count))
  }

  /// Holds the only connection until it is cancelled.
  private static func occupy(_ pool: PostgresPool) -> Task<Void, any Error> {
    Task {
      try await pool.perform { session throws(PostgresError) in
        try session.execute("SET application_name = 'occupied'; SELECT pg_sleep(600)")
      }
    }
  }

  private static func waitUntilOccupied(_ conninfo: String) async throws {
    let watcher = try await PostgresConnection.connect(conninfo)
    try await watcher.perform { session throws(PostgresError) in
      let sql = """
        SELECT 1 FROM pg_stat_activity
        WHERE application_name = 'occupied' AND datname = current_database()
        """
      while try session.query(sql, prepared: true).isEmpty {}
    }
  }

  @Test func theLineHasAMaximum() async throws {
    let conninfo = try await TestPostgres.database()
    let pool = PostgresPool(conninfo, connectionsMax: 1, waitersMax: 1)
    let occupier = Self.occupy(pool)
    try await Self.waitUntilOccupied(conninfo)
    let waiter = Task {
      try await pool.perform { session throws(PostgresError) in
        try session.query("SELECT 1")[0].get(0, as: Int.self)
      }
    }
    while await pool.waiterCount < 1 { await Task.yield() }
    await #expect(throws: PostgresError.full("1 connections are busy and 1 callers wait")) {
      try await pool.perform { session throws(PostgresError) in try session.execute("SELECT 1") }
    }
    occupier.cancel()
    #expect(try await waiter.value == 1)
  }

  @Test func aWaiterCanBeCancelled() async throws {
    let conninfo = try await TestPostgres.database()
    let pool = PostgresPool(conninfo, connectionsMax: 1)
    let occupier = Self.occupy(pool)
    try await Self.waitUntilOccupied(conninfo)
    let waiter = Task {
      try await pool.perform { session throws(PostgresError) in try session.execute("SELECT 1") }
    }
    while await pool.waiterCount < 1 { await Task.yield() }
    waiter.cancel()
    await #expect(throws: PostgresError.cancelled) { try await waiter.value }
    occupier.cancel()
    await #expect(throws: PostgresError.cancelled) { try await occupier.value }
  }

  @Test func aClosedConnectionIsReplaced() async throws {
    let conninfo = try await TestPostgres.database()
    let pool = PostgresPool(conninfo, connectionsMax: 1)
    let first = try await pool.perform { session throws(PostgresError) in
      try session.query("SELECT pg_backend_pid()")[0].get(0, as: Int.self)
    }
    let killer = try await PostgresConnection.connect(conninfo)
    try await killer.perform { session throws(PostgresError) in
      // Returns when the backend has gone, so its farewell is in our socket.
      #expect(
        try session.query("SELECT pg_terminate_backend($1::int4, 60000)", [.int(first)])[0].get(0)
          == true)
    }
    let second = try await pool.perform { session throws(PostgresError) in
      try session.query("SELECT pg_backend_pid()")[0].get(0, as: Int.self)
    }
    #expect(second != first)
  }
}
