import Calendar
import JSON
import Streams

/// A second opinion on a log: small, slow, and without a line of the engine. It is given what was
/// written, commit by commit in the log's order, and says what must not be.
///
/// It holds what is open only: inputs that are not taken yet, executions that have not ended, the
/// ids of senders within `window`.
public struct Verifier {
  private let window: SenderWindow
  private var content = ContentHistory()
  private var inputs = PendingInputs()
  private var lanes = [LaneOpinion](repeating: LaneOpinion(), count: 256)
  private var executions = ExecutionsOpinion()
  public private(set) var violations: [Violation] = []
  public private(set) var decisionCount = 0
  /// Decisions of rules that use what this opinion does not know.
  public private(set) var unjudgedCount = 0
  public private(set) var executionCount = 0

  /// - Parameters:
  ///   - windowSeconds: how long two events of one sender's id are the same event. The engine may
  ///     forget a segment of ten minutes earlier.
  ///   - idsMax: how many ids of a lane it surely remembers.
  public init(windowSeconds: Int64 = 86_400 - 600, idsMax: Int = 32_768) {
    window = SenderWindow(seconds: windowSeconds, idsMax: idsMax)
  }

  /// Gives what was found and forgets it.
  public mutating func drainViolations() -> [Violation] {
    defer { violations = [] }
    return violations
  }

  public mutating func take(_ written: Written) {
    var records: [VerifiedRecord] = []
    var unreadable: [Record] = []
    for record in written.records {
      if let read = VerifiedRecord(record) {
        records.append(read)
      } else {
        unreadable.append(record)
      }
    }
    for record in records where record.topic == "content" {
      content.take(
        record.type, record.data, offset: record.position.offset, at: record.time)
    }
    for record in records where PendingInputs.topics.contains(record.topic) {
      inputs.add(record)
      if record.topic == "results" { executions.takeReport(record, &violations) }
    }
    for record in records where record.topic == "workers" { executions.takeSign(record) }
    for record in unreadable { inputs.addUnreadable(record) }
    checkNames(records)
    takeTicks(records)
    takeTriggers(records)
    takeDeadLetters(records)
    takeExecutions(records)
    closeInputs(written.consumed)
  }

  /// What is still open although all is said to be worked off.
  public mutating func finish() {
    for place in inputs.openPlaces {
      report(.liveness, place, "this input was never taken")
    }
    violations += executions.openViolations
  }

  private mutating func report(
    _ invariant: Violation.Invariant, _ place: String, _ found: String
  ) {
    violations.append(Violation(invariant, at: place, found))
  }

  // MARK: - Names

  private static let outputs: Set<String> = [
    "triggers", "decisions", "executions", "workflows", "work", "letters", "ticks",
  ]

  /// Ids are made of positions that exist, and grow within lane and topic.
  private mutating func checkNames(_ records: [VerifiedRecord]) {
    var names: Set<String> = []
    for record in records where Self.outputs.contains(record.topic) {
      guard let id = Identifier(record.id) else {
        // A letter is an input, too: somebody else may have written it.
        if record.topic != "letters" {
          report(.prefix, record.id, "what a step recorded must be named after its input")
        }
        continue
      }
      if !names.insert(record.id).inserted {
        report(.prefix, record.id, "two records of one commit have this id")
      }
      // A letter stands on the lane that it goes to, and is named after the one it comes from.
      let isAway = record.topic == "letters"
      if !isAway, id.lane.number != record.lane {
        report(.prefix, record.id, "named after lane \(id.lane.number), on lane \(record.lane)")
      }
      if !lanes[Int(id.lane.number)].advance(record.position.partition, id) {
        report(.order, record.id, "recorded in \(record.topic) again, or behind a later one")
      }
      if record.topic != "ticks", id.topicNumber != 4, !inputs.wasSeen(RootPlace(id)) {
        report(.prefix, record.id, "named after an input that is not there")
      }
    }
  }

  private mutating func takeTicks(_ records: [VerifiedRecord]) {
    for record in records where record.topic == "ticks" {
      let count = record.data["count"]?.intValue ?? -1
      if count != lanes[Int(record.lane)].tickCount {
        report(
          .timers, record.id,
          "tick \(count) of its lane, expected \(lanes[Int(record.lane)].tickCount)")
      }
      lanes[Int(record.lane)].tickCount = count + 1
      let deadline = record.data["deadline"]?.stringValue.flatMap { Instant(iso8601: $0) }
      guard let deadline, deadline <= record.time else {
        report(.timers, record.id, "ticked before its deadline")
        continue
      }
      if deadline < lanes[Int(record.lane)].tickedAt {
        // A deadline may fall behind the last tick only where it was not known then.
        continue
      }
      lanes[Int(record.lane)].tickedAt = deadline
    }
  }

