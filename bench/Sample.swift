import Automation
import Calendar
import JSON
import Streams

/// The events and the content that the figures are about: alerts of 300 bytes with nine fields, and
/// rules with three criteria, equality on host and severity and a value above 90.
enum Sample {
  static let trigger = "bench.alert"

  /// How many events fit a rule.
  enum Share {
    case onePercent
    case every
  }

  /// The payload of event `number`, whose host is one of `hostCount`. Of those that fit no rule
  /// half fail at the severity, half at the value.
  static func payload(_ number: Int, hostCount: Int, _ share: Share) -> String {
    let isMatch = share == .every || number % 100 == 0
    let severity = isMatch || number % 2 == 0 ? "critical" : "warning"
    let value = isMatch || number % 2 == 1 ? 91 + number % 9 : number % 90
    // A factor prime to all counts of hosts, so that neighbours do not share a cache line.
    let host = number &* 7_919 % hostCount
    var text =
      #"{"i":\#(number),"host":"web\#(host)","severity":"\#(severity)","value":\#(value),"#
      + #""check":"disk","region":"eu-1","ts":"2026-05-01T12:00:00Z","#
      + #""tags":["prod","web","linux","rack7"],"message":""#
    text += String(repeating: "m", count: max(1, 298 - text.utf8.count)) + #""}"#
    return text
  }

  /// The short form as a client sends it, without a line's end.
  static func event(_ number: Int, hostCount: Int, _ share: Share, id: String? = nil) -> String {
    let name = id.map { #","id":"\#($0)","source":"bench""# } ?? ""
    return #"{"trigger":"\#(trigger)"\#(name),"payload":"#
      + payload(number, hostCount: hostCount, share) + "}"
  }

  // MARK: - content

  static func rule(_ number: Int) -> JSONValue {
    rule(
      "rule\(number)", trigger: ["type": .string(trigger)],
      criteria: [
        "trigger.host": ["type": "equals", "pattern": .string("web\(number)")],
        "trigger.severity": ["type": "equals", "pattern": "critical"],
        "trigger.value": ["type": "greaterthan", "pattern": 90],
      ], action: ["ref": "bench.noop"])
  }

  static func rule(
    _ name: String, trigger: JSONValue, criteria: JSONObject, action: JSONValue
  ) -> JSONValue {
    [
      "name": .string(name), "pack": "bench", "enabled": true, "type": ["ref": "standard"],
      "trigger": trigger, "criteria": .object(criteria), "action": action,
    ]
  }

  static func action(_ name: String, parameters: JSONObject = [:]) -> ContentFact {
    .recorded(
      .action, ref: "bench.\(name)",
      body: [
        "name": .string(name), "pack": "bench", "runner_type": "noop", "enabled": true,
        "parameters": .object(parameters),
      ])
  }

  /// The trigger type, an action that does nothing, and so many rules, as one change.
  static func content(ruleCount: Int, more: [ContentFact] = []) -> Outgoing {
    var facts: [ContentFact] = [
      .recorded(
        .triggerType, ref: trigger, body: ["name": "alert", "pack": "bench", "key": "host"]),
      .recorded(
        .triggerType, ref: "core.st2.webhook",
        body: ["name": "st2.webhook", "pack": "core"]),
      action("noop"),
    ]
    for number in 0..<ruleCount {
      facts.append(.recorded(.rule, ref: "bench.rule\(number)", body: rule(number)))
    }
    facts += more
    var outgoing = Outgoing()
    for fact in facts + [.changed(pack: "bench", count: facts.count)] {
      let envelope = Envelope(
        id: "c", type: fact.type.description, source: "bench", time: Instant.now(), lane: Lane(0))
      outgoing.add(.content, Lane(0)) { writer in
        envelope.write(into: &writer) { fact.write(into: &$0) }
      }
    }
    return outgoing
  }

  /// Content as it stands behind all records of the log's topic.
  static func fold(_ log: some EventLog) async throws -> ContentTable {
    var table = ContentTable()
    for record in try await records(.content, of: log) {
      try table.apply(record, record.event())
    }
    return table
  }

  /// All records of a topic, held in memory.
  static func records(_ topic: Topic, of log: some EventLog) async throws -> [Record] {
    var positions: Positions = [Partition(topic): 0]
    var records: [Record] = []
    while true {
      let batch = try await log.read(
        from: positions, to: .recorded, bytesMax: 8 << 20, wait: .zero)
      if batch.records.isEmpty { return records }
      records += batch.records
      positions = batch.positions
    }
  }

  /// Records of events as intake makes them.
  static func events(
    _ numbers: Range<Int>, hostCount: Int, _ share: Share, _ content: Content,
    hasIDs: Bool = false
  ) throws -> Outgoing {
    var outgoing = Outgoing()
    for number in numbers {
      let text = event(number, hostCount: hostCount, share, id: hasIDs ? "e\(number)" : nil)
      var draft = try EventDraft(JSONDocument(parsing: text).root, content)
      if hasIDs { draft.head.digest = "0123456789abcdef" }
      draft.add(
        to: &outgoing, id: "0123456789ab\(number)", takenAt: Instant.now(),
        contentEnd: content.end, body: Array(text.utf8))
    }
    return outgoing
  }

  static func append(
    _ numbers: Range<Int>, hostCount: Int, _ share: Share, hasIDs: Bool = false,
    to log: some EventLog
  ) async throws {
    let content = try await fold(log).content
    for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: 2_000) {
      _ = try await log.append(
        events(
          start..<min(start + 2_000, numbers.upperBound), hostCount: hostCount, share, content,
          hasIDs: hasIDs), .recorded)
    }
    try await log.sync()
  }
}
