public import Calendar
public import JSON
public import Streams

/// An event on its way in, read and checked against content before it is appended: what the edge
/// refuses, it refuses with a reason.
public struct EventDraft: Sendable {
  /// Why an event is not taken.
  public struct Refusal: Error, Equatable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
  }

  /// The longest name, key or time that a sender may give.
  static let textBytesMax = 1024

  public let lane: Lane
  public let source: String
  public let subject: String?
  /// What the sender claims, if it claims anything.
  public let time: Instant?
  public var head: EventReceived.Head

  /// Reads one event: a structured CloudEvent, or the short form
  /// `{trigger, payload, key?, id?, source?, time?}`.
  public init(_ event: JSONView, _ content: Content) throws(Refusal) {
    guard event.kind == .object else {
      throw Refusal("an event must be a JSON object, found \(event.kind)")
    }
    if event["specversion"] != nil {
      try self.init(cloudEvent: event, content)
    } else if event["trigger"] != nil {
      try self.init(short: event, content)
    } else {
      throw Refusal(
        "an event must be a CloudEvent with specversion, or have trigger and payload")
    }
  }

  private init(short event: JSONView, _ content: Content) throws(Refusal) {
    for member in event.members where !Self.shortMembers.contains(member.key) {
      throw Refusal(
        "unknown member '\(member.key)'; known are \(Self.shortMembers.joined(separator: ", "))")
    }
    let type = try Self.type(event["trigger"], "trigger", content)
    guard let payload = event["payload"], payload.kind == .object else {
      throw Refusal("payload must be an object")
    }
    try Self.checkSecrets(payload)
    try Self.check(payload, type)
    head = EventReceived.Head(.short)
    source = try Self.text("source", of: event) ?? ""
    subject = nil
    time = try Self.time(of: event)
    let key = try Self.text("key", of: event) ?? type.keyValue(in: payload)
    lane = Lane(key: key ?? source)
    try setSenderID(Self.text("id", of: event))
  }

  static let shortMembers = ["trigger", "payload", "key", "id", "source", "time"]

  private init(cloudEvent event: JSONView, _ content: Content) throws(Refusal) {
    guard event["specversion"]?.stringValue == "1.0" else {
      throw Refusal("specversion must be \"1.0\"")
    }
    let type = try Self.type(event["type"], "type", content)
    guard let id = try Self.text("id", of: event), !id.isEmpty else {
      throw Refusal("a CloudEvent must have id")
    }
    guard let source = try Self.text("source", of: event), !source.isEmpty else {
      throw Refusal("a CloudEvent must have source")
    }
    guard let payload = event["data"], payload.kind == .object else {
      throw Refusal("data must be an object")
    }
    try Self.checkSecrets(payload)
    try Self.check(payload, type)
    head = EventReceived.Head(.cloudEvent)
    head.senderID = id
    head.traceTag = try Self.text("tracetag", of: event)
    self.source = source
    subject = try Self.text("subject", of: event)
    time = try Self.time(of: event)
    let key = try Self.text("partitionkey", of: event) ?? subject
    lane = Lane(key: key ?? type.keyValue(in: payload) ?? source)
  }

  /// A request to a webhook. Its lane is the hook's: order is kept per hook.
  public init(hook: String, _ payload: JSONView, _ content: Content) throws(Refusal) {
    guard let triggers = content.hooks[hook] else {
      throw Refusal("no rule listens to the webhook '\(hook)'")
    }
    try Self.checkSecrets(payload)
    for trigger in triggers { try Self.check(payload, trigger.type) }
    head = EventReceived.Head(.webhook)
    head.hook = hook
    source = "webhooks/\(hook)"
    subject = nil
    time = nil
    lane = Lane(key: hook)
  }

  /// Takes the sender's name for the event; an empty one is none, or all such events would be one.
  public mutating func setSenderID(_ text: String?) throws(Refusal) {
    guard let text, !text.isEmpty else {
      head.senderID = nil
      return
    }
    guard text.utf8.count <= Self.textBytesMax else {
      throw Refusal("the event's id may have \(Self.textBytesMax) bytes")
    }
    head.senderID = text
  }

  /// Adds the event's record; `body` is the event as it arrived.
  public func add(
    to outgoing: inout Outgoing, id: String, takenAt: Instant, contentEnd: Int64,
    body: some Collection<UInt8>
  ) {
    var envelope = Envelope(
      id: head.senderID ?? id, type: EventReceived.type.description,
      source: source.isEmpty ? "petrel/api" : source, time: time ?? takenAt, lane: lane,
      subject: subject)
    envelope.contentEnd = contentEnd
    outgoing.add(.events, lane) { writer in
      envelope.write(into: &writer) { EventReceived.write(head, body: body, into: &$0) }
    }
  }

  private static func type(
    _ view: JSONView?, _ member: String, _ content: Content
  ) throws(Refusal) -> TriggerType {
    guard let ref = view?.stringValue else {
      throw Refusal("\(member) must be the reference of a trigger type, such as demo.alert")
    }
    guard let type = content.triggerTypes[ref] else {
      throw Refusal("there is no trigger type '\(ref)'")
    }
    return type
  }

  private static func checkSecrets(_ payload: JSONView) throws(Refusal) {
    guard !SecretHandle.isIn(payload) else { throw Refusal("the payload: \(SecretHandle.refusal)") }
  }

  private static func check(_ payload: JSONView, _ type: TriggerType) throws(Refusal) {
    let violations = type.violations(payload)
    guard violations.isEmpty else {
      throw Refusal(
        "the payload does not fit \(type.ref): \(violations.joined(separator: "; "))")
    }
  }

  private static func text(
    _ name: String, of event: JSONView
  ) throws(Refusal) -> String? {
    guard let member = event[name], !member.isNull else { return nil }
    guard let text = member.stringValue, text.utf8.count <= textBytesMax else {
      throw Refusal("\(name) must be a text of at most \(textBytesMax) bytes")
    }
    return text
  }

  private static func time(of event: JSONView) throws(Refusal) -> Instant? {
    guard let text = try text("time", of: event) else { return nil }
    guard let time = Instant(iso8601: text) else {
      throw Refusal("time must be an RFC 3339 instant, found '\(text)'")
    }
    return time
  }
}
