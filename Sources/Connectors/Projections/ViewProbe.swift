import Postgres

/// Whether the view's database answers at this moment. It is asked over a connection of its own, so
/// that long questions of others do not make it look away, and at most once in `freshFor`.
public actor ViewProbe {
  private static let limit = Duration.seconds(2)

  private let pool: PostgresPool
  private let freshFor: Duration
  private var last: (answers: Bool, at: ContinuousClock.Instant)?
  private var asking: Task<Bool, Never>?

  public init(_ conninfo: String, freshFor: Duration = .seconds(1)) {
    pool = PostgresPool(
      conninfo, PostgresOptions(applicationName: "petrel probe", isReadOnly: true),
      connectionsMax: 1)
    self.freshFor = freshFor
  }

  public func answers() async -> Bool {
    if let last, .now - last.at < freshFor { return last.answers }
    if let asking { return await asking.value }
    let task = Task { [pool] in await Self.ask(pool) }
    asking = task
    let answers = await task.value
    asking = nil
    last = (answers, .now)
    return answers
  }

  private static func ask(_ pool: PostgresPool) async -> Bool {
    await withTaskGroup(of: Bool.self) { tasks in
      tasks.addTask {
        // The first connection may be one that the server has closed since.
        if await select(pool) { return true }
        return await select(pool)
      }
      tasks.addTask {
        try? await Task.sleep(for: limit)
        return false
      }
      defer { tasks.cancelAll() }
      return await tasks.next() ?? false
    }
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
