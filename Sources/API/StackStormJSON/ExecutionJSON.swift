import Automation
import Calendar
import Connectors
import JSON
import Streams

/// An execution in StackStorm's form: with its action, runner and rule as content has them now, and
/// the trigger instance that it comes from. StackStorm's live action is the same execution here; it
/// has an id of its own only so that clients find one.
struct ExecutionJSON {
  let content: Content
  /// Where people look at an execution.
  let webURL: String

  func document(
    _ row: ExecutionProjection.Row, _ instance: TriggerInstanceProjection.Row?
  ) -> Document {
    let action = content.actions[row.action]
    let parameters = masked(row.parameters, action)
    var document = Document()
    document["id"] = .string(row.id)
    document["status"] = .string(row.status)
    addAction(row, action, to: &document)
    document.set("parameters", json: parameters)
    document.set("liveaction", json: liveAction(row, parameters))
    document.set("context", json: row.context)
    document.set("log", json: row.log)
    document["start_timestamp"] = .string(row.startTimestamp.iso8601)
    if let end = row.endTimestamp {
      document["end_timestamp"] = .string(end.iso8601)
      let elapsed = (end - row.startTimestamp).wholeMicroseconds
      document["elapsed_seconds"] = .double(Double(elapsed) / 1e6)
      document["result_size"] = .int(row.resultSize)
    }
    document.set("result", json: row.result)
    document["parent"] = row.parent.map { .string($0) }
    document["delay"] = row.delayMs > 0 ? .int(row.delayMs) : nil
    document["web_url"] = .string("\(webURL)/#/history/\(row.id)/general")
    addCause(row, instance, to: &document)
    return document
  }

  private func addAction(
    _ row: ExecutionProjection.Row, _ action: Action?, to document: inout Document
  ) {
    let shown = action.map(ContentJSON.action) ?? ContentJSON.goneAction(row.action)
    document.set("action", json: shown.bytes)
    if let runner = action.flatMap({ RunnerType.named($0.runner) }) {
      document.set("runner", json: RunnerTypeJSON.document(runner).bytes)
    }
  }

  private func liveAction(
    _ row: ExecutionProjection.Row, _ parameters: [UInt8]
  ) -> [UInt8] {
    var live = Document()
    live["id"] = .string(ContentID.of("liveaction", row.id))
    live["action"] = .string(row.action)
    live["action_is_workflow"] = false
    live["callback"] = [:]
    live["runner_info"] = row.worker.map { ["hostname": .string($0)] } ?? [:]
    live.set("parameters", json: parameters)
    return live.bytes
  }

  /// Rule, trigger type, trigger and trigger instance of an execution that a rule asked for.
  private func addCause(
    _ row: ExecutionProjection.Row, _ instance: TriggerInstanceProjection.Row?,
    to document: inout Document
  ) {
    let rule = row.rule.flatMap { content.rules[$0] }
    if let rule { document.set("rule", json: ContentJSON.rule(rule, content).bytes) }
    guard let instance else { return }
    document.set("trigger_instance", json: instance.document.bytes)
    if let type = content.triggerTypes[instance.triggerType] {
      document.set("trigger_type", json: ContentJSON.triggerType(type).bytes)
    }
    document["trigger"] = ContentJSON.trigger(
      ref: instance.trigger, type: instance.triggerType,
      parameters: instance.trigger == instance.triggerType
        ? [:] : rule?.definition.trigger.parameters ?? [:])
  }

  /// What a rule passed on as a parameter that is secret is in the view as it came. Where nobody
  /// knows any more what is secret, everything may be.
  private func masked(_ parameters: [UInt8], _ action: Action?) -> [UInt8] {
    let secrets = action.map { SecretParts($0) }
    if let secrets, secrets.isEmpty { return parameters }
    guard let object = try? JSONValue(parsing: parameters, limits: Limits.json).objectValue else {
      return Array("{}".utf8)
    }
    let mask = JSONValue.string(Sealed.mask)
    let masked =
      secrets?.replacing(in: object) { _, _ in mask } ?? JSONObject(object.map { ($0.key, mask) })
    return Array(JSONValue.object(masked).text().utf8)
  }
}
