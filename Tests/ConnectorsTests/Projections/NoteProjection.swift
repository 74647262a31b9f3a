import Calendar
import Connectors
import Postgres
import Streams
import TestSupport

/// A projection for tests that keeps each number with the time at which it was recorded.
struct NoteProjection: Projection {
  static let schema = """
    CREATE TABLE notes (number int8 PRIMARY KEY, happened_at timestamptz NOT NULL)
    """

  let name = "notes"
  let topics: [Topic] = [.testFacts]
  let tables = ["notes"]
  let timeColumn: String? = "happened_at"
  let staging = [StagingColumn("number", "int8"), StagingColumn("at", "timestamptz")]
  let merge = ["INSERT INTO notes SELECT * FROM staging ON CONFLICT DO NOTHING"]

  func apply(_ records: [Record], _ lookup: RecordLookup, to rows: inout ProjectedRows) {
    rows.forEach(TallyProcessor.Fact.self, in: records) {
      recorded, record, row throws(PostgresError) in
      guard case .added(let number) = recorded.fact else { return }
      row.int8(number)
      row.time(microseconds: Int(record.time.microseconds))
      try row.endRow()
    }
  }
}

/// A database, a log whose clock is turned by hand, and migrations with the table of the notes.
struct NoteBench {
  let conninfo: String
  let clock = HandClock()
  let log: MemoryLog
  let folder: MigrationFolder

  init() async throws {
    conninfo = try await TestPostgres.database()
    log = MemoryLog(incarnation: "one", clock: { [clock] in clock.now })
    let offsets = try Migration.all(in: MigratorTests.shipped)[0]
    folder = try MigrationFolder([
      offsets.file: offsets.sql, "0002_notes.sql": NoteProjection.schema,
    ])
  }

  var rebuild: ViewRebuild { rebuild(of: log) }

  func rebuild(of log: MemoryLog) -> ViewRebuild {
    ViewRebuild(
      of: log, conninfo: conninfo, migrations: folder.path, projections: [NoteProjection()])
  }

  func projector(of log: MemoryLog? = nil) -> Projector {
    Projector(NoteProjection(), of: log ?? self.log, conninfo: conninfo)
  }

  /// Each number an hour after the one before.
  func append(_ numbers: ClosedRange<Int>, to other: MemoryLog? = nil) async throws {
    for number in numbers {
      let root = Root(time: clock.now, lane: Lane(0), topic: .testEvents, offset: Int64(number))
      let envelope = Envelope(
        id: root.identifier(0).description, type: "test.Added", source: "/test", time: root.time,
        lane: root.lane)
      var outgoing = Outgoing()
      outgoing.add(.testFacts, root.lane) { writer in
        envelope.write(into: &writer) { TallyProcessor.Fact.added(number).write(into: &$0) }
      }
      _ = try await (other ?? log).append(outgoing, .synced)
      clock.advance(.seconds(3600))
    }
  }

  func execute(_ script: String) async throws {
    let connection = try await PostgresConnection.connect(conninfo)
    try await connection.perform { session throws(PostgresError) in try session.execute(script) }
  }

  func numbers() async throws -> [Int] {
    let options = PostgresOptions(schema: "petrel")
    let connection = try await PostgresConnection.connect(conninfo, options)
    return try await connection.perform { session throws(PostgresError) in
      var numbers: [Int] = []
      for row in try session.query("SELECT number FROM notes ORDER BY number") {
        numbers.append(try row.get(0))
      }
      return numbers
    }
  }
}
