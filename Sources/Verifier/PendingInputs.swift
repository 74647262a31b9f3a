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
  /// Events that are decided and not let go of yet.
  private var decided: [RootPlace] = []
  /// The events of each partition that no commit has passed, in their order from a start on.
  private var queues: [Partition: (roots: [(offset: Int64, root: RootPlace)], start: Int)] = [:]
  /// For each lane and topic the highest offset, so that the name of an input can be believed.
  private var highest: [Int: UInt32] = [:]

  mutating func add(_ record: VerifiedRecord) {
    let root = RootPlace(record.position, lane: record.lane, at: record.time)
    highest[key(root)] = max(highest[key(root)] ?? 0, root.offset)
    guard record.topic == "events" else { return }
    queues[record.position.partition, default: ([], 0)].roots.append(
      (record.position.offset, root))
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

  mutating func markDecided(_ root: RootPlace) {
    events[root]?.isDecided = true
    decided.append(root)
  }

  mutating func markDeadLettered(_ topic: String, _ offset: Int) {
    for (root, event) in events
    where event.position.offset == Int64(offset) && event.position.partition.topic.name == topic {
      markDecided(root)
    }
    for position in unreadable.keys
    where position.offset == Int64(offset) && position.partition.topic.name == topic {
      unreadable[position] = true
    }
  }

  /// Lets go of what is decided; gives the places of what was taken without a trace.
  mutating func close(_ consumed: Positions) -> [String] {
    var passed: [String] = []
    for root in decided { events[root] = nil }
    decided = []
    for (partition, taken) in consumed {
      guard var queue = queues.removeValue(forKey: partition) else { continue }
      while queue.start < queue.roots.count, queue.roots[queue.start].offset < taken {
        if let event = events.removeValue(forKey: queue.roots[queue.start].root) {
          passed.append(event.position.description)
        }
        queue.start += 1
      }
      if queue.start * 2 > queue.roots.count {
        queue.roots.removeFirst(queue.start)
        queue.start = 0
      }
      queues[partition] = queue
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
  private var seen: [String: (id: String, time: Instant, number: Int)] = [:]
  /// How many ids were seen, and how many are kept before the old ones are let go of.
  private var seenCount = 0
  private var keptMax = 1_024

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

  /// Gives the trigger instance of an earlier copy that the engine must not have forgotten.
  mutating func note(
    _ source: String, _ senderID: String, _ id: String, at time: Instant, _ window: SenderWindow
  ) -> String? {
    seenCount += 1
    let before = seen.updateValue((id, time, seenCount), forKey: key(source, senderID))
    if seen.count > keptMax {
      seen = seen.filter {
        $0.value.time > time - .seconds(2 * window.seconds)
          && $0.value.number > seenCount - 2 * window.idsMax
      }
      keptMax = max(1_024, 2 * seen.count)
    }
    guard let before, before.time > time - .seconds(window.seconds),
      before.number > seenCount - window.idsMax
    else { return nil }
    return before.id
  }

  private func key(_ source: String, _ senderID: String) -> String {
    "\(source.utf8.count) \(source)\(senderID)"
  }
}

/// How long two events of one sender's id are surely the same event: the engine forgets the oldest
/// ids of a lane when they are old or many.
struct SenderWindow {
  let seconds: Int64
  let idsMax: Int
}
