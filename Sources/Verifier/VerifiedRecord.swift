import Calendar
import JSON
import Streams

/// A record as the second opinion reads it: its own names for topics, its own reading of facts.
struct VerifiedRecord {
  let position: Position
  let time: Instant
  let id: String
  let type: String
  let lane: UInt8
  let cause: String?
  let data: JSONValue
  let source: String

  var topic: String { position.partition.topic.name }

  /// Nil: nobody can read it.
  init?(_ record: Record) {
    guard let event = try? JSONValue(parsing: Array(record.value), limits: Limits.json),
      let id = event["id"]?.stringValue, !id.isEmpty,
      let type = event["type"]?.stringValue, !type.isEmpty,
      let lane = event["lane"]?.intValue.flatMap({ UInt8(exactly: $0) }),
      event["version"]?.intValue ?? 1 == 1,
      event["time"]?.stringValue.flatMap({ Instant(iso8601: $0) }) != nil
    else { return nil }
    position = record.position
    time = record.time
    self.id = id
    self.type = type
    self.lane = lane
    cause = event["cause"]?.stringValue
    data = event["data"] ?? .null
    source = event["source"]?.stringValue ?? ""
  }

  /// Where the step began that recorded this; nil for what no step recorded.
  var root: RootPlace? { Identifier(id).map { RootPlace($0) } }
}

/// The input that a fact is named after.
struct RootPlace: Hashable {
  let lane: UInt8
  let topicNumber: UInt8
  let offset: UInt32
  let seconds: UInt32

  init(_ id: Identifier) {
    lane = id.lane.number
    topicNumber = id.topicNumber
    offset = id.offset
    seconds = id.seconds
  }

  init(_ position: Position, lane: UInt8, at time: Instant) {
    self.lane = lane
    topicNumber = position.partition.topic.number
    offset = UInt32(truncatingIfNeeded: position.offset)
    seconds = UInt32(truncatingIfNeeded: time.seconds)
  }
}
