import Calendar
public import JSON
public import Streams

/// Makes trigger instances: of events, by their trigger type or their webhook, and of executions
/// that have ended. A second copy of an event gives none.
///
/// Reads `events` and the ended executions of its chain; records `triggers`.
public struct TriggerProcessor: Processor {
  public struct State: Sendable {
    var seen: SeenEvents
  }

  public typealias Fact = TriggerFact

  public static let name = "triggers"
  public static let inputs: [Topic] = [.events, .executions]
  public static let output = Topic.triggers
  /// The trigger type of an ended execution.
  static let actionTrigger = "core.st2.generic.actiontrigger"

  public let initialState: State
  /// Whether every ended execution makes a trigger instance, or only those that a rule listens to.
  private let isAuditFull: Bool

  public init(
    isAuditFull: Bool = true, window: Duration = .seconds(86_400), idsMax: Int = 65_536
  ) {
    self.isAuditFull = isAuditFull
    initialState = State(seen: SeenEvents(window: window, idsMax: idsMax))
  }

  // MARK: - evolve

  public func evolve(_ state: inout State, _ recorded: Recorded<TriggerFact>) {
    guard case .recorded(let instance) = recorded.fact, let senderID = instance.senderID else {
      return
    }
    state.seen.insert(
      instance.source ?? "", senderID, id: recorded.id, digest: instance.digest ?? "",
      at: recorded.time)
  }

  // MARK: - decide

  public func decide(
    _ input: Input, _ state: State, _ tables: Tables, into step: inout Step<TriggerFact>
  ) {
    let content = tables[ContentTable.self].content
    switch input.content {
    case .record(let record): event(record, input, state, content, &step)
    case .fact(let fact):
      guard case .ended(let end)? = fact as? ExecutionFact else { return }
      ended(end, content, &step)
    case .letter, .tick: return
    }
  }

  private func event(
    _ record: JSONView, _ input: Input, _ state: State, _ content: Content,
    _ step: inout Step<TriggerFact>
  ) {
    let arrival: Arrival
    do {
      arrival = try Arrival(record)
    } catch {
      return step.deadLetter(error.text)
    }
    if let senderID = arrival.event.senderID,
      let first = state.seen.first(arrival.source, senderID, at: input.time, lane: input.lane)
    {
      // Of the first digest its beginning is known; where that is the same, so is the body.
      let digest = arrival.event.digest ?? ""
      step.append(
        .duplicated(
          .init(
            source: arrival.source, senderID: senderID, first: first.id,
            digest: digest,
            firstDigest: digest.hasPrefix(first.digest) ? digest : first.digest)))
      return
    }
    var isFirst = true
    for trigger in triggers(of: arrival, content) {
      let instance = instance(of: trigger, arrival, input, isFirst: isFirst)
      isFirst = false
      switch instance {
      case .success(let instance): step.append(.recorded(instance))
      case .failure(let error): step.deadLetter(error.text)
      }
    }
    if isFirst { step.deadLetter(arrival.unknown) }
  }

  private func triggers(of arrival: Arrival, _ content: Content) -> [Trigger] {
    if let hook = arrival.event.hook { return content.hooks[hook] ?? [] }
    guard let type = content.triggerTypes[arrival.type] else { return [] }
    return [Trigger(of: type)]
  }

  private func instance(
    of trigger: Trigger, _ arrival: Arrival, _ input: Input, isFirst: Bool
  ) -> Result<TriggerInstance, RecordError> {
    let violations = trigger.type.violations(arrival.payload)
    guard violations.isEmpty else {
      return .failure(
        RecordError(
          "the payload does not fit \(trigger.type.ref): \(violations.joined(separator: "; "))"))
    }
    let isLarge = input.bodyByteCount > TriggerInstance.payloadBytesMax
    return .success(
      TriggerInstance(
        trigger: trigger.ref, triggerType: trigger.type.ref,
        payload: isLarge
          ? .inEvent(offset: input.root.offset, arrival.payload) : .view(arrival.payload),
        source: isFirst ? arrival.source : nil,
        senderID: isFirst ? arrival.event.senderID : nil,
        digest: isFirst ? arrival.event.digest : nil, traceTag: arrival.event.traceTag))
  }

  private func ended(
    _ end: ExecutionEnd, _ content: Content, _ step: inout Step<TriggerFact>
  ) {
    guard isAuditFull || content.hasRules(for: Self.actionTrigger), let summary = end.summary
    else { return }
    let payload: JSONObject = [
      "execution_id": .string(end.execution.description),
      "status": .string(end.status.rawValue),
      "start_timestamp": .string(summary.requestedAt.iso8601),
      "action_name": .string(String(summary.action.drop { $0 != "." }.dropFirst())),
      "action_ref": .string(summary.action), "runner_ref": .string(summary.runner),
      "parameters": .object(summary.parameters), "result": end.result,
    ]
    guard JSONValue.object(payload).byteCountMax < Limits.valueBytesMax - (64 << 10) else {
      return step.deadLetter(
        "the result of \(end.execution) is too large for a trigger instance")
    }
    step.append(
      .recorded(
        TriggerInstance(
          trigger: Self.actionTrigger, triggerType: Self.actionTrigger,
          payload: .value(.object(payload)), traceTag: summary.traceTag,
          execution: end.execution)))
  }

  // MARK: - checkpoints

  public func save(
    _ state: inout State, _ scope: CheckpointScope, into writer: inout CheckpointWriter
  ) {
    state.seen.save(scope, into: &writer)
  }

  public func restore(
    _ entity: String, _ value: JSONView?, into state: inout State
  ) throws(RecordError) {
    try state.seen.restore(entity, value)
  }
}

/// An event read as what its form says.
struct Arrival {
  let event: EventReceived
  let source: String
  /// Reference of the trigger type; empty for a webhook.
  let type: String
  let payload: JSONView

  init(_ record: JSONView) throws(RecordError) {
    guard let data = record["data"] else { throw RecordError("attribute data is missing") }
    event = try EventReceived(data)
    let body = event.body
    switch event.form {
    case .webhook:
      guard event.hook != nil else { throw RecordError("a webhook's event must name its hook") }
      source = record.optionalText("source") ?? ""
      type = ""
      payload = body
    case .short:
      source = body.optionalText("source") ?? record.optionalText("source") ?? ""
      type = try body.text("trigger")
      guard let payload = body["payload"] else { throw RecordError("member payload is missing") }
      self.payload = payload
    case .cloudEvent:
      source = try body.text("source")
      type = try body.text("type")
      guard let data = body["data"] else { throw RecordError("a CloudEvent must have data") }
      payload = data
    }
  }

  /// Why there is no trigger for it.
  var unknown: String {
    if let hook = event.hook { return "no rule listens to the webhook '\(hook)'" }
    return "there is no trigger type '\(type)'"
  }
}
