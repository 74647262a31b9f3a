import Connectors
import Streams
import Telemetry

/// The product's own private PostgreSQL, over a folder of the case.
final class Database: Sendable {
  let conninfo: String
  private let running: Task<Void, any Error>
  private let scratch: Scratch

  private init(_ conninfo: String, _ running: Task<Void, any Error>, _ scratch: Scratch) {
    self.conninfo = conninfo
    self.running = running
    self.scratch = scratch
  }

  /// Runs `body` with a database that has the view's tables, empty.
  static func run(_ body: (Database) async throws -> Void) async throws {
    let scratch = try Scratch()
    let cluster = PrivatePostgres(
      folder: scratch.path + "/postgres", logger: Logger(LogOutput(level: .error)))
    let running = Task { try await cluster.run() }
    do {
      let database = Database(try await cluster.ready(), running, scratch)
      try await body(database)
    } catch {
      await end(running)
      throw error
    }
    await end(running)
  }

  private static func end(_ running: Task<Void, any Error>) async {
    running.cancel()
    _ = await running.result
  }
}
