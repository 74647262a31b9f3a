public import Calendar
public import JSON
public import Streams

/// Which worker was alive when, and in which incarnation: the fold of topic `workers`.
public struct WorkersTable: Table {
  public struct Seen: Sendable, Equatable {
    public let incarnation: String
    public let at: Instant
    public let running: Int
  }

  public static let topic = Topic.workers
  public private(set) var seen: [String: Seen] = [:]

  public init() {}

  public mutating func apply(_ record: Record, _ event: JSONView) throws(RecordError) {
    guard let data = event["data"] else { throw RecordError("attribute data is missing") }
    let fact = try WorkerSeen(type: "", data: data)
    seen[fact.name.worker] = Seen(
      incarnation: fact.name.incarnation, at: record.time, running: fact.running)
  }
}
