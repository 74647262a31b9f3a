public import Automation
import Calendar
import JSON
public import Streams

/// Rows of executions made from the log, for those who follow it.
extension ExecutionProjection.Row {
  /// The execution that a fact asks for; nil for any other fact.
  public init?(_ recorded: Recorded<ExecutionFact>) {
    guard case .requested(let request) = recorded.fact else { return nil }
    self.init(
      requested: recorded.id.description, request.action, at: recorded.time,
      ExecutionProjection.RequestedTexts(
        parameters: Array(JSONValue.object(Sealed.masked(request.parameters)).text().utf8),
        context: Array(JSONValue.object(request.context).text().utf8), user: request.user),
      delayMs: request.delayMs)
    parent = request.context["parent"]?["execution_id"]?.stringValue
    rule = request.rule
    triggerInstanceID = request.triggerInstance?.description
  }

  /// Brings the row to where a fact brings its execution, whatever it knew of later ones: `log`
  /// tells this transition alone. False where the fact is none.
  public mutating func apply(_ recorded: Recorded<ExecutionFact>) -> Bool {
    guard let step = Transition(recorded) else { return false }
    status = step.status.rawValue
    attempt = step.attempt ?? attempt
    worker = step.worker ?? worker
    if step.status == .running { startedAt = recorded.time }
    let text = step.result.map { Array($0.text().utf8) }
    (result, resultSize) = (text, text?.count ?? 0)
    endTimestamp = step.result == nil ? nil : recorded.time
    log = Array(#"[{"status": "\#(status)", "timestamp": "\#(recorded.time.iso8601)"}]"#.utf8)
    return true
  }
}
