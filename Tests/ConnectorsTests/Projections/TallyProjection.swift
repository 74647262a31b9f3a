import Calendar
import Connectors
import JSON
import Postgres
import Streams
import TestSupport

/// A projection for tests: the sum of all numbers added and the order in which they came. The table
/// takes no number above 1000, so that the database itself can refuse a row.
struct TallyProjection: Projection {
  static let schema = """
    CREATE TABLE tally (lane int2 PRIMARY KEY, total int8 NOT NULL, numbers text NOT NULL);
    CREATE TABLE addition (number int8 CHECK (number <= 1000))
    """

  var name = "tally"
  var topics: [Topic] { [.testFacts] }
  var tables: [String] { ["tally", "addition"] }
  var staging: [StagingColumn] {
    [StagingColumn("lane", "int2"), StagingColumn("number", "int8"), StagingColumn("seq", "int8")]
  }
  var merge: [String] {
    [
      "INSERT INTO addition SELECT number FROM staging",
      """
      INSERT INTO tally AS t
      SELECT lane, sum(number), string_agg(number::text, ' ' ORDER BY seq) FROM staging GROUP BY lane
      ON CONFLICT (lane) DO UPDATE
      SET total = t.total + excluded.total, numbers = t.numbers || ' ' || excluded.numbers
      """,
    ]
  }

  func apply(_ records: [Record], _ lookup: RecordLookup, to rows: inout ProjectedRows) {
    var seq = 0
    rows.forEach(TallyProcessor.Fact.self, in: records) {
      recorded, _, row throws(PostgresError) in
      guard case .added(let number) = recorded.fact else { return }
      seq += 1
      row.int2(Int16(recorded.lane.number))
      row.int8(number)
      row.int8(seq)
      try row.endRow()
    }
  }
}

/// A database with the projection's table and a log with facts.
struct TallyBench {
  static let partition = Partition(.testFacts)

  let conninfo: String
  let log: MemoryLog
  let projector: Projector

  init(incarnation: String = "one") async throws {
    conninfo = try await TestPostgres.database()
    log = MemoryLog(incarnation: incarnation)
    projector = Projector(TallyProjection(), of: log, conninfo: conninfo)
    try await Migrator(folder: MigratorTests.shipped).run(conninfo)
    try await execute(TallyProjection.schema)
  }

  func execute(_ script: String) async throws {
    let options = PostgresOptions(schema: "petrel")
    let connection = try await PostgresConnection.connect(conninfo, options)
    try await connection.perform { session throws(PostgresError) in try session.execute(script) }
  }

  /// The first column of every row, as text.
  func texts(_ sql: String) async throws -> [String] {
    let options = PostgresOptions(schema: "petrel")
    let connection = try await PostgresConnection.connect(conninfo, options)
    return try await connection.perform { session throws(PostgresError) in
      var texts: [String] = []
      for row in try session.query(sql) { texts.append(try row.get(0)) }
      return texts
    }
  }

  func numbers() async throws -> String { try await texts("SELECT numbers FROM tally").first ?? "" }

  /// Appends each number as a fact of its own, `packed` all in one record.
  func append(_ numbers: [Int], packed: Bool = false) async throws {
    var outgoing = Outgoing()
    for (place, number) in numbers.enumerated() {
      let root = Root(
        time: Instant(seconds: 1_790_000_000), lane: Lane(0), topic: .testEvents, offset: 1)
      let envelope = Envelope(
        id: root.identifier(UInt32(place)).description, type: "test.Added", source: "/test",
        time: root.time, lane: root.lane)
      outgoing.add(.testFacts, root.lane) { writer in
        envelope.write(into: &writer) { TallyProcessor.Fact.added(number).write(into: &$0) }
      }
      if !packed {
        _ = try await log.append(outgoing, .synced)
        outgoing = Outgoing()
      }
    }
    if packed { _ = try await log.append(outgoing, .synced) }
  }

  func appendText(_ text: String) async throws {
    var outgoing = Outgoing()
    outgoing.add(.testFacts, Lane(0), value: Array(text.utf8))
    _ = try await log.append(outgoing, .synced)
  }

  /// Everything from an offset on.
  func batch(from offset: Int64) async throws -> Batch {
    try await log.read(
      from: [Self.partition: offset], to: .durable, bytesMax: 1 << 20, wait: .zero)
  }
}
