public import JSON
public import Streams

/// What the TriggerProcessor records.
public enum TriggerFact: FactCoding {
  /// A trigger instance: one occurrence of a trigger.
  case recorded(TriggerInstance)
  /// A second copy of an event: no trigger instance was made of it.
  case duplicated(Duplicate)

  public struct Duplicate: Sendable, Equatable {
    public let source: String
    public let senderID: String
    /// The id of the first copy's trigger instance.
    public let first: Identifier
    /// SHA-256 of both bodies, the first 16 hexadecimal digits of the one and, where they differ,
    /// 6 of the other; they differ when the sender used an id twice.
    public let digest: String
    public let firstDigest: String
  }

  public var type: StaticString {
    switch self {
    case .recorded: "petrel.TriggerRecorded"
    case .duplicated: "petrel.EventDuplicated"
    }
  }

  public var subject: String? {
    switch self {
    case .recorded(let instance): instance.trigger
    case .duplicated(let duplicate): duplicate.senderID
    }
  }

  public func write(into writer: inout JSONWriter) {
    writer.beginObject()
    switch self {
    case .recorded(let instance):
      instance.write(into: &writer)
    case .duplicated(let duplicate):
      writer.member("source", duplicate.source)
      writer.member("sender_id", duplicate.senderID)
      writer.member("first", duplicate.first)
      writer.member("digest", duplicate.digest)
      writer.member("first_digest", duplicate.firstDigest)
    }
    writer.endObject()
  }

  public init(type: String, data: JSONView) throws(RecordError) {
    switch type {
    case "petrel.TriggerRecorded":
      self = .recorded(try TriggerInstance(data))
    case "petrel.EventDuplicated":
      self = .duplicated(
        Duplicate(
          source: try data.text("source"), senderID: try data.text("sender_id"),
          first: try data.identifier("first"), digest: try data.text("digest"),
          firstDigest: try data.text("first_digest")))
    default:
      throw RecordError(
        "a trigger fact must be TriggerRecorded or EventDuplicated, found '\(type)'")
    }
  }
}

/// One occurrence of a trigger.
public struct TriggerInstance: Sendable {
  /// Above this many bytes a payload that stands in the event already is not stored again.
  public static let payloadBytesMax = 4 << 10

  /// Where the payload is.
  public enum Payload: Sendable {
    case view(JSONView)
    case value(JSONValue)
    /// In the event at this offset of topic `events`, partition of the lane; in the step that
    /// records it the view is at hand.
    case inEvent(offset: Int64, JSONView?)
  }

  /// Reference of the trigger: of its type, or for a trigger with parameters of its own.
  public let trigger: String
  /// Reference of the trigger type.
  public let triggerType: String
  public let payload: Payload
  /// What the sender called the event, and from where it came: for telling duplicates.
  public let source: String?
  public let senderID: String?
  public let digest: String?
  public let traceTag: String?
  /// The execution whose end caused it.
  public let execution: Identifier?

  public init(
    trigger: String, triggerType: String, payload: Payload, source: String? = nil,
    senderID: String? = nil, digest: String? = nil, traceTag: String? = nil,
    execution: Identifier? = nil
  ) {
    self.trigger = trigger
    self.triggerType = triggerType
    self.payload = payload
    self.source = source
    self.senderID = senderID
    self.digest = digest
    self.traceTag = traceTag
    self.execution = execution
  }

  func write(into writer: inout JSONWriter) {
    writer.member("trigger", trigger)
    writer.member("type", triggerType == trigger ? nil : triggerType)
    switch payload {
    case .view(let view):
      writer.key("payload")
      writer.value(view)
    case .value(let value):
      writer.member("payload", value)
    case .inEvent(let offset, _):
      writer.member("payload_in_event", Int(offset))
    }
    writer.member("source", source)
    writer.member("sender_id", senderID)
    writer.member("digest", digest)
    writer.member("trace_tag", traceTag)
    writer.member("execution", execution)
  }

  init(_ data: JSONView) throws(RecordError) {
    trigger = try data.text("trigger")
    triggerType = data.optionalText("type") ?? trigger
    if let offset = data["payload_in_event"]?.intValue {
      payload = .inEvent(offset: Int64(offset), nil)
    } else if let view = data["payload"] {
      payload = .view(view)
    } else {
      throw RecordError("a trigger instance must have payload or payload_in_event")
    }
    source = data.optionalText("source")
    senderID = data.optionalText("sender_id")
    digest = data.optionalText("digest")
    traceTag = data.optionalText("trace_tag")
    execution = data.optionalIdentifier("execution")
  }
}
