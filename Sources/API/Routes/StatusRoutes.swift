import Automation
public import Calendar
import Connectors
import HTTPServer
import JSON
import Streams
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

  public init(version: String, startedAt: Instant, dataPath: String) {
    self.version = version
    self.startedAt = startedAt
    self.dataPath = dataPath
    (freeBytes, logBytes, segmentCount, running, slots) = (0, 0, 0, 0, 0)
    postgresMode = .ownCluster
    isPostgresReady = false
    viewProblems = [:]
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
    server.serve(.get, "/metrics") { _ in
      var response = Response.text(self.metrics.exposition())
      response.headers = [("Content-Type", Metrics.contentType)]
      return response
    }
    server.serve(.get, "/api/v2/status") { _ in try await self.status() }
  }

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
        "lag": .int(try await progress(of: groups.worker, in: .work).lag),
      ],
      "projections": .array(try await projections(system)),
      "postgres": [
        "mode": .string(system.postgresMode.rawValue), "ready": .bool(system.isPostgresReady),
      ],
      "content": [
        "end": .int(Int(current.end)), "packs": .int(current.packs.count),
        "actions": .int(current.actions.count), "rules": .int(current.rules.count),
      ],
      "dead_letters": .int(try await deadLetters()),
    ]
    return .json { $0.value(.object(status)) }
  }

  private func partitions(_ topic: Topic) -> [Partition] {
    (0..<log.partitionCount(of: topic)).map { Partition(topic, $0) }
  }

  /// Sums over the partitions of each topic.
  private func topics() async throws -> JSONObject {
    var topics: JSONObject = [:]
    for topic in Topic.all {
      var sum = Bounds(first: 0, durable: 0, end: 0)
      for partition in partitions(topic) {
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
      let progress = try await progress(of: groups.engine, in: topic)
      lags[topic.name] = .int(progress.lag)
      positions[topic.name] = .int(progress.position)
    }
    return ["lag": .object(lags), "position": .object(positions)]
  }

  /// What a group has taken of a topic, and what it has not.
  private func progress(
    of group: String, in topic: Topic
  ) async throws -> (position: Int, lag: Int) {
    var (position, lag) = (0, 0)
    for partition in partitions(topic) {
      let bounds = try await log.bounds(partition)
      let committed = try await log.committed(group, partition: partition.index)[partition]
      position += Int(committed ?? bounds.first)
      lag += Int(max(0, bounds.end - max(committed ?? 0, bounds.first)))
    }
    return (position, lag)
  }

  /// How far each table of the view is behind the log; null while the database is away.
  private func projections(_ system: SystemSnapshot) async throws -> [JSONValue] {
    var projections: [JSONValue] = []
    // Who looks after a database that stands still is not to wait for it.
    let refusals = system.isPostgresReady ? try? await ViewProgress.refusals(view) : nil
    for projection in Projections.all {
      let partitions = projection.topics.flatMap(partitions)
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
    var lag: Int64 = 0
    for partition in partitions {
      let bounds = try await log.bounds(partition)
      lag += max(0, bounds.durable - max(positions[partition] ?? 0, bounds.first))
    }
    return Int(lag)
  }

  private func deadLetters() async throws -> Int {
    var count: Int64 = 0
    for partition in partitions(.deadLetters) {
      let bounds = try await log.bounds(partition)
      count += bounds.durable - bounds.first
    }
    return Int(count)
  }
}
