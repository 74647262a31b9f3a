import Postgres
import Streams

/// Writes the rows of a projection within a transaction that is open.
struct ProjectionWriter: Sendable {
  private let projection: String
  private let staging: [StagingColumn]
  private let merge: [String]

  init(_ projection: any Projection) {
    self.projection = projection.name
    staging = projection.staging
    merge = projection.merge
  }

  /// Makes the staging table of a new session; it empties itself at every commit.
  func prepare(_ session: PostgresSession) throws(PostgresError) {
    let columns = staging.map { "\($0.name) \($0.type)" }.joined(separator: ", ")
    try session.execute(
      """
      SET synchronous_commit = off;
      CREATE TEMPORARY TABLE staging (\(columns)) ON COMMIT DELETE ROWS
      """)
  }

  func write(_ rows: ProjectedRows, _ session: PostgresSession) throws(PostgresError) {
    if !rows.copy.isEmpty {
      try session.copy(rows.copy, into: "staging")
      for statement in merge { try session.query(statement, prepared: true) }
    }
    for refusal in rows.refusals { try note(refusal.record, refusal.reason, session) }
  }

  /// The rows of one record; if the database does not take them they do not count, and the record
  /// is noted.
  func write(
    _ rows: ProjectedRows, of record: Record, _ session: PostgresSession
  ) throws(PostgresError) {
    do throws(PostgresError) {
      try session.savepoint { () throws(PostgresError) in
        try write(rows, session)
        try session.execute("TRUNCATE staging")
      }
    } catch {
      switch error {
      case .constraint, .rejected: try note(record, "\(error)", session)
      default: throw error
      }
    }
  }

  private func note(
    _ record: Record, _ reason: String, _ session: PostgresSession
  ) throws(PostgresError) {
    let text = record.value.prefix(Projector.recordBytesMax)
    try session.query(
      """
      INSERT INTO projection_errors
        (projection, partition, record_offset, record_index, reason, record)
      VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
      """,
      [
        .text(projection), .text(record.position.partition.description),
        .int(Int(record.position.offset)), .int(record.position.index), .text(reason),
        .text(String(decoding: text, as: UTF8.self)),
      ])
  }
}
