public import Calendar
public import JSON
public import Streams

/// What the ExecutionProcessor records: the life of executions. An execution's id is the id of its
/// `requested`.
public enum ExecutionFact: FactCoding {
  case requested(ExecutionRequest)
  /// Handed to the workers, for the `attempt`-th time, counted from 1.
  /// `mayRepeat`: the action that is scheduled is declared idempotent, so another attempt may
  /// follow a lost one.
  case scheduled(execution: Identifier, attempt: Int, mayRepeat: Bool)
  /// Waits, because it was asked to.
  case delayed(execution: Identifier, until: Instant)
  case started(execution: Identifier, attempt: Int, by: WorkerName)
  /// A worker gave no sign of life for the length of a lease. It has a little time left to give one
  /// before what it runs is lost: clocks may have jumped.
  case suspected(WorkerName)
  /// It will not be run, or its runner is told to stop.
  case cancelAsked(execution: Identifier, user: String)
  case ended(ExecutionEnd)
  /// A result of an execution that had ended already; it changes nothing.
  case lateResult(execution: Identifier, status: ExecutionStatus)

  public var execution: Identifier? {
    switch self {
    case .requested, .suspected: nil
    case .scheduled(let id, _, _), .delayed(let id, _), .started(let id, _, _),
      .cancelAsked(let id, _), .lateResult(let id, _):
      id
    case .ended(let end): end.execution
    }
  }

  public var type: StaticString {
    switch self {
    case .requested: "petrel.ExecutionRequested"
    case .scheduled: "petrel.ExecutionScheduled"
    case .delayed: "petrel.ExecutionDelayed"
    case .started: "petrel.ExecutionStarted"
    case .suspected: "petrel.WorkerSuspected"
    case .cancelAsked: "petrel.ExecutionCancelAsked"
    case .ended: "petrel.ExecutionEnded"
    case .lateResult: "petrel.ExecutionResultLate"
    }
  }

  public var subject: String? { execution?.description }

  public var countedAs: String? {
    if case .ended(let end) = self { end.status.rawValue } else { nil }
  }

  public func write(into writer: inout JSONWriter) {
    writer.beginObject()
    switch self {
    case .requested(let request): request.write(into: &writer)
    case .scheduled(let execution, let attempt, let mayRepeat):
      writer.member("execution", execution)
      writer.member("attempt", attempt)
      writer.member("may_repeat", mayRepeat ? JSONValue.bool(true) : nil)
    case .delayed(let execution, let until):
      writer.member("execution", execution)
      writer.member("until", until)
    case .started(let execution, let attempt, let worker):
      writer.member("execution", execution)
      writer.member("attempt", attempt)
      worker.write(into: &writer)
    case .suspected(let worker): worker.write(into: &writer)
    case .cancelAsked(let execution, let user):
      writer.member("execution", execution)
      writer.member("user", user)
    case .ended(let end): end.write(into: &writer)
    case .lateResult(let execution, let status):
      writer.member("execution", execution)
      writer.member("status", status.rawValue)
    }
    writer.endObject()
  }

  public init(type: String, data: JSONView) throws(RecordError) {
    switch type {
    case "petrel.ExecutionRequested": self = .requested(try ExecutionRequest(data))
    case "petrel.ExecutionScheduled":
      self = .scheduled(
        execution: try data.identifier("execution"), attempt: try data.integer("attempt"),
        mayRepeat: data["may_repeat"]?.boolValue ?? false)
    case "petrel.ExecutionDelayed":
      self = .delayed(
        execution: try data.identifier("execution"), until: try data.instant("until"))
    case "petrel.ExecutionStarted":
      self = .started(
        execution: try data.identifier("execution"), attempt: try data.integer("attempt"),
        by: try WorkerName(data))
    case "petrel.WorkerSuspected": self = .suspected(try WorkerName(data))
    case "petrel.ExecutionCancelAsked":
      self = .cancelAsked(
        execution: try data.identifier("execution"), user: try data.text("user"))
    case "petrel.ExecutionEnded": self = .ended(try ExecutionEnd(data))
    case "petrel.ExecutionResultLate":
      self = .lateResult(
        execution: try data.identifier("execution"), status: try ExecutionStatus(in: data))
    default: throw RecordError("unknown execution fact '\(type)'")
    }
  }
}

/// What is to be run, and why.
public struct ExecutionRequest: Sendable, Equatable {
  public var action: String
  /// As asked for, secrets sealed; defaults are not filled in.
  public var parameters: JSONObject
  public var user: String
  public var context: JSONObject
  /// What a rule's execution comes from.
  public var rule: String?
  public var decision: Identifier?
  public var triggerInstance: Identifier?
  public var delayMs: Int
  public var traceTag: String?

  public init(action: String, parameters: JSONObject, user: String, context: JSONObject = [:]) {
    self.action = action
    self.parameters = parameters
    self.user = user
    self.context = context
    delayMs = 0
  }

  func write(into writer: inout JSONWriter) {
    writer.member("action", action)
    writer.member("parameters", parameters)
    writer.member("user", user)
    writer.member("context", context)
    writer.member("rule", rule)
    writer.member("decision", decision)
    writer.member("trigger_instance", triggerInstance)
    writer.member("delay_ms", delayMs == 0 ? nil : delayMs)
    writer.member("trace_tag", traceTag)
  }

  init(_ data: JSONView) throws(RecordError) {
    action = try data.text("action")
    parameters = data.object("parameters")
    user = try data.text("user")
    context = data.object("context")
    rule = data.optionalText("rule")
    decision = data.optionalIdentifier("decision")
    triggerInstance = data.optionalIdentifier("trigger_instance")
    delayMs = data["delay_ms"]?.intValue ?? 0
    traceTag = data.optionalText("trace_tag")
  }
}

/// How an execution ended.
public struct ExecutionEnd: Sendable, Equatable {
  /// What is known of the execution in the step that ends it; not written, for it stands in the
  /// facts before.
  public struct Summary: Sendable, Equatable {
    public let action: String
    public let runner: String
    public let parameters: JSONObject
    public let requestedAt: Instant
    public let traceTag: String?
  }

  public let execution: Identifier
  public let status: ExecutionStatus
  public let result: JSONValue
  public let summary: Summary?

  public init(
    execution: Identifier, status: ExecutionStatus, result: JSONValue, summary: Summary? = nil
  ) {
    self.execution = execution
    self.status = status
    self.result = result
    self.summary = summary
  }

  func write(into writer: inout JSONWriter) {
    writer.member("execution", execution)
    writer.member("status", status.rawValue)
    writer.member("result", result)
  }

  init(_ data: JSONView) throws(RecordError) {
    execution = try data.identifier("execution")
    status = try ExecutionStatus(in: data)
    result = data["result"]?.copy() ?? .null
    summary = nil
  }
}

/// A worker and which start of it: after a crash the same worker comes back with another
/// incarnation.
public struct WorkerName: Sendable, Hashable {
  public let worker: String
  public let incarnation: String

  public init(worker: String, incarnation: String) {
    self.worker = worker
    self.incarnation = incarnation
  }

  func write(into writer: inout JSONWriter) {
    writer.member("worker", worker)
    writer.member("incarnation", incarnation)
  }

  init(_ data: JSONView) throws(RecordError) {
    worker = try data.text("worker")
    incarnation = try data.text("incarnation")
  }
}

extension ExecutionStatus {
  init(in data: JSONView) throws(RecordError) {
    let name = try data.text("status")
    guard let status = ExecutionStatus(rawValue: name) else {
      throw RecordError("unknown status '\(name)' of an execution")
    }
    self = status
  }
}
