import Automation
import JSON
import Streams

/// What the rules made of one event.
struct EventOutcome: Sendable {
  let line: Int
  let offset: Int64
  var triggerInstances: [Identifier] = []
  var decisions: [Decision] = []
  var duplicateOf: Identifier?
  var deadLetter: String?

  func write(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("line")
    writer.value(line)
    writer.key("offset")
    writer.value(Int(offset))
    writer.key("trigger_instance")
    if let id = triggerInstances.first { writer.value(id.description) } else { writer.null() }
    writer.key("decisions")
    writer.beginArray()
    for decision in decisions {
      writer.beginObject()
      writer.key("rule")
      writer.value(decision.rule)
      writer.key("outcome")
      writer.value(decision.outcome.rawValue)
      writer.key("reason")
      if let reason = decision.reason { writer.value(reason) } else { writer.null() }
      writer.endObject()
    }
    writer.endArray()
    if let duplicateOf {
      writer.key("duplicate_of")
      writer.value(duplicateOf.description)
    }
    if let deadLetter {
      writer.key("dead_letter")
      writer.value(deadLetter)
    }
    writer.endObject()
  }
}

/// Waits until the rules have decided about events that were taken in.
struct DecidedWait: Sendable {
  /// More events than this of one request are not waited for.
  static let eventsMax = 10_000
  static let limit = Duration.seconds(30)

  let log: any EventLog
  /// The group whose positions tell how far the engine is.
  let group: String

  /// The ends of what the engine records, taken before the events are appended.
  func begin() async throws(LogError) -> Positions {
    var ends: Positions = [:]
    for topic in [Topic.triggers, .decisions, .deadLetters] {
      for index in 0..<log.partitionCount(of: topic) {
        let partition = Partition(topic, index)
        ends[partition] = try await log.bounds(partition).end
      }
    }
    return ends
  }

  /// What became of the events; throws `unavailable` when that takes too long.
  func outcomes(
    of taken: [(line: Int, Appended)], since ends: Positions
  ) async throws(LogError) -> [EventOutcome] {
    var outcomes = taken.map { EventOutcome(line: $0.line, offset: $0.1.position.offset) }
    var places: [Int64: Int] = [:]
    for (place, outcome) in outcomes.enumerated() { places[outcome.offset] = place }
    guard let last = taken.map(\.1.position.offset).max() else { return [] }
    let deadline = ContinuousClock.now + Self.limit
    var positions = ends
    while true {
      let isDecided = try await hasDecided(taken, last)
      let batch = try await log.read(
        from: positions, to: .recorded, bytesMax: 8 << 20,
        wait: isDecided ? .zero : .milliseconds(100))
      positions = batch.positions
      for record in batch.records { Self.note(record, places, &outcomes) }
      if isDecided, batch.records.isEmpty { return outcomes }
      guard ContinuousClock.now < deadline else {
        throw .unavailable("the events are taken, but not decided within 30 s")
      }
    }
  }

  private func hasDecided(
    _ taken: [(line: Int, Appended)], _ last: Int64
  ) async throws(LogError) -> Bool {
    for index in Set(taken.map(\.1.position.partition.index)) {
      let committed = try await log.committed(group, partition: index)
      let partition = Partition(.events, index)
      let end =
        taken.filter { $0.1.position.partition == partition }
        .map(\.1.position.offset).max() ?? last
      if committed[partition] ?? 0 <= end { return false }
    }
    return true
  }

  private static func note(
    _ record: Record, _ places: [Int64: Int], _ outcomes: inout [EventOutcome]
  ) {
    guard let event = try? record.event(), let envelope = try? Envelope(event),
      let data = event["data"], let id = Identifier(envelope.id),
      id.topicNumber == Topic.events.number,
      let place = places.first(where: { UInt32(truncatingIfNeeded: $0.key) == id.offset })?.value
    else { return }
    switch record.position.partition.topic {
    case .triggers:
      switch try? TriggerFact(type: envelope.type, data: data) {
      case .recorded?: outcomes[place].triggerInstances.append(id)
      case .duplicated(let duplicate)?: outcomes[place].duplicateOf = duplicate.first
      case nil: return
      }
    case .decisions:
      guard case .made(let decision)? = try? DecisionFact(type: envelope.type, data: data) else {
        return
      }
      outcomes[place].decisions.append(decision)
    default:
      outcomes[place].deadLetter = (try? DeadLetter(type: envelope.type, data: data))?.reason
    }
  }
}
