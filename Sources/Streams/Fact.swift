public import Calendar
public import JSON

/// What a processor records: typed in memory, bytes only at the log's edge.
/// The names and members of facts are the storage format: they are only ever added to.
public protocol FactCoding: Sendable {
  /// The CloudEvents type, past tense: `petrel.ExecutionRequested`.
  var type: StaticString { get }
  /// What the fact is about, such as an execution's id; nil for none.
  var subject: String? { get }
  /// What it is counted as among the facts of its topic, such as an outcome; nil: it is not.
  var countedAs: String? { get }
  /// Writes the value of `data`.
  func write(into writer: inout JSONWriter)
  /// Reads what `write` wrote, in any version that was ever written.
  init(type: String, data: JSONView) throws(RecordError)
}

extension FactCoding {
  public var subject: String? { nil }
  public var countedAs: String? { nil }
}

/// A fact with what the log knows of it.
public struct Recorded<Fact: FactCoding>: Sendable {
  public let fact: Fact
  public let id: Identifier
  /// The log time of the root.
  public let time: Instant
  public let lane: Lane
  public let cause: String?
  public let depth: Int

  public init(
    _ fact: Fact, id: Identifier, time: Instant, lane: Lane, cause: String? = nil, depth: Int = 0
  ) {
    self.fact = fact
    self.id = id
    self.time = time
    self.lane = lane
    self.cause = cause
    self.depth = depth
  }

  /// Reads a recorded fact from its parsed record.
  public init(_ event: JSONView) throws(RecordError) {
    let envelope = try Envelope(event)
    guard envelope.version == Envelope.version else {
      throw RecordError("\(envelope.type) has version \(envelope.version), known is 1")
    }
    guard let id = Identifier(envelope.id) else {
      throw RecordError("attribute id must be 24 hexadecimal digits, found '\(envelope.id)'")
    }
    guard let data = event["data"] else { throw RecordError("attribute data is missing") }
    self.init(
      try Fact(type: envelope.type, data: data), id: id, time: envelope.time, lane: envelope.lane,
      cause: envelope.cause, depth: envelope.depth)
  }
}
