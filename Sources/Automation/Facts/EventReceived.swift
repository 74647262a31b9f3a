public import JSON
public import Streams

/// What arrived from outside, as it arrived. Written by sources and the API, read by the
/// TriggerProcessor.
public struct EventReceived: Sendable {
  public enum Form: String, Sendable {
    /// `{trigger, payload, key?, id?, source?, time?}`.
    case short
    /// A structured CloudEvent; `type` is the trigger type's reference, `data` the payload.
    case cloudEvent = "cloudevent"
    /// A request to a webhook: `{headers, headers_lower, body}` and the hook's URL.
    case webhook
  }

  public static let type: StaticString = "petrel.EventReceived"

  public let form: Form
  /// The webhook's URL.
  public let hook: String?
  /// The sender's name for the event, where it gave one: with the source it tells duplicates.
  public let senderID: String?
  /// SHA-256 of the body, first 16 hexadecimal digits, where there is a sender's id.
  public let digest: String?
  public let traceTag: String?
  public let body: JSONView

  /// Reads the data of a record.
  public init(_ data: JSONView) throws(RecordError) {
    let name = try data.text("form")
    guard let form = Form(rawValue: name) else {
      throw RecordError("member form must be short, cloudevent or webhook, found '\(name)'")
    }
    guard let body = data["body"] else { throw RecordError("member body is missing") }
    self.form = form
    self.body = body
    hook = data.optionalText("hook")
    senderID = data.optionalText("sender_id")
    digest = data.optionalText("digest")
    traceTag = data.optionalText("trace_tag")
  }

  /// What the edge knows of an event beside its body.
  public struct Head: Sendable {
    public var form: Form
    public var hook: String?
    public var senderID: String?
    public var digest: String?
    public var traceTag: String?

    public init(_ form: Form) { self.form = form }
  }

  /// Writes the data of a record; `body` is JSON text.
  public static func write(
    _ head: Head, body: some Collection<UInt8>, into writer: inout JSONWriter
  ) {
    writer.beginObject()
    writer.member("form", head.form.rawValue)
    writer.member("hook", head.hook)
    writer.member("sender_id", head.senderID)
    writer.member("digest", head.digest)
    writer.member("trace_tag", head.traceTag)
    writer.key("body")
    writer.raw(body)
    writer.endObject()
  }
}

extension EventReceived {
  /// The payload as the event's form has it; nil where it is malformed.
  public var payload: JSONView? {
    switch form {
    case .webhook: body
    case .short: body["payload"]
    case .cloudEvent: body["data"]
    }
  }

  /// The trigger type that it names; nil for a webhook, whose triggers the rules make.
  public var triggerType: String? {
    switch form {
    case .webhook: nil
    case .short: body["trigger"]?.stringValue
    case .cloudEvent: body["type"]?.stringValue
    }
  }
}
