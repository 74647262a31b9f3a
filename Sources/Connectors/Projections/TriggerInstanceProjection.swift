public import Automation
public import Calendar
import JSON
import Postgres
public import Streams

/// Table `trigger_instances`: every occurrence of a trigger, with its payload.
public struct TriggerInstanceProjection: Projection {
  public let name = "trigger_instances"
  public let topics: [Topic] = [.triggers]
  public let tables = ["trigger_instances"]
  public let timeColumn: String? = "occurrence_time"

  public let staging = [
    StagingColumn("id", "text"), StagingColumn("trigger", "text"),
    StagingColumn("trigger_type", "text"), StagingColumn("payload", "json"),
    StagingColumn("occurrence_time", "timestamptz"), StagingColumn("status", "text"),
    StagingColumn("trace_tag", "text"), StagingColumn("cause", "text"),
    StagingColumn("lane", "int2"), StagingColumn("event_id", "text"),
    StagingColumn("source", "text"), StagingColumn("execution_id", "text"),
  ]

  public var merge: [String] {
    let columns = staging.map(\.name).joined(separator: ", ")
    return [
      """
      INSERT INTO trigger_instances (\(columns))
      SELECT \(columns) FROM staging ON CONFLICT (id) DO NOTHING
      """
    ]
  }

  /// A trigger instance and what the rules made of it are one commit, so whoever sees it sees it
  /// decided.
  static let status = "processed"

  public init() {}

  // MARK: - apply

  public func apply(
    _ records: [Record], _ lookup: RecordLookup, to rows: inout ProjectedRows
  ) async throws(LogError) {
    for record in records {
      switch Recorded<TriggerFact>.read(record) {
      case .success(let recorded):
        guard case .recorded(let instance) = recorded.fact else { continue }
        let events = Partition(.events, record.position.partition.index)
        let payload = try await Self.payload(of: instance, events, lookup)
        do {
          try write(instance, recorded, payload, to: &rows.copy)
        } catch {
          rows.refuse(record, "\(error)")
        }
      case .failure(let error): rows.refuse(record, error.text)
      }
    }
  }

  /// The payload's text; nil where it stands in an event that is gone.
  public static func payload(
    of instance: TriggerInstance, _ events: Partition, _ lookup: RecordLookup
  ) async throws(LogError) -> [UInt8]? {
    var writer = JSONWriter()
    switch instance.payload {
    case .view(let view): writer.value(view)
    case .value(let value): writer.value(value)
    case .inEvent(let offset, _):
      guard let text = try await lookup.value(at: Position(events, offset: offset)),
        let data = try? JSONDocument(parsing: text, limits: Limits.json).root["data"],
        let payload = try? EventReceived(data).payload
      else { return nil }
      writer.value(payload)
    }
    return writer.bytes
  }

  private func write(
    _ instance: TriggerInstance, _ recorded: Recorded<TriggerFact>, _ payload: [UInt8]?,
    to copy: inout CopyWriter
  ) throws(PostgresError) {
    copy.text(recorded.id.description)
    copy.text(instance.trigger)
    copy.text(instance.triggerType)
    copy.json(payload)
    copy.time(microseconds: Int(recorded.time.microseconds))
    copy.text(Self.status)
    copy.text(instance.traceTag)
    copy.text(recorded.cause)
    copy.int2(Int16(recorded.lane.number))
    copy.text(instance.senderID)
    copy.text(instance.source)
    copy.text(instance.execution?.description)
    try copy.endRow()
  }

  // MARK: - read

  public struct Row: Sendable {
    public let id: String
    public let trigger: String
    public let triggerType: String
    /// JSON text; nil where the event that held it is gone.
    public var payload: [UInt8]?
    public let occurrenceTime: Instant
    public let status: String
    public let traceTag: String?
    public let source: String?
    public let eventID: String?
    public let executionID: String?

    public var place: Window.Place { Window.Place(time: occurrenceTime, id: id) }