  // MARK: - Events and trigger instances

  private mutating func takeTriggers(_ records: [VerifiedRecord]) {
    var decisions: [String: [VerifiedRecord]] = [:]
    for record in records where record.topic == "decisions" {
      decisions[record.data["trigger"]?.stringValue ?? "", default: []].append(record)
    }
    for record in records where record.topic == "triggers" {
      guard let root = record.root else { continue }
      let event = root.topicNumber == 0 ? inputs.event(root) : nil
      if root.topicNumber == 0, event == nil {
        report(.decisions, record.id, "made of an event that is not there, or taken before")
        continue
      }
      switch record.type {
      case "petrel.TriggerRecorded": takeTrigger(record, event, &decisions)
      case "petrel.EventDuplicated": takeDuplicate(record, event)
      default: report(.prefix, record.id, "unknown fact \(record.type)")
      }
      if event != nil { inputs.markDecided(root) }
    }
    for (trigger, left) in decisions where !left.isEmpty {
      report(.decisions, left[0].id, "about the trigger instance \(trigger), not of this commit")
    }
  }

  private mutating func takeTrigger(
    _ record: VerifiedRecord, _ event: PendingEvent?,
    _ decisions: inout [String: [VerifiedRecord]]
  ) {
    let payload = record.data["payload"] ?? event?.payload ?? .null
    if let event {
      if record.data["payload"] != nil, event.payload != payload {
        report(.decisions, record.id, "its payload is not the event's")
      }
      if let senderID = event.senderID, !event.isDecided {
        let first = lanes[Int(record.lane)].note(
          event.source, senderID, record.id, at: record.time, window)
        if let first {
          report(.acknowledged, record.id, "of an event that \(first) was made of already")
        }
      }
    }
    judge(
      record, payload, hook: event?.hook, from: event?.time ?? record.time,
      decisions.removeValue(forKey: record.id) ?? [])
  }

  private mutating func takeDuplicate(_ record: VerifiedRecord, _ event: PendingEvent?) {
    guard let event, let senderID = event.senderID else {
      return report(.acknowledged, record.id, "an event without a sender's id has no duplicate")
    }
    let first = lanes[Int(record.lane)].first(event.source, senderID)
    if first == nil || first != record.data["first"]?.stringValue {
      report(.acknowledged, record.id, "there was no such event before")
    }
  }

  /// Compares what was decided with what the rules in force make of it.
  private mutating func judge(
    _ record: VerifiedRecord, _ payload: JSONValue, hook: String?, from start: Instant,
    _ decisions: [VerifiedRecord]
  ) {
    let type = record.data["type"]?.stringValue ?? record.data["trigger"]?.stringValue ?? ""
    decisionCount += decisions.count
    var found: String?
    for version in content.versions(from: start, to: record.time) {
      let opinion = DecisionsOpinion(type, hook, payload, version)
      guard let difference = opinion.difference(to: decisions) else {
        unjudgedCount += opinion.unjudgedCount
        found = nil
        break
      }
      found = difference
    }
    if let found { report(.decisions, record.id, found) }
    for decision in decisions where decision.data["outcome"]?.stringValue == "fired" {
      executions.expect(decision)
    }
  }

  private mutating func takeDeadLetters(_ records: [VerifiedRecord]) {
    for record in records where record.type == "petrel.DeadLettered" {
      guard let topic = record.data["topic"]?.stringValue,
        let offset = record.data["offset"]?.intValue
      else { continue }
      inputs.markDeadLettered(topic, offset)
    }
  }

  // MARK: - Executions

  private mutating func takeExecutions(_ records: [VerifiedRecord]) {
    for record in records where record.topic == "work" {
      executions.takeWork(record, &violations)
    }
    for record in records where record.topic == "executions" {
      let versions = content.versions(from: record.time, to: record.time)
      executions.take(record, repeatable: versions.last?.repeatable ?? [], &violations)
      if record.type == "petrel.ExecutionRequested" { executionCount += 1 }
    }
    executions.closeCommit(&violations)
  }

  /// Inputs that a commit says were taken must have led to something, where they must.
  private mutating func closeInputs(_ consumed: Positions) {
    for place in inputs.close(consumed) {
      report(.decisions, place, "this event was passed over: no trigger instance, no dead letter")
    }
  }
}
