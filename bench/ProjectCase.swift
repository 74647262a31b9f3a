import Connectors
import Postgres
import Streams

/// Rows a second into the view, for each of the two tables that every event reaches. Held against
/// the same rows, made beforehand, through the same staging table and merge: a bare staged COPY.
/// Both wait for PostgreSQL most of the time, so they are compared by wall clock.
enum ProjectCase {
  static let eventCount = 100_000
  static let rounds = 3
  static let shareMin = 0.8

  static func run(_ report: Report) async throws {
    let scratch = try Scratch()
    let log = try await SQLiteLog.open(scratch.path + "/log")
    _ = try await log.append(Sample.content(ruleCount: 1), .synced)
    try await Sample.append(0..<eventCount, hostCount: 1, .onePercent, to: log)
    _ = try await Engine.run(on: log, until: eventCount)
    try await log.sync()
    try await Database.run { database in
      for projection in [TriggerInstanceProjection(), DecisionProjection()] as [any Projection] {
        report.add(try await figure(projection, log, database.conninfo))
      }
    }
    await log.close()
  }

  private static func figure(
    _ projection: any Projection, _ log: SQLiteLog, _ conninfo: String
  ) async throws -> Figure {
    let batches = try await rows(of: projection, log)
    var (projected, bare): ([Cost], [Cost]) = ([], [])
    for round in 0..<rounds {
      // A schema for each round, so that all find the tables empty.
      let schema = "round_\(projection.name)_\(round)"
      let own = "\(schema)_bare"
      for name in [schema, own] {
        try await Migrator(folder: Tree.migrations, schema: name).run(conninfo)
      }
      bare.append(try await copy(batches, projection, conninfo, own).per(eventCount))
      let projector = Projector(projection, of: log, conninfo: conninfo, schema: schema)
      projected.append(try await measure { try await projector.catchUp() }.per(eventCount))
    }
    let (cost, base) = (projected.median, bare.median)
    var figure = Figure(
      "project", projection.name, base.wallUs / cost.wallUs, "of the baseline's rows a second")
    figure.bar = .atLeast(shareMin)
    figure.baseline = Figure.Baseline(
      what: "rows/s, bare staged COPY of the same rows", value: 1e6 / base.wallUs)
    figure.beside = [
      ("rows_per_second", 1e6 / cost.wallUs), ("cpu_us", cost.cpuUs),
      ("baseline_cpu_us", base.cpuUs),
    ]
    return figure
  }

  /// What the projection makes of the log, in batches of the projector's size.
  private static func rows(
    of projection: any Projection, _ log: SQLiteLog
  ) async throws -> [CopyWriter] {
    var positions: Positions = [:]
    for topic in projection.topics { positions[Partition(topic)] = 0 }
    var batches: [CopyWriter] = []
    while true {
      let batch = try await log.read(
        from: positions, to: .durable, bytesMax: Projector.batchBytesMax, wait: .zero)
      if batch.records.isEmpty { return batches }
      var rows = ProjectedRows(columnCount: projection.staging.count)
      try await projection.apply(batch.records, RecordLookup(log), to: &rows)
      batches.append(rows.copy)
      positions = batch.positions
    }
  }

  private static func copy(
    _ batches: [CopyWriter], _ projection: any Projection, _ conninfo: String, _ schema: String
  ) async throws -> Cost {
    let connection = try await PostgresConnection.connect(
      conninfo, PostgresOptions(applicationName: "bench", schema: schema))
    let columns = projection.staging.map { "\($0.name) \($0.type)" }.joined(separator: ", ")
    try await connection.perform { session throws(PostgresError) in
      try session.execute(
        """
        SET synchronous_commit = off;
        CREATE TEMPORARY TABLE staging (\(columns)) ON COMMIT DELETE ROWS
        """)
    }
    let merge = projection.merge
    let cost = try await measure {
      for rows in batches {
        try await connection.perform { session throws(PostgresError) in
          try session.transaction { () throws(PostgresError) in
            try session.copy(rows, into: "staging")
            for statement in merge { try session.query(statement, prepared: true) }
          }
        }
      }
    }
    await connection.close()
    return cost
  }
}
