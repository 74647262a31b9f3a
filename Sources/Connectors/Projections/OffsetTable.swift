import Postgres
import Streams

/// The rows of a projection in table `offsets`.
struct OffsetTable: Sendable {
  let projection: String
  /// Of the log that is read.
  let incarnation: String

  /// What was found under another incarnation.
  struct OtherLog: Error { let incarnation: String }

  /// Where the projection stands; 0 for partitions that it has not seen.
  func read(
    _ session: PostgresSession, _ partitions: [Partition]
  ) throws(PostgresError) -> Result<Positions, OtherLog> {
    try positions(
      of: partitions,
      session.query(Self.select, [.text(projection), names(partitions)], prepared: true))
  }

  /// The same, the rows locked until the transaction ends: one projector at a time moves them.
  func lock(
    _ session: PostgresSession, _ partitions: [Partition]
  ) throws(PostgresError) -> Result<Positions, OtherLog> {
    try session.query(
      """
      INSERT INTO offsets (projection, partition, next_offset, incarnation)
      SELECT $1, partition, 0, $3 FROM unnest($2) AS partition ORDER BY partition
      ON CONFLICT DO NOTHING
      """, [.text(projection), names(partitions), .text(incarnation)], prepared: true)
    return try positions(
      of: partitions,
      session.query(
        Self.select + " ORDER BY partition FOR UPDATE", [.text(projection), names(partitions)],
        prepared: true))
  }

  func move(_ session: PostgresSession, to positions: Positions) throws(PostgresError) {
    let partitions = positions.keys.sorted()
    try session.query(
      """
      UPDATE offsets SET next_offset = moved.next_offset, changed_at = now()
      FROM unnest($2, $3) AS moved (partition, next_offset)
      WHERE projection = $1 AND offsets.partition = moved.partition
      """,
      [
        .text(projection), names(partitions),
        .ints(partitions.map { Int(positions[$0] ?? 0) }),
      ], prepared: true)
  }

  private static let select = """
    SELECT partition, next_offset, incarnation FROM offsets
    WHERE projection = $1 AND partition = ANY ($2)
    """

  private func names(_ partitions: [Partition]) -> PostgresValue {
    .texts(partitions.map(\.description))
  }

  private func positions(
    of partitions: [Partition], _ rows: PostgresRows
  ) throws(PostgresError) -> Result<Positions, OtherLog> {
    var positions = Positions(uniqueKeysWithValues: partitions.map { ($0, 0) })
    let named = Dictionary(uniqueKeysWithValues: partitions.map { ($0.description, $0) })
    for row in rows {
      let held = try row.get("incarnation", as: String.self)
      let offset = try row.get("next_offset", as: Int.self)
      if held != incarnation { return .failure(OtherLog(incarnation: held)) }
      guard let partition = named[try row.get("partition")] else { continue }
      positions[partition] = Int64(offset)
    }
    return .success(positions)
  }
}
