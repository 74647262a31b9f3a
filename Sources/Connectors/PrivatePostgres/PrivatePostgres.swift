import Glibc
import Postgres
import Processes
public import Telemetry
import Threads

/// A PostgreSQL of our own in a folder: made when there is none, started, watched, started again
/// when it dies or does not start (a full disk may have room again), stopped when `run` is
/// cancelled. One that a killed predecessor has left running is found and taken over. It has no
/// port: only this user and root reach its socket.
public final class PrivatePostgres: Sendable {
  static let user = "petrel"
  static let database = "petrel"

  private static let probeMs = 20
  /// How long one that was found may be silent before it is stopped.
  private static let foundSilenceMs = 15_000
  private static let slowMs = 5_000
  private static let staleLockMs = 10_000
  private static let pauseMs = 200
  private static let pauseMsMax = 10_000
  /// A server that has run this long had no fault at its start.
  private static let soundMs = 60_000

  private struct State: Sendable {
    /// Known once the server has answered for the first time.
    var conninfo: String?
    /// Why `run` has ended.
    var end: PrivatePostgresError?
    var problem: PrivatePostgresError?
  }

  private let path: String
  private let toolFolders: [String]?
  private let logger: Logger
  private let state = Locked(State())
  private let changes = Wakeups()

  /// - Parameters:
  ///   - folder: belongs to the cluster alone; made where there is none.
  ///   - toolFolders: where to look for PostgreSQL's programs; nil for the usual places.
  public init(folder: String, toolFolders: [String]? = nil, logger: Logger = Logger()) {
    path = folder
    self.toolFolders = toolFolders
    self.logger = logger
  }

  /// Waits until the server has answered for the first time; its connection string. It stays the
  /// same while `run` runs, also when the server is started again.
  public func ready() async throws(PrivatePostgresError) -> String {
    while true {
      let seen = changes.count
      let now = state.withLock { $0 }
      if let end = now.end { throw end }
      if let conninfo = now.conninfo { return conninfo }
      let outcome = await changes.wait(past: seen, until: .now + .seconds(3600))
      if outcome == .cancelled { throw .cancelled }
    }
  }

  /// Why the server was not there when it was last looked for; nil once it answers.
  public var problem: PrivatePostgresError? { state.withLock { $0.problem } }

  /// Runs until the task is cancelled; then the server has stopped. What only a person can mend and
  /// keeps it from its first start is thrown; everything else is tried again, ever slower.
  public func run() async throws(PrivatePostgresError) {
    do throws(PrivatePostgresError) {
      try await supervise()
      change { $0.end = .cancelled }
    } catch {
      change { $0.end = error }
      if error != .cancelled { throw error }
    }
  }

  private func change(_ body: (inout State) -> Void) {
    state.withLock { body(&$0) }
    changes.notifyAll()
  }

  private func supervise() async throws(PrivatePostgresError) {
    var cluster: Cluster?
    var pauseMs = Self.pauseMs
    while !Task.isCancelled {
      let begin = ContinuousClock.now
      let problem = try await serveOnce(&cluster)
      if Task.isCancelled { return }
      change { $0.problem = problem }
      if .now - begin > .milliseconds(Self.soundMs) { pauseMs = Self.pauseMs }
      logger.error(
        "PostgreSQL is not there and is started again",
        ["pause_ms": .int(pauseMs), "why": "\(problem)"])
      try? await Task.sleep(for: .milliseconds(pauseMs))
      pauseMs = min(2 * pauseMs, Self.pauseMsMax)
    }
  }

  /// Until the server has ended; returns why it is not there.
  private func serveOnce(
    _ cluster: inout Cluster?
  ) async throws(PrivatePostgresError) -> PrivatePostgresError {
    do throws(PrivatePostgresError) {
      let ready = try await prepared(cluster)
      cluster = ready
      await serve(try await ready.server(staleLockMs: Self.staleLockMs, logger))
      return .failed(program: "postgres", words: ready.folder.lastWords)
    } catch {
      guard error.mayPass else { throw error }
      return error
    }
  }

  private func prepared(_ known: Cluster?) async throws(PrivatePostgresError) -> Cluster {
    if let known { return known }
    return try await prepare()
  }

  private func prepare() async throws(PrivatePostgresError) -> Cluster {
    let folder = try ClusterFolder(path)
    let installed = try await ClusterTools.installed(in: toolFolders)
    let tools = try ClusterTools.choose(installed, for: folder)
    let owner = try await Cluster.owner(of: folder)
    if folder.dataVersion == nil {
      logger.info("making a PostgreSQL cluster", ["folder": "\(folder.path)"])
      try await ClusterCreation(folder: folder, tools: tools, owner: owner).run()
    }
    return Cluster(folder: folder, tools: tools, owner: owner)
  }

  /// Until the server has ended.
  private func serve(_ server: ClusterServer) async {
    async let probing: Void = probe(server)
    await server.end()
    await probing
  }

  /// Asks the server until it answers; the end of the server ends it, too.
  private func probe(_ server: ClusterServer) async {
    let conninfo = "host=\(Self.quoted(server.socket)) user=\(Self.user)"
    let begin = ContinuousClock.now
    var isSlow = false
    while server.isRunning, !Task.isCancelled {
      do throws(PostgresError) {
        try await Self.makeDatabase(conninfo)
        logger.info("PostgreSQL is ready", ["process": .int(Int(server.processID))])
        change { state in
          state.conninfo = "\(conninfo) dbname=\(Self.database)"
          state.problem = nil
        }
        return
      } catch {
        if !isSlow, .now - begin > .milliseconds(Self.slowMs) {
          isSlow = true
          logger.warning("PostgreSQL does not answer yet", ["why": "\(error)"])
        }
      }
      if server.wasFound, .now - begin > .milliseconds(Self.foundSilenceMs) {
        logger.warning("the PostgreSQL that was found does not answer: it is stopped")
        await Task.detached { await server.stop() }.value
      }
      try? await Task.sleep(for: .milliseconds(Self.probeMs))
    }
  }

  private static func makeDatabase(_ conninfo: String) async throws(PostgresError) {
    let options = PostgresOptions(connectTimeoutMs: 2_000)
    let connection = try await PostgresConnection.connect("\(conninfo) dbname=postgres", options)
    try await connection.perform { session throws(PostgresError) in
      let sql = "SELECT 1 FROM pg_database WHERE datname = $1"
      if try session.query(sql, [.text(database)]).isEmpty {
        try session.execute("CREATE DATABASE \(database)")
      }
    }
  }

  /// A value of a connection string.
  static func quoted(_ value: String) -> String {
    var quoted = "'"
    for character in value {
      if character == "'" || character == "\\" { quoted.append("\\") }
      quoted.append(character)
    }
    return quoted + "'"
  }
}
