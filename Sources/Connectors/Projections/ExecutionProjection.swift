import Automation
import Calendar
import JSON
import Postgres
public import Streams

/// Table `executions`: the life of executions, one row each. How they are read stands in
/// `ExecutionRows.swift`.
///
/// A staging row is one transition; the first one of an execution brings what was asked for. Each
/// transition counts once (the offsets see to it), so they may be added to the row's log.
public struct ExecutionProjection: Projection {
  public let name = "executions"
  public let topics: [Topic] = [.executions]
  public let tables = ["executions"]
  public let timeColumn: String? = "start_timestamp"

  public let staging = [
    StagingColumn("id", "text"), StagingColumn("place", "int8"), StagingColumn("status", "text"),
    StagingColumn("at", "timestamptz"), StagingColumn("action", "text"),
    StagingColumn("parameters", "json"), StagingColumn("context", "jsonb"),
    StagingColumn("user_name", "text"), StagingColumn("parent", "text"),
    StagingColumn("rule", "text"), StagingColumn("trigger_instance_id", "text"),
    StagingColumn("decision_id", "text"), StagingColumn("delay_ms", "int8"),
    StagingColumn("trace_tag", "text"), StagingColumn("lane", "int2"),
    StagingColumn("worker", "text"), StagingColumn("attempt", "int4"),
    StagingColumn("result", "json"), StagingColumn("result_size", "int8"),
    StagingColumn("cancelled_by", "text"),
  ]

  public let merge = [
    """
    INSERT INTO executions (
      id, action, status, parameters, context, user_name, parent, rule, trigger_instance_id,
      decision_id, start_timestamp, log, delay_ms, trace_tag, lane)
    SELECT
      id, action, status, parameters, context, user_name, parent, rule, trigger_instance_id,
      decision_id, at, '[]', delay_ms, trace_tag, lane
    FROM staging WHERE action IS NOT NULL ON CONFLICT (id) DO NOTHING
    """,
    """
    UPDATE executions SET
      status = step.status,
      log = executions.log || step.log,
      started_at = coalesce(step.started_at, executions.started_at),
      end_timestamp = coalesce(step.end_timestamp, executions.end_timestamp),
      worker = coalesce(step.worker, executions.worker),
      attempt = coalesce(step.attempt, executions.attempt),
      result = coalesce(step.result, executions.result),
      result_size = coalesce(step.result_size, executions.result_size),
      context = CASE WHEN step.cancelled_by IS NULL THEN executions.context
        ELSE executions.context || jsonb_build_object('cancelled_by', step.cancelled_by) END
    FROM (
      SELECT
        id,
        (array_agg(status ORDER BY place DESC))[1] AS status,
        jsonb_agg(
          jsonb_build_object(
            'status', status,
            'timestamp', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
          ORDER BY place) AS log,
        max(at) FILTER (WHERE status = 'running') AS started_at,
        max(at) FILTER (WHERE result IS NOT NULL) AS end_timestamp,
        (array_agg(worker ORDER BY place DESC) FILTER (WHERE worker IS NOT NULL))[1] AS worker,
        max(attempt) AS attempt,
        (array_agg(result) FILTER (WHERE result IS NOT NULL))[1] AS result,
        max(result_size) AS result_size,
        max(cancelled_by) AS cancelled_by
      FROM staging GROUP BY id
    ) AS step WHERE executions.id = step.id
    """,
  ]

  public init() {}

  public func apply(
    _ records: [Record], _ lookup: RecordLookup, to rows: inout ProjectedRows
  ) async throws(LogError) {
    var place = 0
    rows.forEach(ExecutionFact.self, in: records) { recorded, _, copy throws(PostgresError) in
      guard let step = Transition(recorded) else { return }
      place += 1
      copy.text(step.id)
      copy.int8(place)
      copy.text(step.status.rawValue)
      copy.time(microseconds: Int(recorded.time.microseconds))
      Self.write(step.request, lane: recorded.lane, to: &copy)
      copy.text(step.worker)
      copy.int4(step.attempt.map { Int32(clamping: $0) })
      let result = step.result.map { Array($0.text().utf8) }
      copy.json(result)
      copy.int8(result?.count)
      copy.text(step.cancelledBy)
      try copy.endRow()
    }
  }

  private static func write(
    _ request: ExecutionRequest?, lane: Lane, to copy: inout CopyWriter
  ) {
    guard let request else {
      for _ in 1...11 { copy.null() }
      return
    }
    copy.text(request.action)
    copy.json(Array(JSONValue.object(Sealed.masked(request.parameters)).text().utf8))
    copy.jsonb(Array(JSONValue.object(request.context).text().utf8))
    copy.text(request.user)
    copy.text(request.context["parent"]?["execution_id"]?.stringValue)
    copy.text(request.rule)
    copy.text(request.triggerInstance?.description)
    copy.text(request.decision?.description)
    copy.int8(request.delayMs)
    copy.text(request.traceTag)
    copy.int2(Int16(lane.number))
  }
}

/// What a fact changes of its execution's row; nil where it changes nothing.
struct Transition {
  let id: String
  let status: ExecutionStatus
  var request: ExecutionRequest?
  var worker: String?
  var attempt: Int?
  var result: JSONValue?
  var cancelledBy: String?

  init?(_ recorded: Recorded<ExecutionFact>) {
    id = (recorded.fact.execution ?? recorded.id).description
    switch recorded.fact {
    case .requested(let request):
      status = .requested
      self.request = request
    case .delayed: status = .delayed
    case .scheduled(_, let attempt, _):
      status = .scheduled
      self.attempt = attempt
    case .started(_, let attempt, let worker):
      status = .running
      self.attempt = attempt
      self.worker = worker.worker
    case .cancelAsked(_, let user):
      status = .canceling
      cancelledBy = user
    case .ended(let end):
      status = end.status
      result = end.result
      if end.status == .canceled { cancelledBy = end.result["user"]?.stringValue }
    case .lateResult, .suspected: return nil
    }
  }
}
