public import JSON

/// What could not be understood or obeyed: the reason, who said so, where it stands, and as much of
/// it as helps to see what it was.
public struct DeadLetter: FactCoding {
  public static let textBytesMax = 4 << 10

  public let reason: String
  /// The processor, projection or sink that gave up.
  public let by: String
  /// Topic and offset of the root.
  public let topic: String
  public let offset: Int64
  /// The id of what could not be obeyed.
  public let input: String
  /// The beginning of the record's text.
  public let text: String

  public var type: StaticString { "petrel.DeadLettered" }
  public var subject: String? { input }

  public init(reason: String, by: String, input: Input) {
    self.reason = reason
    self.by = by
    topic = input.root.topic.name
    offset = input.root.offset
    self.input = input.id
    text = input.body.map { Self.beginning(of: Array($0.copy().text().utf8)[...]) } ?? ""
  }

  /// For a record that cannot be read at all.
  public init(reason: String, by: String, record: Record) {
    self.reason = reason
    self.by = by
    topic = record.position.partition.topic.name
    offset = record.position.offset
    input = record.position.description
    text = Self.beginning(of: record.value)
  }

  private static func beginning(of bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes.prefix(textBytesMax), as: UTF8.self)
  }

  public func write(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("reason")
    writer.value(reason)
    writer.key("by")
    writer.value(by)
    writer.key("topic")
    writer.value(topic)
    writer.key("offset")
    writer.value(Int(offset))
    writer.key("input")
    writer.value(input)
    writer.key("text")
    writer.value(text)
    writer.endObject()
  }

  public init(type: String, data: JSONView) throws(RecordError) {
    guard let reason = data["reason"]?.stringValue, let topic = data["topic"]?.stringValue,
      let offset = data["offset"]?.intValue
    else { throw RecordError("a dead letter must have reason, topic and offset") }
    self.reason = reason
    self.topic = topic
    self.offset = Int64(offset)
    by = data["by"]?.stringValue ?? ""
    input = data["input"]?.stringValue ?? ""
    text = data["text"]?.stringValue ?? ""
  }
}
