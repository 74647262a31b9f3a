public import Calendar
import Postgres

/// How table `executions` is read.
extension ExecutionProjection {
  public struct Row: Sendable {
    public let id: String
    public let action: String
    public internal(set) var status: String
    /// JSON texts; secrets are masked.
    public let parameters: [UInt8]
    public let context: [UInt8]
    public internal(set) var log: [UInt8]
    /// Nil while there is none, and where it was not asked for.
    public internal(set) var result: [UInt8]?
    public internal(set) var resultSize: Int
    public let user: String
    public internal(set) var parent: String?
    public internal(set) var rule: String?
    public internal(set) var triggerInstanceID: String?
    /// When it was asked for.
    public let startTimestamp: Instant
    /// When its runner was called.
    public internal(set) var startedAt: Instant?
    public internal(set) var endTimestamp: Instant?
    public internal(set) var worker: String?
    public internal(set) var attempt: Int
    public let delayMs: Int

    public var place: Window.Place { Window.Place(time: startTimestamp, id: id) }

    /// An execution that was asked for a moment ago and is not in the table yet.
    public init(
      requested id: String, _ action: String, at time: Instant, _ texts: RequestedTexts,
      delayMs: Int
    ) {
      self.id = id
      self.action = action
      self.delayMs = delayMs
      parameters = texts.parameters
      context = texts.context
      user = texts.user
      log = Array(#"[{"status": "requested", "timestamp": "\#(time.iso8601)"}]"#.utf8)
      startTimestamp = time
      status = "requested"
      resultSize = 0
      attempt = 0
      (result, parent, rule, triggerInstanceID) = (nil, nil, nil, nil)
      (startedAt, endTimestamp, worker) = (nil, nil, nil)
    }

    init(_ row: PostgresRow) throws(PostgresError) {
      id = try row.get("id")
      action = try row.get("action")
      status = try row.get("status")
      parameters = try row.get("parameters")
      context = try row.get("context")
      log = try row.get("log")
      result = try row.get("result")
      resultSize = try row.get("result_size")
      user = try row.get("user_name")
      parent = try row.get("parent")
      rule = try row.get("rule")
      triggerInstanceID = try row.get("trigger_instance_id")
      startTimestamp = try row.time("start_timestamp")
      startedAt = try row.optionalTime("started_at")
      endTimestamp = try row.optionalTime("end_timestamp")
      worker = try row.get("worker")
      attempt = try row.get("attempt")
      delayMs = try row.get("delay_ms")
    }
  }

  /// What an execution was asked for with: JSON texts, secrets masked.
  public struct RequestedTexts: Sendable {
    public let parameters: [UInt8]
    public let context: [UInt8]
    public let user: String

    public init(parameters: [UInt8], context: [UInt8], user: String) {
      self.parameters = parameters
      self.context = context
      self.user = user
    }
  }

  /// All that is given must fit.
  public struct Filter: Sendable {
    public var ids: [String]?
    public var status: String?
    /// One of these.
    public var actions: [String]?
    public var rules: [String]?
    public var triggerInstanceID: String?
    public var trigger: String?
    public var triggerType: String?
    public var parent: String?
    /// Only those without a parent.
    public var isTopLevel = false
    public var user: String?
    public var after: Instant?
    public var before: Instant?

    public init() {}

    var conditions: Conditions {
      var conditions = Conditions()
      conditions.add("id = ANY (?)", ids.map { PostgresValue.texts($0) })
      conditions.add("status = ?", status)
      conditions.add("action = ANY (?)", actions.map { PostgresValue.texts($0) })
      conditions.add("rule = ANY (?)", rules.map { PostgresValue.texts($0) })
      conditions.add("trigger_instance_id = ?", triggerInstanceID)
      for (column, value) in [("trigger", trigger), ("trigger_type", triggerType)] {
        conditions.add(
          """
          EXISTS (SELECT FROM trigger_instances AS instance
            WHERE instance.id = trigger_instance_id AND instance.\(column) = ?)
          """, value)
      }
      conditions.add("parent = ?", parent)
      if isTopLevel { conditions.add("parent IS NULL") }
      conditions.add("user_name = ?", user)
      conditions.add("start_timestamp > ?", after)
      conditions.add("start_timestamp < ?", before)
      return conditions
    }

    /// As the conditions say, for a row that comes from the log, whose trigger it does not tell.
    public func matches(_ row: Row) -> Bool {
      (ids?.contains(row.id) ?? true) && (status ?? row.status) == row.status
        && actions?.contains(row.action) ?? true
        && rules.map { rules in row.rule.map { rules.contains($0) } ?? false } ?? true
        && (triggerInstanceID ?? row.triggerInstanceID) == row.triggerInstanceID
        && (isTopLevel ? row.parent == nil : (parent ?? row.parent) == row.parent)
        && (user ?? row.user) == row.user && after.map { row.startTimestamp > $0 } ?? true
        && before.map { row.startTimestamp < $0 } ?? true
    }
  }

  public static func count(_ filter: Filter, in view: View) async throws(View.Failure) -> Int {
    try await view.count("executions", filter.conditions)
  }

  /// The next step of the list, in its order. Results over `resultBytesMax` are left out.
  public static func list(
    _ filter: Filter, _ window: Window, resultBytesMax: Int = .max, in view: View
  ) async throws(View.Failure) -> [Row] {
    var conditions = filter.conditions
    let step = conditions.step(window, time: "start_timestamp", id: "id")
    let direction = window.isOldestFirst ? "ASC" : "DESC"
    let order = "start_timestamp \(direction), id \(direction)"
    let size = "pg_column_size(parameters) + coalesce(pg_column_size(result), 0)"
    return try await view.all(
      """
      SELECT * FROM (
        SELECT *, sum(\(size)) OVER (ORDER BY \(order)) - (\(size)) AS bytes_before
        FROM (SELECT \(columns(resultBytesMax)) FROM executions\(step)) AS step
      ) AS measured WHERE bytes_before < \(View.stepBytesMax) ORDER BY \(order)
      """, conditions.values, Row.init)
  }

  public static func row(
    _ id: String, resultBytesMax: Int = .max, in view: View
  ) async throws(View.Failure) -> Row? {
    try await view.all(
      "SELECT \(columns(resultBytesMax)) FROM executions WHERE id = $1", [.text(id)], Row.init
    ).first
  }

  private static func columns(_ resultBytesMax: Int) -> String {
    """
    id, action, status, parameters, context, log, result_size, user_name, parent, rule, \
    trigger_instance_id, start_timestamp, started_at, end_timestamp, worker, attempt, delay_ms, \
    CASE WHEN result_size <= \(resultBytesMax) THEN result END AS result
    """
  }
}
