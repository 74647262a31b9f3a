import Calendar
import JSON
import Streams

/// An event that awaits its trigger instances.
struct PendingEvent {
  let position: Position
  let time: Instant
  let source: String
  let senderID: String?
  let hook: String?
  let payload: JSONValue
  var isDecided = false
}

/// Inputs that were appended and not taken yet, and how far each topic's inputs are known.
struct PendingInputs {
  static let topics: Set<String> = ["events", "commands", "results", "letters"]

  private var events: [RootPlace: PendingEvent] = [:]
  private var unreadable: [Position: Bool] = [:]
  /// For each lane and topic the highest offset, so that the name of an input can be believed.
  private var highest: [Int: UInt32] = [:]

  mutating func add(_ record: VerifiedRecord) {
    let root = RootPlace(record.position, lane: record.lane, at: record.time)
    highest[key(root)] = max(highest[key(root)] ?? 0, root.offset)
    guard record.topic == "events" else { return }
    let data = record.data
    let body = data["body"] ?? .null
    let form = data["form"]?.stringValue
    let inner =
      form == "webhook"
      ? body
      : form == "cloudevent"
        ? body["data"] ?? .null
        : body["payload"] ?? .null
    events[root] = PendingEvent(
      position: record.position, time: record.time,
      source: form == "webhook"
        ? record.source : body["source"]?.stringValue ?? record.source,
      senderID: data["sender_id"]?.stringValue,
      hook: data["hook"]?.stringValue.map(RuleOpinion.hookName), payload: inner)
  }

  mutating func addUnreadable(_ record: Record) {
    guard Self.topics.contains(record.position.partition.topic.name) else { return }
    unreadable[record.position] = false
    // Nobody knows its lane; its dead letter is named after lane 0.
    let root = RootPlace(record.position, lane: 0, at: record.time)
    highest[key(root)] = max(highest[key(root)] ?? 0, root.offset)
  }

  private func key(_ root: RootPlace) -> Int { Int(root.lane) << 8 | Int(root.topicNumber) }

  func wasSeen(_ root: RootPlace) -> Bool { highest[key(root)].map { $0 >= root.offset } ?? false }

  func event(_ root: RootPlace) -> PendingEvent? { events[root] }

  mutating func markDecided(_ root: RootPlace) { events[root]?.isDecided = true }

  mutating func markDeadLettered(_ topic: String, _ offset: Int) {
    for (root, event) in events
    where event.position.offset == Int64(offset) && event.position.partition.topic.name == topic {
      events[root]?.isDecided = true
    }
    for position in unreadable.keys
    where position.offset == Int64(offset) && position.partition.topic.name == topic {
      unreadable[position] = true
    }
  }

  /// Lets go of what is decided; gives the places of what was taken without a trace.
  mutating func close(_ consumed: Positions) -> [String] {
    var passed: [String] = []
    for (root, event) in events {
      let position = event.position
      if !event.isDecided {
        guard let taken = consumed[position.partition], taken > position.offset else { continue }
        passed.append(position.description)
      }
      events[root] = nil
    }
    for (position, isDecided) in unreadable {
      if !isDecided {
        guard let taken = consumed[position.partition], taken > position.offset else { continue }
        passed.append(position.description)
      }
      unreadable[position] = nil
    }
    return passed.sorted()
  }

  var openPlaces: [String] {
    (events.values.map(\.position) + unreadable.keys).map(\.description).sorted()
  }
}

/// What must grow within a lane, and the senders' ids that it has seen.
struct LaneOpinion {
  var tickCount = 0
  var tickedAt = Instant(seconds: 0)
  private var last: [String: (offset: UInt32, ordinal: UInt32)] = [:]
  private var seen: [String: (id: String, time: Instant)] = [:]

  /// False when the id does not come after the last one of its kind.
  /// Letters and work go to several partitions, each with an order of its own.
  mutating func advance(_ partition: Partition, _ id: Identifier) -> Bool {
    let key = "\(partition) \(id.topicNumber)"
    let next = (id.offset, id.ordinal)
    if let last = last[key], next <= (last.offset, last.ordinal) { return false }
    last[key] = next
    return true
  }

  func first(_ source: String, _ senderID: String) -> String? { seen[key(source, senderID)]?.id }

  /// Gives the trigger instance of an earlier copy within the window.
  mutating func note(
    _ source: String, _ senderID: String, _ id: String, at time: Instant, _ window: Int64
  ) -> String? {
    let before = seen.updateValue((id, time), forKey: key(source, senderID))
    guard let before, before.time > time - .seconds(window) else { return nil }
    return before.id
  }

  private func key(_ source: String, _ senderID: String) -> String {
    "\(source.utf8.count) \(source)\(senderID)"
  }
}
