import Threads

/// A connection to PostgreSQL with a thread of its own, so that waiting for the server holds up
/// nobody else. Work is handed over as one function, which runs from its begin to its end without
/// anything of others in between.
///
///     let names = try await connection.perform { session throws(PostgresError) in
///       try session.query("SELECT name FROM host WHERE rack = $1", [.int(rack)]).count
///     }
///
/// Cancelling the caller stops the statement under way and undoes an open transaction. An error
/// `unavailable` or `inDoubt` means that the connection is broken: let go of it and make another.
public actor PostgresConnection {
  private nonisolated let executor: ThreadExecutor
  private var session: PostgresSession?

  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  private init(_ executor: ThreadExecutor) { self.executor = executor }

  /// Connects. `conninfo` is libpq's: `host=/run/postgresql dbname=petrel` or `postgresql://...`.
  public static func connect(
    _ conninfo: String, _ options: PostgresOptions = PostgresOptions()
  ) async throws(PostgresError) -> PostgresConnection {
    let executor: ThreadExecutor
    do {
      executor = try ThreadExecutor(named: "postgres")
    } catch {
      throw .full("no thread: \(error)")
    }
    let connection = PostgresConnection(executor)
    try await connection.open(conninfo, options)
    return connection
  }

  private func open(_ conninfo: String, _ options: PostgresOptions) async throws(PostgresError) {
    session = try PostgresSession(conninfo, options)
  }

  /// Runs `body` on the connection's thread. A transaction that it leaves open is rolled back.
  @discardableResult
  public func perform<Result: Sendable>(
    _ body: @Sendable (PostgresSession) throws(PostgresError) -> Result
  ) async throws(PostgresError) -> Result {
    guard let session else { throw .unavailable("the connection is closed") }
    let stop = StopSignal(session.wire.waker)
    let outcome = await withTaskCancellationHandler {
      run(body, on: session, stop)
    } onCancel: {
      stop.raise()
    }
    return try outcome.get()
  }

  /// A method, because a closure runs on the actor's thread only if it mentions the actor.
  private func run<Result>(
    _ body: (PostgresSession) throws(PostgresError) -> Result, on session: PostgresSession,
    _ stop: StopSignal
  ) -> Swift.Result<Result, PostgresError> {
    session.wire.stop = stop
    defer { session.wire.stop = nil }
    do throws(PostgresError) {
      return .success(try session.whole(body))
    } catch {
      return .failure(error)
    }
  }

  /// Whether it can be used, as far as can be seen without asking the server.
  public var isUsable: Bool {
    session?.wire.look()
    return session.map { !$0.wire.isBroken } ?? false
  }

  /// Ends the session; later work throws `unavailable`.
  public func close() { session = nil }
}
