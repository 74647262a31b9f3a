public import Calendar
public import JSON
public import Streams
import Threads

/// A clock that tests turn by hand.
public final class HandClock: Sendable {
  private let time: Locked<Instant>
  public init(_ time: Instant = Instant(seconds: 1_790_000_000)) { self.time = Locked(time) }
  public var now: Instant { time.withLock { $0 } }
  public func advance(_ duration: Duration) { time.withLock { $0 = $0 + duration } }
}

extension Outgoing {
  /// Adds an event as intake would, its data given as JSON text.
  public mutating func addEvent(
    _ data: String, lane: UInt8 = 0, id: String = "e", topic: Topic = .testEvents
  ) {
    let envelope = Envelope(
      id: id, type: "test.Event", source: "/test", time: Instant(seconds: 1_790_000_000),
      lane: Lane(lane))
    add(topic, Lane(lane)) { writer in
      envelope.write(into: &writer) { $0.raw(Array(data.utf8)) }
    }
  }
}

extension EventLog {
  public func appendEvents(
    _ data: [String], lane: UInt8 = 0, topic: Topic = .testEvents,
    _ durability: Durability = .synced
  ) async throws(LogError) -> [Appended] {
    var outgoing = Outgoing()
    for text in data { outgoing.addEvent(text, lane: lane, topic: topic) }
    return try await append(outgoing, durability)
  }

  /// All records of a topic's partition up to the recorded end, parsed.
  public func all(_ topic: Topic, _ partition: Int = 0) async throws -> [JSONValue] {
    try await records(topic, partition).map { try JSONValue(parsing: Array($0.value)) }
  }

  public func records(
    _ topic: Topic, _ partition: Int = 0
  ) async throws(LogError) -> [Record] {
    let place = Partition(topic, partition)
    var positions: Positions = [place: try await bounds(place).first]
    var records: [Record] = []
    while true {
      let batch = try await read(
        from: positions, to: .recorded, bytesMax: 1 << 20, wait: .zero)
      if batch.records.isEmpty { return records }
      records += batch.records
      positions = batch.positions
    }
  }
}
