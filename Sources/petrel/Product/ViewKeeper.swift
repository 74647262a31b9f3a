import Connectors
import Streams
import Telemetry
import Threads

/// Brings the database of the view up and keeps its tables up with the log.
///
/// Nothing else waits for it: while the database is away, or was made from another log, events are
/// taken, decided and acted upon all the same.
final class ViewKeeper: Sendable {
  private static let pause = Duration.seconds(1)

  private let log: SQLiteLog
  private let conninfo: String
  private let migrations: String
  private let view: View
  private let probe: ViewProbe
  private let logger: Logger
  private let projectors: [Projector]
  private let ready = Locked(false)
  private let stopped = Locked<[String: ProjectorError]>([:])

  init(_ log: SQLiteLog, conninfo: String, migrations: String, view: View, logger: Logger) {
    self.log = log
    self.conninfo = conninfo
    self.migrations = migrations
    self.view = view
    probe = ViewProbe(conninfo)
    self.logger = logger
    projectors = Projections.all.map {
      Projector($0, of: log, conninfo: conninfo, logger: logger)
    }
  }

  /// Whether the database was there and has this program's tables.
  var isReady: Bool { ready.withLock { $0 } }

  /// Whether it answers now, too.
  func isAnswering() async -> Bool {
    guard isReady else { return false }
    return await probe.answers()
  }

  /// By projection, what keeps it from going on until a person has looked.
  var problems: [String: String] { stopped.withLock { $0.mapValues { "\($0)" } } }

  /// By projection, where it reads on; those that have not begun are not in it.
  var projected: [String: Positions] {
    var projected: [String: Positions] = [:]
    for projector in projectors { projected[projector.projection.name] = projector.reached }
    return projected
  }

  var rebuild: ViewRebuild {
    ViewRebuild(of: log, conninfo: conninfo, migrations: migrations, logger: logger)
  }

  func run() async throws {
    try await migrate()
    ready.withLock { $0 = true }
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      for projector in projectors { tasks.addTask { try await self.keepUp(projector) } }
      try await tasks.waitForAll()
    }
  }

  /// What a person has to mend stops this projector alone, and is tried again until it is mended.
  /// A damaged log stops everything.
  private func keepUp(_ projector: Projector) async throws {
    let name = projector.projection.name
    while true {
      do throws(ProjectorError) {
        if stopped.withLock({ $0[name] != nil }) {
          try await projector.checkPositions()
          stopped.withLock { $0[name] = nil }
          logger.info("a projection goes on", ["projection": .text(name)])
        }
        return try await projector.run()
      } catch {
        if case .log = error { throw error }
        let isKnown = stopped.withLock { $0.updateValue(error, forKey: name) == error }
        if !isKnown {
          logger.error("a projection has stopped", ["why": .text("\(error)")])
        }
      }
      try await Task.sleep(for: Self.pause)
    }
  }

  private func migrate() async throws {
    let migrator = try Migrator(folder: migrations)
    while true {
      do {
        for name in try await migrator.run(conninfo) {
          logger.info("migrated the database", ["migration": .text(name)])
        }
        return
      } catch MigrationError.unavailable(let why) {
        logger.warning("the view waits for the database", ["why": .text("\(why)")])
        try await Task.sleep(for: .seconds(1))
      }
    }
  }

  /// Waits a moment for the view to show what was recorded.
  func settle() async {
    guard isReady else { return }
    try? await log.sync()
    let deadline = ContinuousClock.now + .seconds(5)
    while ContinuousClock.now < deadline, await lag() ?? 0 > 0 {
      try? await Task.sleep(for: .milliseconds(20))
    }
  }

  /// Records of the view's topics that are durable and not in it yet; nil when nobody knows.
  func lag() async -> Int? {
    guard let cursors = try? await cursors() else { return nil }
    var lag = 0
    for (partition, offset) in cursors {
      guard let end = try? await log.bounds(partition).durable else { return nil }
      lag += Int(max(0, end - offset))
    }
    return lag
  }

  /// Where each projection reads on in each partition of its topics.
  func cursors() async throws -> [(Partition, Int64)] {
    var cursors: [(Partition, Int64)] = []
    for projection in Projections.all {
      let partitions = projection.topics.map { Partition($0) }
      let positions = try await ViewProgress.positions(
        of: projection.name, in: partitions, view)
      cursors += positions.map { ($0.key, $0.value) }
    }
    return cursors
  }
}
