import Automation
public import Calendar
import Connectors
import HTTPServer
import JSON
public import Streams
import Telemetry

/// What the wiring of the product knows of itself.
public protocol StatusSource: Sendable {
  /// What it still waits for before it can serve, in words; empty when it is ready.
  func waitingFor() async -> [String]
  func snapshot() async -> SystemSnapshot
}

/// The product at one moment, as far as the log and the view do not tell.
public struct SystemSnapshot: Sendable {
  public enum PostgresMode: String, Sendable {
    case ownCluster = "private"
    case given
  }

  public var version: String
  public var startedAt: Instant
  public var dataPath: String
  public var freeBytes: Int
  public var logBytes: Int
  public var segmentCount: Int
  /// Actions that run, and how many may.
  public var running: Int
  public var slots: Int
  public var postgresMode: PostgresMode
  public var isPostgresReady: Bool
  /// By projection, what a person has to mend before it goes on.
  public var viewProblems: [String: String]
  /// By projection where it reads on, as far as it has begun.
  public var projected: [String: Positions]

  public init(version: String, startedAt: Instant, dataPath: String) {
    self.version = version
    self.startedAt = startedAt
    self.dataPath = dataPath
    (freeBytes, logBytes, segmentCount, running, slots) = (0, 0, 0, 0, 0)
    postgresMode = .ownCluster
    isPostgresReady = false
    viewProblems = [:]
    projected = [:]
  }
}

/// `GET /healthz` (the process lives), `/readyz` (it serves), `/metrics` and `/api/v2/status`.
/// Each answers without the database too, and says that it is away.
struct StatusRoutes: Sendable {
  let log: any EventLog
  let content: ContentFollower
  let view: View
  let source: any StatusSource
  let metrics: Metrics
  let ledger: RedriveLedger
  let groups: Groups

  /// Whose positions tell how far engine and worker are, and in which topics.
  struct Groups: Sendable {
    let engine: String
    let worker: String
    let engineInputs: [Topic] = [.results, .commands, .letters, .events]
  }

  func register(on server: HTTPServer) {
    server.serve(.get, "/healthz") { _ in .json { $0.value(.object(["status": "ok"])) } }
    server.serve(.get, "/readyz") { _ in await self.ready() }
    let standing = StandingMetrics(
      backlog: backlog, source: source, ledger: ledger, groups: groups, metrics: metrics)
    server.serve(.get, "/metrics") { _ in
      await standing.refresh()
      var response = Response.text(self.metrics.exposition())
      response.headers = [("Content-Type", Metrics.contentType)]
      return response
    }
    server.serve(.get, "/api/v2/status") { _ in try await self.status() }
  }

  private var backlog: Backlog { Backlog(log: log) }

  private func ready() async -> Response {
    let waiting = await source.waitingFor()
    return .json(status: waiting.isEmpty ? 200 : 503) { writer in
      writer.value(
        .object([
          "ready": .bool(waiting.isEmpty),
          "waiting_for": .array(waiting.map { .string($0) }),
        ]))
    }
  }

  private func status() async throws -> Response {
    let system = await source.snapshot()
    let current = content.content
    let status: JSONObject = [
      "version": .string(system.version), "incarnation": .string(log.incarnation),
      "started_at": .string(system.startedAt.iso8601),
      "data": ["path": .string(system.dataPath), "free_bytes": .int(system.freeBytes)],
      "log": [
        "bytes": .int(system.logBytes), "segments": .int(system.segmentCount),
        "topics": .object(try await topics()),
      ],
      "engine": try await engine(),
      "worker": [
        "running": .int(system.running), "slots": .int(system.slots),
        "lag": .int(try await backlog.progress(of: groups.worker, in: .work).lag),
      ],
      "projections": .array(try await projections(system)),
      "postgres": [
        "mode": .string(system.postgresMode.rawValue), "ready": .bool(system.isPostgresReady),
      ],
      "content": [
        "end": .int(Int(current.end)), "packs": .int(current.packs.count),
        "actions": .int(current.actions.count), "rules": .int(current.rules.count),
      ],
      "dead_letters": .int(try await ledger.letterCount()),
    ]
    return .json { $0.value(.object(status)) }
  }

  /// Sums over the partitions of each topic.
  private func topics() async throws -> JSONObject {
    var topics: JSONObject = [:]
    for topic in Topic.all {
      var sum = Bounds(first: 0, durable: 0, end: 0)
      for partition in backlog.partitions(topic) {
        let bounds = try await log.bounds(partition)
        sum.first += bounds.first
        sum.durable += bounds.durable
        sum.end += bounds.end
      }
      topics[topic.name] = [
        "first": .int(Int(sum.first)), "durable": .int(Int(sum.durable)),
        "end": .int(Int(sum.end)),
      ]
    }
    return topics
  }

  private func engine() async throws -> JSONValue {
    var lags: JSONObject = [:]
    var positions: JSONObject = [:]
    for topic in groups.engineInputs {
      let progress = try await backlog.progress(of: groups.engine, in: topic)
      lags[topic.name] = .int(progress.lag)
      positions[topic.name] = .int(progress.position)
    }
    return ["lag": .object(lags), "position": .object(positions)]
  }

  /// How far each table of the view is behind the log; null while the database is away.
  private func projections(_ system: SystemSnapshot) async throws -> [JSONValue] {
    var projections: [JSONValue] = []
    // Who looks after a database that stands still is not to wait for it.
    let refusals = system.isPostgresReady ? try? await ViewProgress.refusals(view) : nil
    for projection in Projections.all {
      let partitions = projection.topics.flatMap(backlog.partitions)
      let lag =
        refusals == nil ? nil : try? await self.lag(of: projection.name, partitions)
      projections.append([
        "name": .string(projection.name), "lag": lag.map { .int($0) } ?? .null,
        "errors": refusals.map { .int($0[projection.name] ?? 0) } ?? .null,
        "problem": system.viewProblems[projection.name].map { .string($0) } ?? .null,
      ])
    }
    return projections
  }

  private func lag(of projection: String, _ partitions: [Partition]) async throws -> Int {
    let positions = try await ViewProgress.positions(of: projection, in: partitions, view)
    return try await backlog.lag(partitions, from: positions)
  }
}
