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
    traceTag = data.optionalText("trace_tag")
  }

  /// Writes the data of a record; `body` is JSON text.
  public static func write(
    _ form: Form, hook: String? = nil, senderID: String? = nil, traceTag: String? = nil,
    body: some Collection<UInt8>, into writer: inout JSONWriter
  ) {
    writer.beginObject()
    writer.member("form", form.rawValue)
    writer.member("hook", hook)
    writer.member("sender_id", senderID)
    writer.member("trace_tag", traceTag)
    writer.key("body")
    writer.raw(body)
    writer.endObject()
  }
}
