public import Calendar
public import JSON

/// What a record says about itself: the attributes of a structured CloudEvent, in which every value
/// in the log is written. Petrel's own attributes are `lane`, `version` (the major version of the
/// data), `cause` (the id that it follows from) and `depth` (how many hops of cause lie behind it).
public struct Envelope: Sendable {
  public static let version = 1

  public var id: String
  public var type: String
  public var source: String
  /// For facts the log time of the root; for inputs what the sender claimed, or when the edge took
  /// it.
  public var time: Instant
  public var subject: String?
  public var lane: Lane
  public var version: Int
  public var cause: String?
  public var depth: Int
  public var contentEnd: Int64?

  public init(
    id: String, type: String, source: String, time: Instant, lane: Lane, subject: String? = nil,
    cause: String? = nil, depth: Int = 0
  ) {
    self.id = id
    self.type = type
    self.source = source
    self.time = time
    self.subject = subject
    self.lane = lane
    self.version = Self.version
    self.cause = cause
    self.depth = depth
  }
}

/// Why a record could not be understood. `text` names the attribute, what was expected and found.
public struct RecordError: Error, CustomStringConvertible, Equatable {
  public let text: String
  public init(_ text: String) { self.text = text }
  public var description: String { text }
}

extension Envelope {
  /// Reads the attributes of a parsed record.
  public init(_ event: JSONView) throws(RecordError) {
    guard event.kind == .object else {
      throw RecordError("a record must be a JSON object, found \(event.kind)")
    }
    id = try Self.text("id", of: event)
    type = try Self.text("type", of: event)
    source = event["source"]?.stringValue ?? ""
    subject = event["subject"]?.stringValue
    cause = event["cause"]?.stringValue
    // Who writes records by himself does not escape the limit on causation.
    depth = min(max(0, event["depth"]?.intValue ?? 0), Limits.depthMax)
    contentEnd = event["contentend"]?.intValue.map(Int64.init)
    version = event["version"]?.intValue ?? Self.version
    guard let number = event["lane"]?.intValue, let lane = UInt8(exactly: number) else {
      throw RecordError("attribute lane must be an integer from 0 to 255")
    }
    self.lane = Lane(lane)
    let claimed = event["time"]?.stringValue ?? ""
    guard let time = Instant(iso8601: claimed) else {
      throw RecordError("attribute time must be an RFC 3339 instant, found '\(claimed)'")
    }
    self.time = time
  }

  private static func text(_ name: String, of event: JSONView) throws(RecordError) -> String {
    guard let text = event[name]?.stringValue, !text.isEmpty else {
      throw RecordError("attribute \(name) must be a text that is not empty")
    }
    return text
  }

  /// Writes one record: the attributes, then what `data` writes as the value of `data`.
  public func write(into writer: inout JSONWriter, data: (inout JSONWriter) -> Void) {
    writer.beginObject()
    writer.key("specversion")
    writer.value("1.0" as StaticString)
    writer.key("id")
    writer.value(id)
    writer.key("type")
    writer.value(type)
    writer.key("source")
    writer.value(source)
    writer.key("time")
    writer.time(time)
    if let subject {
      writer.key("subject")
      writer.value(subject)
    }
    writer.key("lane")
    writer.value(Int(lane.number))
    writer.key("version")
    writer.value(version)
    if let cause {
      writer.key("cause")
      writer.value(cause)
    }
    if let contentEnd {
      writer.key("contentend")
      writer.value(Int(contentEnd))
    }
    if depth != 0 {
      writer.key("depth")
      writer.value(depth)
    }
    writer.key("data")
    data(&writer)
    writer.endObject()
  }
}

extension JSONWriter {
  /// Writes an instant as text, RFC 3339 with microseconds.
  public mutating func time(_ time: Instant) {
    value(time.iso8601)
  }

  /// Writes an identifier as text.
  public mutating func identifier(_ id: Identifier) {
    value(id.description)
  }
}
