public import Automation
public import Calendar
import JSON
import Postgres
public import Streams

/// Table `decisions`: what each candidate rule made of each trigger instance.
public struct DecisionProjection: Projection {
  public let name = "decisions"
  public let topics: [Topic] = [.decisions]
  public let tables = ["decisions"]
  public let timeColumn: String? = "decided_at"

  public let staging = [
    StagingColumn("id", "text"), StagingColumn("trigger_instance_id", "text"),
    StagingColumn("rule", "text"), StagingColumn("rule_revision", "int8"),
    StagingColumn("outcome", "text"), StagingColumn("reason", "text"),
    StagingColumn("criterion", "json"), StagingColumn("action", "text"),
    StagingColumn("parameters", "json"), StagingColumn("omitted_count", "int8"),
    StagingColumn("trace_tag", "text"), StagingColumn("decided_at", "timestamptz"),
    StagingColumn("lane", "int2"),
  ]

  public var merge: [String] {
    let columns = staging.map(\.name).joined(separator: ", ")
    return [
      """
      INSERT INTO decisions (\(columns))
      SELECT \(columns) FROM staging ON CONFLICT (id) DO NOTHING
      """
    ]
  }

  /// The outcome of a row that stands for rules which are not written one by one.
  public static let omitted = "omitted"

  private static func omittedReason(_ count: Int) -> String {
    "\(count) more rules did not match"
  }

  public init() {}

  // MARK: - apply

  public func apply(
    _ records: [Record], _ lookup: RecordLookup, to rows: inout ProjectedRows
  ) async throws(LogError) {
    rows.forEach(DecisionFact.self, in: records) { recorded, _, copy throws(PostgresError) in
      copy.text(recorded.id.description)
      switch recorded.fact {
      case .made(let decision): Self.write(decision, to: &copy)
      case .omitted(let trigger, let count):
        copy.text(trigger.description)
        copy.text(nil)
        copy.int8(nil as Int?)
        copy.text(Self.omitted)
        copy.text(Self.omittedReason(count))
        for _ in 1...3 { copy.null() }
        copy.int8(count)
        copy.null()
      }
      copy.time(microseconds: Int(recorded.time.microseconds))
      copy.int2(Int16(recorded.lane.number))
      try copy.endRow()
    }
  }

  private static func write(_ decision: Decision, to copy: inout CopyWriter) {
    copy.text(decision.trigger.description)
    copy.text(decision.rule)
    copy.int8(decision.revision)
    copy.text(decision.outcome.rawValue)
    copy.text(decision.reason)
    copy.json(
      decision.criterion.map { criterion in
        Array(criterion.json.text().utf8)
      })
    copy.text(decision.action)
    copy.json(
      decision.parameters.isEmpty
        ? nil : Array(JSONValue.object(Sealed.masked(decision.parameters)).text().utf8))
    copy.null()
    copy.text(decision.traceTag)
  }

  // MARK: - read

  public struct Row: Sendable {
    public let id: String
    public let triggerInstanceID: String
    /// Nil where rules were left out one by one.
    public let rule: String?
    public let revision: Int?
    public let outcome: String
    public let reason: String?
    /// JSON text.
    public let criterion: [UInt8]?
    public let decidedAt: Instant
    /// Of a fired one.
    public let executionID: String?
    public let executionStatus: String?

    public var place: Window.Place { Window.Place(time: decidedAt, id: id) }

    /// A decision as it stands in the log, which tells no execution.
    public init(_ recorded: Recorded<DecisionFact>) {
      id = recorded.id.description
      decidedAt = recorded.time
      (executionID, executionStatus) = (nil, nil)
      switch recorded.fact {
      case .made(let decision):
        triggerInstanceID = decision.trigger.description
        rule = decision.rule
        revision = decision.revision
        outcome = decision.outcome.rawValue
        reason = decision.reason
        criterion = decision.criterion.map { Array($0.json.text().utf8) }
      case .omitted(let trigger, let count):
        triggerInstanceID = trigger.description
        (rule, revision, criterion) = (nil, nil, nil)
        outcome = DecisionProjection.omitted
        reason = DecisionProjection.omittedReason(count)
      }
    }

    init(_ row: PostgresRow) throws(PostgresError) {
      id = try row.get("id")
      triggerInstanceID = try row.get("trigger_instance_id")
      rule = try row.get("rule")
      revision = try row.get("rule_revision")
      outcome = try row.get("outcome")
      reason = try row.get("reason")
      criterion = try row.get("criterion")
      decidedAt = try row.time("decided_at")
      executionID = try row.get("execution_id")
      executionStatus = try row.get("execution_status")
    }
  }

  /// All that is given must fit.
  public struct Filter: Sendable {
    public var ids: [String]?
    public var triggerInstanceID: String?
    public var rule: String?
    /// One of these.
    public var outcomes: [String]?
    public var executionID: String?
    public var after: Instant?
    public var before: Instant?

    public init() {}

    var conditions: Conditions {
      var conditions = Conditions()
      conditions.add("decisions.id = ANY (?)", ids.map { PostgresValue.texts($0) })
      conditions.add("trigger_instance_id = ?", triggerInstanceID)
      conditions.add("rule = ?", rule)
      conditions.add("outcome = ANY (?)", outcomes.map { PostgresValue.texts($0) })
      conditions.add(
        "decisions.id = (SELECT decision_id FROM executions WHERE executions.id = ?)",
        executionID)
      conditions.add("decided_at > ?", after)
      conditions.add("decided_at < ?", before)
      return conditions
    }

    /// As the conditions say, for a row that comes from the log, which tells no execution.
    public func matches(_ row: Row) -> Bool {
      (ids?.contains(row.id) ?? true)
        && (triggerInstanceID ?? row.triggerInstanceID) == row.triggerInstanceID
        && (rule ?? row.rule) == row.rule && (outcomes?.contains(row.outcome) ?? true)
        && after.map { row.decidedAt > $0 } ?? true
        && before.map { row.decidedAt < $0 } ?? true
    }
  }

  public static func count(_ filter: Filter, in view: View) async throws(View.Failure) -> Int {
    try await view.count("decisions", filter.conditions)
  }

  /// The next step of the list, in its order.
  public static func list(
    _ filter: Filter, _ window: Window, in view: View
  ) async throws(View.Failure) -> [Row] {
    var conditions = filter.conditions
    let step = conditions.step(window, time: "decided_at", id: "decisions.id")
    let direction = window.isOldestFirst ? "ASC" : "DESC"
    return try await view.all(
      """
      SELECT step.*, executions.id AS execution_id, executions.status AS execution_status
      FROM (SELECT decisions.* FROM decisions\(step)) AS step
      LEFT JOIN executions ON executions.decision_id = step.id
      ORDER BY decided_at \(direction), step.id \(direction)
      """, conditions.values, Row.init)
  }

  public static func row(_ id: String, in view: View) async throws(View.Failure) -> Row? {
    var filter = Filter()
    filter.ids = [id]
    return try await list(filter, Window(limit: 1), in: view).first
  }
}

extension Decision.Criterion {
  fileprivate var json: JSONValue {
    [
      "key": .string(key), "operator": .string(operatorName), "pattern": pattern,
      "value": value,
    ]
  }
}
