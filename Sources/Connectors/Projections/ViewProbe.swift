import Postgres
import Threads

/// Whether the view's database answers at this moment. It is asked over a connection of its own, so
/// that long questions of others do not make it look away, and at most once in `freshFor`. Who asks
/// waits two seconds at most, though a server that stands still may keep the question for longer.
public actor ViewProbe {
  private static let limitMs = 2_000

  private let pool: PostgresPool
  private let freshFor: Duration
  private var last: (answers: Bool, at: ContinuousClock.Instant)?
  private var isAsking = false
  private let answered = Wakeups()

  public init(_ conninfo: String, freshFor: Duration = .seconds(1)) {
    pool = PostgresPool(
      conninfo,
      PostgresOptions(
        applicationName: "petrel probe", isReadOnly: true, connectTimeoutMs: Self.limitMs,
        statementTimeoutMs: Self.limitMs),
      connectionsMax: 1)
    self.freshFor = freshFor
  }

  public func answers() async -> Bool {
    if let last, .now - last.at < freshFor { return last.answers }
    let seen = answered.count
    if !isAsking {
      isAsking = true
      Task { note(await Self.ask(pool)) }
    }
    let deadline = ContinuousClock.now + .milliseconds(Self.limitMs)
    if await answered.wait(past: seen, until: deadline) == .expired { last = (false, .now) }
    return last?.answers ?? false
  }

  private func note(_ answers: Bool) {
    isAsking = false
    last = (answers, .now)
    answered.notifyAll()
  }

  private static func ask(_ pool: PostgresPool) async -> Bool {
    // The first connection may be one that the server has closed since.
    if await select(pool) { return true }
    return await select(pool)
  }

  private static func select(_ pool: PostgresPool) async -> Bool {
    do throws(PostgresError) {
      try await pool.perform { session throws(PostgresError) in _ = try session.query("SELECT 1") }
      return true
    } catch {
      return false
    }
  }
}
