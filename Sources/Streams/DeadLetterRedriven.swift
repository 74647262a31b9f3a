public import JSON

/// Somebody has sent the input of a dead letter again. It stands in the topic of the letters and in
/// the append of the input that it is about, so neither is there without the other.
public struct DeadLetterRedriven: FactCoding, Equatable {
  /// What the letter is about.
  public let topic: String
  public let offset: Int64
  /// The letter's id.
  public let letter: String
  /// The id of the input that was appended.
  public let input: String
  /// Why, in the words of whoever asked for it.
  public let reason: String?

  public init(
    topic: String, offset: Int64, letter: String, input: String, reason: String? = nil
  ) {
    self.topic = topic
    self.offset = offset
    self.letter = letter
    self.input = input
    self.reason = reason
  }

  public var type: StaticString { "petrel.DeadLetterRedriven" }
  public var subject: String? { letter }

  public func write(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("topic")
    writer.value(topic)
    writer.key("offset")
    writer.value(Int(offset))
    writer.key("letter")
    writer.value(letter)
    writer.key("input")
    writer.value(input)
    if let reason {
      writer.key("reason")
      writer.value(reason)
    }
    writer.endObject()
  }

  public init(type: String, data: JSONView) throws(RecordError) {
    guard let topic = data["topic"]?.stringValue, let offset = data["offset"]?.intValue,
      let letter = data["letter"]?.stringValue, let input = data["input"]?.stringValue
    else {
      throw RecordError("a redriven dead letter must have topic, offset, letter and input")
    }
    self.topic = topic
    self.offset = Int64(offset)
    self.letter = letter
    self.input = input
    reason = data["reason"]?.stringValue
  }
}

/// What stands in the topic of the dead letters.
public enum DeadLetterFact: FactCoding {
  case letter(DeadLetter)
  case redriven(DeadLetterRedriven)

  private var fact: any FactCoding {
    switch self {
    case .letter(let letter): letter
    case .redriven(let redriven): redriven
    }
  }

  public var type: StaticString { fact.type }
  public var subject: String? { fact.subject }
  public func write(into writer: inout JSONWriter) { fact.write(into: &writer) }

  public init(type: String, data: JSONView) throws(RecordError) {
    switch type {
    case "petrel.DeadLettered": self = .letter(try DeadLetter(type: type, data: data))
    case "petrel.DeadLetterRedriven":
      self = .redriven(try DeadLetterRedriven(type: type, data: data))
    default:
      throw RecordError(
        "a record of dead-letters must be DeadLettered or DeadLetterRedriven, found '\(type)'")
    }
  }
}
