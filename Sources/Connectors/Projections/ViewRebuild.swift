public import Calendar
import Postgres
public import Streams
public import Telemetry

/// Makes the view anew from the log, in a schema beside the old one, which serves meanwhile; then
/// the new one takes its name. It mends a view that was made from another log, that a bug has
/// spoiled or somebody has changed. Whoever reads or projects needs not be stopped.
///
/// What is older than the log's first record is taken over from the old view, and the boundary
/// told. It may be killed at any time and run again.
public struct ViewRebuild: Sendable {
  /// One rebuild at a time; "rebuild" in ASCII.
  private static let lock = 0x72_65_62_75_69_6c_64
  private static let lockTimeoutMs = 60_000

  /// What has become of a table.
  public struct Table: Sendable, Equatable {
    public let name: String
    /// Rows taken over from the old view.
    public let takenOver: Int
    /// Up to which time; nil when the log holds everything.
    public let boundary: Instant?
  }

  private let log: any EventLog
  private let conninfo: String
  private let migrations: String
  private let schema: String
  private let projections: [any Projection]
  private let logger: Logger

  /// `migrations` is the folder of the migrations; the schema's name is lower-case letters and `_`.
  public init(
    of log: any EventLog, conninfo: String, migrations: String, schema: String = "petrel",
    projections: [any Projection] = Projections.all, logger: Logger = Logger()
  ) {
    precondition(schema.utf8.allSatisfy { $0 == 0x5f || (0x61...0x7a).contains($0) })
    self.log = log
    self.conninfo = conninfo
    self.migrations = migrations
    self.schema = schema
    self.projections = projections
    self.logger = logger
  }

  private var next: String { schema + "_next" }
  private var old: String { schema + "_old" }

  /// Offsets of one projection's topics that are done, of those there were at the start.
  public struct Progress: Sendable, Equatable {
    public let projection: String
    public let done: Int
    public let total: Int
  }

  /// Rebuilds the whole view up to the log's durable end at the call; `note` is told how far it is.
  public func run(
    _ note: @escaping @Sendable (Progress) -> Void = { _ in }
  ) async throws(ViewRebuildError) -> [Table] {
    let connection = try await perform { () throws(PostgresError) in
      try await PostgresConnection.connect(
        conninfo,
        PostgresOptions(applicationName: "petrel rebuild", lockTimeoutMs: Self.lockTimeoutMs))
    }
    try await begin(connection)
    do throws(MigrationError) {
      try await Migrator(folder: migrations, schema: next).run(conninfo)
    } catch {
      throw .migration(error)
    }
    try await project(note)
    var boundaries: [String: Instant] = [:]
    for projection in projections { boundaries[projection.name] = try await boundary(projection) }
    let tables = try await swap(connection, boundaries)
    try await perform { () throws(PostgresError) in
      try await connection.perform { session throws(PostgresError) in
        try drop([old], session)
      }
    }
    return tables
  }

  /// Takes the lock, which lives as long as the connection, and clears what a killed rebuild left.
  private func begin(_ connection: PostgresConnection) async throws(ViewRebuildError) {
    let isAlone = try await perform { () throws(PostgresError) in
      try await connection.perform { session throws(PostgresError) in
        let locked = try session.query("SELECT pg_try_advisory_lock($1)", [.int(Self.lock)])[0]
          .get(0, as: Bool.self)
        if locked { try drop([old, next], session) }
        return locked
      }
    }
    guard isAlone else { throw .busy }
  }

  private func project(
    _ note: @escaping @Sendable (Progress) -> Void
  ) async throws(ViewRebuildError) {
    let outcome = await withTaskGroup(of: ProjectorError?.self) { group in
      for projection in projections {
        group.addTask { [log, conninfo, next, logger] in
          let projector = Projector(
            projection, of: log, conninfo: conninfo, schema: next, logger: logger)
          do throws(ProjectorError) {
            try await projector.catchUp { done, total in
              note(Progress(projection: projection.name, done: done, total: total))
            }
            logger.info("rebuilt a part of the view", ["projection": .text(projection.name)])
            return nil
          } catch {
            return error
          }
        }
      }
      var first: ProjectorError?
      for await error in group {
        if let error, first == nil {
          first = error
          group.cancelAll()
        }
      }
      return first
    }
    if let outcome { throw .projection(outcome) }
  }

  /// The time of the first record that is left of a projection's topics; nil when none was trimmed.
  private func boundary(_ projection: any Projection) async throws(ViewRebuildError) -> Instant? {
    guard projection.timeColumn != nil else { return nil }
    var latest: Instant?
    do throws(LogError) {
      for topic in projection.topics {
        for index in 0..<log.partitionCount(of: topic) {
          let partition = Partition(topic, index)
          let bounds = try await log.bounds(partition)
          guard bounds.first > 0 else { continue }
          let first = try await log.read(
            from: [partition: bounds.first], to: .durable, bytesMax: 1, wait: .zero)
          let time = first.records.first?.time ?? log.now()
          latest = max(latest ?? time, time)
        }
      }
    } catch {
      throw .log(error)
    }
    return latest
  }

  private func swap(
    _ connection: PostgresConnection, _ boundaries: [String: Instant]
  ) async throws(ViewRebuildError) -> [Table] {
    try await perform { () throws(PostgresError) in
      try await connection.perform { session throws(PostgresError) in
        try session.transaction { () throws(PostgresError) in
          let isFirst = try session.query("SELECT to_regnamespace($1) IS NULL", [.text(schema)])[0]
            .get(0, as: Bool.self)
          var tables: [Table] = []
          for projection in projections {
            for table in projection.tables {
              let boundary = boundaries[projection.name]
              var count = 0
              if !isFirst, let boundary, let column = projection.timeColumn {
                count = try takeOver(table, column, boundary, session)
              }
              tables.append(Table(name: table, takenOver: count, boundary: boundary))
            }
          }
          if !isFirst { try session.execute("ALTER SCHEMA \(schema) RENAME TO \(old)") }
          try session.execute("ALTER SCHEMA \(next) RENAME TO \(schema)")
          return tables
        }
      }
    }
  }

  /// Copies the rows up to the boundary that the new view does not have. An old view of another
  /// version gives the columns that both have.
  private func takeOver(
    _ table: String, _ column: String, _ boundary: Instant, _ session: PostgresSession
  ) throws(PostgresError) -> Int {
    let columns = try session.query(
      """
      SELECT string_agg(quote_ident(column_name), ', ')
      FROM information_schema.columns AS new
      WHERE table_schema = $1 AND table_name = $3 AND is_generated = 'NEVER' AND EXISTS (
        SELECT FROM information_schema.columns AS old
        WHERE old.table_schema = $2 AND old.table_name = $3 AND old.column_name = new.column_name)
      """, [.text(next), .text(schema), .text(table)])[0].get(0, as: String?.self)
    guard let columns else { return 0 }
    return try session.query(
      """
      INSERT INTO \(next).\(table) (\(columns)) SELECT \(columns) FROM \(schema).\(table)
      WHERE \(column) <= $1 ON CONFLICT DO NOTHING
      """, [.time(microseconds: Int(boundary.microseconds))]
    ).affectedCount
  }

  private func drop(_ schemas: [String], _ session: PostgresSession) throws(PostgresError) {
    for schema in schemas { try session.execute("DROP SCHEMA IF EXISTS \(schema) CASCADE") }
  }

  private func perform<Value: Sendable>(
    _ work: () async throws(PostgresError) -> Value
  ) async throws(ViewRebuildError) -> Value {
    do throws(PostgresError) {
      return try await work()
    } catch {
      throw .database(error)
    }
  }
}