    /// A trigger instance as it stands in the log; its payload is looked up where it is wanted.
    public init(_ instance: TriggerInstance, _ recorded: Recorded<TriggerFact>) {
      id = recorded.id.description
      trigger = instance.trigger
      triggerType = instance.triggerType
      payload = nil
      occurrenceTime = recorded.time
      status = TriggerInstanceProjection.status
      traceTag = instance.traceTag
      source = instance.source
      eventID = instance.senderID
      executionID = instance.execution?.description
    }

    init(_ row: PostgresRow) throws(PostgresError) {
      id = try row.get("id")
      trigger = try row.get("trigger")
      triggerType = try row.get("trigger_type")
      payload = try row.get("payload")
      occurrenceTime = try row.time("occurrence_time")
      status = try row.get("status")
      traceTag = try row.get("trace_tag")
      source = try row.get("source")
      eventID = try row.get("event_id")
      executionID = try row.get("execution_id")
    }
  }

  /// All that is given must fit.
  public struct Filter: Sendable {
    public var ids: [String]?
    public var trigger: String?
    public var triggerType: String?
    public var status: String?
    public var traceTag: String?
    public var after: Instant?
    public var before: Instant?

    public init() {}

    var conditions: Conditions {
      var conditions = Conditions()
      conditions.add("id = ANY (?)", ids.map { PostgresValue.texts($0) })
      conditions.add("trigger = ?", trigger)
      conditions.add("trigger_type = ?", triggerType)
      conditions.add("status = ?", status)
      conditions.add("trace_tag = ?", traceTag)
      conditions.add("occurrence_time > ?", after)
      conditions.add("occurrence_time < ?", before)
      return conditions
    }

    /// As the conditions say, for a row that comes from the log.
    public func matches(_ row: Row) -> Bool {
      (ids?.contains(row.id) ?? true) && (trigger ?? row.trigger) == row.trigger
        && (triggerType ?? row.triggerType) == row.triggerType
        && (status ?? row.status) == row.status && (traceTag ?? row.traceTag) == row.traceTag
        && after.map { row.occurrenceTime > $0 } ?? true
        && before.map { row.occurrenceTime < $0 } ?? true
    }
  }

  public static func count(_ filter: Filter, in view: View) async throws(View.Failure) -> Int {
    try await view.count("trigger_instances", filter.conditions)
  }

  /// The next step of the list, in its order.
  public static func list(
    _ filter: Filter, _ window: Window, in view: View
  ) async throws(View.Failure) -> [Row] {
    var conditions = filter.conditions
    let step = conditions.step(window, time: "occurrence_time", id: "id")
    let direction = window.isOldestFirst ? "ASC" : "DESC"
    return try await view.all(
      """
      SELECT * FROM (
        SELECT *, sum(pg_column_size(payload))
          OVER (ORDER BY occurrence_time \(direction), id \(direction)) - pg_column_size(payload)
          AS bytes_before
        FROM (SELECT * FROM trigger_instances\(step)) AS step
      ) AS measured WHERE coalesce(bytes_before, 0) < \(View.stepBytesMax)
      ORDER BY occurrence_time \(direction), id \(direction)
      """, conditions.values, Row.init)
  }

  public static func row(_ id: String, in view: View) async throws(View.Failure) -> Row? {
    try await view.all(
      "SELECT * FROM trigger_instances WHERE id = $1", [.text(id)], Row.init
    ).first
  }

  /// Those of `ids` that there are, at most `View.stepRowsMax`. Payloads that take more than
  /// `payloadBytesMax` are left out.
  public static func rows(
    _ ids: [String], payloadBytesMax: Int, in view: View
  ) async throws(View.Failure) -> [Row] {
    try await view.all(
      """
      SELECT id, trigger, trigger_type, occurrence_time, status, trace_tag, event_id, source,
        execution_id, CASE WHEN pg_column_size(payload) <= $2 THEN payload END AS payload
      FROM trigger_instances WHERE id = ANY ($1)
      """, [.texts(Array(ids.prefix(View.stepRowsMax))), .int(payloadBytesMax)], Row.init)
  }
}
