import Postgres
public import Streams
public import Telemetry
import Threads

/// Keeps the tables of one projection up with the log.
///
/// A batch is one transaction: the offsets' rows are locked and compared with where the batch
/// begins, rows go through COPY into a temporary table and from there into the tables, the offsets
/// move, commit. So a batch that is applied twice counts once, whichever answer was lost, and two
/// projectors of one name do no harm. A record that the projection or the database cannot take goes
/// to `projection_errors`; then each record of its batch is tried by itself, which is slow.
///
/// Commits are not waited for (`synchronous_commit = off`): rows and offsets are lost together if
/// the machine dies, and come again from the log.
public actor Projector {
  /// Bytes of one batch as `run` reads it.
  public static let batchBytesMax = 4 << 20
  /// How often a transaction that met a deadlock is run again at once.
  static let retriesMax = 5
  /// Bytes of a refused record that are kept.
  static let recordBytesMax = 4 << 10

  public nonisolated let projection: any Projection
  nonisolated let log: any EventLog
  private let conninfo: String
  private let options: PostgresOptions
  nonisolated let logger: Logger
  private var connection: PostgresConnection?
  private nonisolated let known = Locked<Positions?>(nil)

  public init(
    _ projection: any Projection, of log: any EventLog, conninfo: String,
    schema: String = "petrel", logger: Logger = Logger()
  ) {
    self.projection = projection
    self.log = log
    self.conninfo = conninfo
    options = PostgresOptions(
      applicationName: "petrel \(projection.name)", schema: schema, statementTimeoutMs: 300_000,
      lockTimeoutMs: 60_000)
    self.logger = logger.with(["projection": "\(projection.name)"])
  }

  /// Where it reads on, as far as this process knows without asking; nil before it has begun.
  public nonisolated var reached: Positions? { known.withLock { $0 } }

  nonisolated func note(_ positions: Positions) { known.withLock { $0 = positions } }

  nonisolated var offsets: OffsetTable {
    OffsetTable(projection: projection.name, incarnation: log.incarnation)
  }

  nonisolated var partitions: [Partition] {
    projection.topics.flatMap { topic in
      (0..<log.partitionCount(of: topic)).map { Partition(topic, $0) }
    }
  }

  /// Where to read on in every partition of the projection's topics.
  public func positions() async throws(ProjectorError) -> Positions {
    let (offsets, partitions) = (offsets, partitions)
    let found = try await perform { session throws(PostgresError) in
      try offsets.read(session, partitions)
    }
    return try positions(found)
  }

  /// Applies what was read from the given positions. When another answer than the returned
  /// positions comes, nothing of the batch has happened or all of it: ask for `positions` and go on
  /// from there.
  /// - Returns: where to read on.
  @discardableResult
  public func apply(
    _ batch: Batch, from start: Positions
  ) async throws(ProjectorError) -> Positions {
    var start = start
    while true {
      let records = batch.records.filter { $0.position.offset >= start[$0.position.partition] ?? 0 }
      let end = batch.positions.merging(start) { max($0, $1) }
      if end == start { return end }
      var outcome: Outcome
      do throws(ProjectorError) {
        outcome = try await write([rows(of: records)], from: start, to: end)
      } catch {
        guard case .broken(_, let fault) = error, fault.isOfTheData else { throw error }
        logger.warning("a batch was refused, each record is tried by itself", ["why": "\(fault)"])
        var parts: [ProjectedRows] = []
        for record in records { parts.append(try await rows(of: [record])) }
        outcome = try await write(parts, from: start, to: end, records: records)
      }
      switch outcome {
      case .written:
        note(end)
        return end
      case .elsewhere(let found):
        // Further on: a commit of ours whose answer was lost, or another projector's.
        guard start.allSatisfy({ found[$0.key] ?? 0 >= $0.value }) else { throw .moved }
        start = found
      }
    }
  }

  private func rows(of records: [Record]) async throws(ProjectorError) -> ProjectedRows {
    var rows = ProjectedRows(columnCount: projection.staging.count)
    do throws(LogError) {
      try await projection.apply(records, RecordLookup(log), to: &rows)
    } catch {
      throw .log(error)
    }
    return rows
  }

  private enum Outcome {
    case written
    case elsewhere(Positions)
  }

  /// One transaction. With `records` each part is the rows of one record, and one that the database
  /// refuses does not count.
  private func write(
    _ parts: [ProjectedRows], from start: Positions, to end: Positions, records: [Record] = []
  ) async throws(ProjectorError) -> Outcome {
    let (offsets, writer) = (offsets, ProjectionWriter(projection))
    let found = try await perform { session throws(PostgresError) in
      try session.transaction { () throws(PostgresError) in
        let found = try offsets.lock(session, start.keys.sorted())
        guard case .success(let stored) = found, stored == start else { return found }
        if records.isEmpty {
          for part in parts { try writer.write(part, session) }
        } else {
          for (part, record) in zip(parts, records) {
            try writer.write(part, of: record, session)
          }
        }
        try offsets.move(session, to: end)
        return found
      }
    }
    let stored = try positions(found)
    return stored == start ? .written : .elsewhere(stored)
  }

  func positions(
    _ found: Result<Positions, OffsetTable.OtherLog>
  ) throws(ProjectorError) -> Positions {
    switch found {
    case .success(let positions): return positions
    case .failure(let other):
      throw .otherLog(
        projection: projection.name, held: other.incarnation, found: log.incarnation)
    }
  }

  /// Runs work on the connection, making one where there is none. A deadlock is tried again here; a
  /// lost commit needs nothing more than being run again, as the work compares the offsets first.
  func perform<Value: Sendable>(
    _ work: @Sendable (PostgresSession) throws(PostgresError) -> Value
  ) async throws(ProjectorError) -> Value {
    var attempts = 0
    while true {
      attempts += 1
      do throws(PostgresError) {
        return try await connected().perform(work)
      } catch {
        switch error {
        case .retry where attempts <= Self.retriesMax: continue
        case .unavailable, .inDoubt:
          connection = nil
          if attempts == 1 { continue }
        default: break
        }
        throw ProjectorError(error, projection: projection.name)
      }
    }
  }

  private func connected() async throws(PostgresError) -> PostgresConnection {
    if let connection { return connection }
    let made = try await PostgresConnection.connect(conninfo, options)
    let writer = ProjectionWriter(projection)
    try await made.perform { session throws(PostgresError) in try writer.prepare(session) }
    connection = made
    return made
  }
}

extension PostgresError {
  /// Whether a row is at fault and not the query.
  fileprivate var isOfTheData: Bool {
    switch self {
    case .constraint, .rejected: true
    default: false
    }
  }
}
