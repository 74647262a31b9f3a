public import Calendar
import Postgres
public import Streams

/// Table `dead_letters`: what could not be understood or delivered.
public struct DeadLetterProjection: Projection {
  public let name = "dead_letters"
  public let topics: [Topic] = [.deadLetters]
  public let tables = ["dead_letters"]
  public let timeColumn: String? = "happened_at"

  public let staging = [
    StagingColumn("partition", "text"), StagingColumn("record_offset", "int8"),
    StagingColumn("record_index", "int4"), StagingColumn("reason", "text"),
    StagingColumn("given_up_by", "text"), StagingColumn("topic", "text"),
    StagingColumn("topic_offset", "int8"), StagingColumn("input", "text"),
    StagingColumn("record", "text"), StagingColumn("happened_at", "timestamptz"),
    StagingColumn("redriven_at", "timestamptz"), StagingColumn("redrive_reason", "text"),
  ]

  /// A staging row with `redriven_at` is no letter: it says that one was sent again.
  public var merge: [String] {
    let columns = staging.map(\.name).joined(separator: ", ")
    return [
      """
      INSERT INTO dead_letters (\(columns))
      SELECT \(columns) FROM staging WHERE redriven_at IS NULL ON CONFLICT DO NOTHING
      """,
      """
      UPDATE dead_letters SET
        redriven_at = staging.redriven_at, redrive_reason = staging.redrive_reason
      FROM staging WHERE staging.redriven_at IS NOT NULL
        AND dead_letters.partition = staging.partition AND dead_letters.topic = staging.topic
        AND dead_letters.topic_offset = staging.topic_offset
      """,
    ]
  }

  public init() {}

  // MARK: - apply

  public func apply(
    _ records: [Record], _ lookup: RecordLookup, to rows: inout ProjectedRows
  ) async throws(LogError) {
    for record in records {
      switch Enveloped<DeadLetterFact>.read(record) {
      case .success(let found):
        let (time, position) = (found.envelope.time, record.position)
        do {
          switch found.fact {
          case .letter(let letter): try Self.write(letter, at: time, position, to: &rows.copy)
          case .redriven(let redriven):
            try Self.write(redriven, at: time, position, to: &rows.copy)
          }
        } catch {
          rows.refuse(record, "\(error)")
        }
      case .failure(let error): rows.refuse(record, error.text)
      }
    }
  }

  private static func write(
    _ letter: DeadLetter, at time: Instant, _ position: Position, to copy: inout CopyWriter
  ) throws(PostgresError) {
    copy.text(position.partition.description)
    copy.int8(position.offset)
    copy.int4(Int32(position.index))
    copy.text(letter.reason)
    copy.text(letter.by)
    copy.text(letter.topic)
    copy.int8(letter.offset)
    copy.text(letter.input)
    copy.text(letter.text)
    copy.time(microseconds: Int(time.microseconds))
    for _ in 1...2 { copy.null() }
    try copy.endRow()
  }

  private static func write(
    _ redriven: DeadLetterRedriven, at time: Instant, _ position: Position,
    to copy: inout CopyWriter
  ) throws(PostgresError) {
    copy.text(position.partition.description)
    copy.int8(position.offset)
    copy.int4(Int32(position.index))
    for _ in 1...2 { copy.null() }
    copy.text(redriven.topic)
    copy.int8(redriven.offset)
    for _ in 1...3 { copy.null() }
    copy.time(microseconds: Int(time.microseconds))
    copy.text(redriven.reason)
    try copy.endRow()
  }

  // MARK: - read

  public struct Row: Sendable {
    /// Where the dead letter itself stands.
    public let partition: String
    public let offset: Int
    public let index: Int
    public let reason: String
    public let by: String
    /// What it is about.
    public let topic: String
    public let topicOffset: Int
    public let input: String?
    public let record: String?
    public let happenedAt: Instant
    /// When its input was sent again, if it was, and why.
    public let redrivenAt: Instant?
    public let redriveReason: String?

    /// A letter as it stands in the log.
    public init(_ letter: DeadLetter, at time: Instant, _ position: Position) {
      partition = position.partition.description
      offset = Int(position.offset)
      index = position.index
      reason = letter.reason
      by = letter.by
      topic = letter.topic
      topicOffset = Int(letter.offset)
      input = letter.input
      record = letter.text
      happenedAt = time
      (redrivenAt, redriveReason) = (nil, nil)
    }

    init(_ row: PostgresRow) throws(PostgresError) {
      partition = try row.get("partition")
      offset = try row.get("record_offset")
      index = try row.get("record_index")
      reason = try row.get("reason")
      by = try row.get("given_up_by")
      topic = try row.get("topic")
      topicOffset = try row.get("topic_offset")
      input = try row.get("input")
      record = try row.get("record")
      happenedAt = try row.time("happened_at")
      redrivenAt = try row.optionalTime("redriven_at")
      redriveReason = try row.get("redrive_reason")
    }
  }

  /// All that is given must fit.
  public struct Filter: Sendable {
    /// Only letters whose input was sent again, or only the others.
    public var isRedriven: Bool?

    public init() {}

    var conditions: Conditions {
      var conditions = Conditions()
      if let isRedriven {
        conditions.add(isRedriven ? "redriven_at IS NOT NULL" : "redriven_at IS NULL")
      }
      return conditions
    }
  }

  public static func count(
    _ filter: Filter, in view: View
  ) async throws(View.Failure) -> Int {
    try await view.count("dead_letters", filter.conditions)
  }

  /// Newest first; `offset` and `limit` of the window count, at most `View.stepRowsMax` rows.
  public static func list(
    _ filter: Filter, _ window: Window, in view: View
  ) async throws(View.Failure) -> [Row] {
    try await view.all(
      """
      SELECT * FROM dead_letters\(filter.conditions.clause)
      ORDER BY happened_at DESC, partition, record_offset DESC, record_index DESC
      LIMIT $1 OFFSET $2
      """, [.int(min(window.limit, View.stepRowsMax)), .int(window.offset)], Row.init)
  }

  /// What was given up about the record at an offset of a topic, newest first.
  public static func rows(
    about topic: String, offset: Int, in view: View
  ) async throws(View.Failure) -> [Row] {
    try await view.all(
      """
      SELECT * FROM dead_letters WHERE topic = $1 AND topic_offset = $2
      ORDER BY happened_at DESC, partition, record_offset DESC, record_index DESC LIMIT $3
      """, [.text(topic), .int(offset), .int(View.stepRowsMax)], Row.init)
  }
}
