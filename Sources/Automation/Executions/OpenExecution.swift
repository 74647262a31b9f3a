import Calendar
import JSON
import Streams

/// An execution that has not ended.
struct OpenExecution: Sendable {
  let request: ExecutionRequest
  let requestedAt: Instant
  var status: ExecutionStatus
  /// How often it was handed to the workers.
  var attempt = 0
  /// Whether the action, as it was when it was handed out, may be run again after a loss.
  var mayRepeat = false
  /// Who runs it, and since when.
  var worker: WorkerName?
  var startedAt: Instant?
  var delayedUntil: Instant?

  init(_ request: ExecutionRequest, at time: Instant) {
    self.request = request
    requestedAt = time
    status = .requested
  }

  func write(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("request")
    writer.beginObject()
    request.write(into: &writer)
    writer.endObject()
    writer.member("requested_at", requestedAt)
    writer.member("status", status.rawValue)
    writer.member("attempt", attempt)
    writer.member("may_repeat", mayRepeat ? JSONValue.bool(true) : nil)
    writer.member("worker", worker?.worker)
    writer.member("incarnation", worker?.incarnation)
    writer.member("started_at", startedAt)
    writer.member("delayed_until", delayedUntil)
    writer.endObject()
  }

  init(_ value: JSONView) throws(RecordError) {
    guard let request = value["request"] else { throw RecordError("member request is missing") }
    self.request = try ExecutionRequest(request)
    requestedAt = try value.instant("requested_at")
    status = try ExecutionStatus(in: value)
    attempt = try value.integer("attempt")
    mayRepeat = value["may_repeat"]?.boolValue ?? false
    worker = value["worker"] == nil ? nil : try WorkerName(value)
    startedAt = value["started_at"] == nil ? nil : try value.instant("started_at")
    delayedUntil = value["delayed_until"] == nil ? nil : try value.instant("delayed_until")
  }
}
