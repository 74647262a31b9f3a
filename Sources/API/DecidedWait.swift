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
  /// False: it is taken, but nobody waited until the rules were through with it.
  var isDecided = true

  func write(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("line")
    writer.value(line)
    writer.key("offset")
    writer.value(Int(offset))
    if !isDecided {
      writer.key("decided")
      writer.value(false)
    }
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
  let log: any EventLog
  /// The group whose positions tell how far the engine is.
  let group: String
  /// How long a request is kept waiting.
  var limit = Duration.seconds(30)

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

  /// What became of the events. Those that were not decided in time are told as open: they are
  /// taken all the same, and nobody must send them again.
  func outcomes(
    of taken: [(line: Int, Appended)], since ends: Positions
  ) async -> [EventOutcome] {
    var gathering = OutcomeGathering(taken, partitionCount: log.partitionCount(of: .events))
    do {
      guard try await gather(into: &gathering, since: ends) else {
        return gathering.marked(try await committed(gathering))
      }
      return gathering.outcomes
    } catch {
      return gathering.marked([:])
    }
  }

  /// False: the time was up. Others' records come all the while; once the events are decided, only
  /// what stood there in that moment is read.
  private func gather(
    into gathering: inout OutcomeGathering, since ends: Positions
  ) async throws(LogError) -> Bool {
    let deadline = ContinuousClock.now + limit
    var positions = ends
    var wanted: Positions?
    while true {
      if wanted == nil, gathering.isDecided(try await committed(gathering)) {
        wanted = try await begin()
      }
      if let wanted, wanted.allSatisfy({ positions[$0.key] ?? 0 >= $0.value }) { return true }
      guard ContinuousClock.now < deadline else { return false }
      let batch = try await log.read(
        from: positions, to: .recorded, bytesMax: 8 << 20, wait: .milliseconds(100))
      positions = batch.positions
      for record in batch.records { gathering.note(record) }
    }
  }

  private func committed(_ gathering: OutcomeGathering) async throws(LogError) -> Positions {
    var committed: Positions = [:]
    for partition in gathering.lastOffsets.keys {
      committed[partition] =
        try await log.committed(group, partition: partition.index)[partition] ?? 0
    }
    return committed
  }
}

/// The outcomes of events, as the records that tell them come in.
struct OutcomeGathering {
  /// An event as the ids of what follows from it name it.
  private struct Place: Hashable {
    let partition: Int
    let offset: UInt32
  }

  private(set) var outcomes: [EventOutcome]
  /// For each partition of the events the last one of them.
  let lastOffsets: [Partition: Int64]
  private let partitions: [Partition]
  private let partitionCount: Int
  private let places: [Place: Int]

  init(_ taken: [(line: Int, Appended)], partitionCount: Int) {
    outcomes = taken.map { EventOutcome(line: $0.line, offset: $0.1.position.offset) }
    partitions = taken.map { $0.1.position.partition }
    self.partitionCount = partitionCount
    var places: [Place: Int] = [:]
    var lastOffsets: [Partition: Int64] = [:]
    for (number, event) in taken.enumerated() {
      let (partition, offset) = (event.1.position.partition, event.1.position.offset)
      let place = Place(
        partition: partition.index, offset: UInt32(truncatingIfNeeded: offset))
      places[place] = number
      lastOffsets[partition] = max(lastOffsets[partition] ?? 0, offset)
    }
    self.places = places
    self.lastOffsets = lastOffsets
  }

  /// Whether the engine is through with all of them.
  func isDecided(_ committed: Positions) -> Bool {
    lastOffsets.allSatisfy { committed[$0.key] ?? 0 > $0.value }
  }

  /// The outcomes, with those marked that the engine is not through with.
  func marked(_ committed: Positions) -> [EventOutcome] {
    zip(outcomes, partitions).map { outcome, partition in
      var outcome = outcome
      outcome.isDecided = committed[partition] ?? 0 > outcome.offset
      return outcome
    }
  }

  /// Takes in a record of triggers, decisions or dead letters; most are other events'.
  mutating func note(_ record: Record) {
    guard let event = try? record.event(), let envelope = try? Envelope(event),
      let data = event["data"], let id = Identifier(envelope.id),
      id.topicNumber == Topic.events.number,
      let number = places[
        Place(partition: id.lane.partition(of: partitionCount), offset: id.offset)]
    else { return }
    switch record.position.partition.topic {
    case .triggers:
      switch try? TriggerFact(type: envelope.type, data: data) {
      case .recorded?: outcomes[number].triggerInstances.append(id)
      case .duplicated(let duplicate)?: outcomes[number].duplicateOf = duplicate.first
      case nil: return
      }
    case .decisions:
      guard case .made(let decision)? = try? DecisionFact(type: envelope.type, data: data) else {
        return
      }
      outcomes[number].decisions.append(decision)
    default:
      outcomes[number].deadLetter = (try? DeadLetter(type: envelope.type, data: data))?.reason
    }
  }
}
