import Automation
import Calendar
import Connectors
import HTTPServer
import JSON
import Streams

/// `GET /api/v2/explain/{trigger instance}?rule=REF`: why rules did or did not fire. What was
/// decided at the time is shown as it was recorded; the criteria, and the rules that the index did
/// not have to look at, are taken anew on the payload, as the rules are now.
struct ExplainRoutes: Sendable {
  /// Rules that one answer holds; more are counted.
  static let rulesMax = 1_000
  /// Decisions of one trigger instance that are looked at.
  static let decisionsMax = 10_000

  let content: ContentFollower
  let view: View
  let instances: TriggerInstanceRoutes
  let freshness: Freshness

  func register(on server: HTTPServer) {
    server.serve(.get, "/api/v2/explain/{id}") { try await self.explain($0) }
  }

  private func explain(_ request: Request) async throws -> Response {
    let id = request.parameter("id") ?? ""
    let instance = try await instances.row(id)
    if let identifier = Identifier(id) {
      try await freshness.catchUp(DecisionProjection(), lane: identifier.lane)
      try await freshness.catchUp(ExecutionProjection(), lane: identifier.lane)
    }
    let decisions = try await decisions(about: instance.id)
    let content = content.content
    let explanation = Explanation(instance: instance, decisions: decisions, content: content)
    let rules: [RuleExplanation]
    var omitted = 0
    if let ref = request.query["rule"] {
      rules = [try explanation.rule(ref)]
    } else {
      let refs = explanation.refs
      omitted = max(0, refs.count - Self.rulesMax)
      rules = try refs.prefix(Self.rulesMax).map { ref throws(Fault) in
        try explanation.rule(ref)
      }
    }
    return .json { writer in
      writer.beginObject()
      writer.key("trigger_instance")
      instance.document.write(into: &writer)
      writer.key("rules")
      writer.beginArray()
      for rule in rules { rule.document.write(into: &writer) }
      writer.endArray()
      writer.key("omitted")
      writer.value(omitted)
      writer.endObject()
    }
  }

  private func decisions(about id: String) async throws -> [DecisionProjection.Row] {
    var filter = DecisionProjection.Filter()
    filter.triggerInstanceID = id
    var window = Window(isOldestFirst: true)
    var decisions: [DecisionProjection.Row] = []
    while decisions.count < Self.decisionsMax {
      let rows = try await DecisionProjection.list(filter, window, in: view)
      guard let last = rows.last else { break }
      decisions += rows
      window.after = last.place
    }
    return decisions
  }
}

/// What is known about one trigger instance.
private struct Explanation {
  let instance: TriggerInstanceProjection.Row
  let decisions: [String: DecisionProjection.Row]
  let content: Content
  /// Nil where it is gone.
  let payload: JSONValue?
  let hasFired: Bool

  init(
    instance: TriggerInstanceProjection.Row, decisions: [DecisionProjection.Row],
    content: Content
  ) {
    self.instance = instance
    self.content = content
    self.decisions = Dictionary(
      decisions.compactMap { row in row.rule.map { ($0, row) } }, uniquingKeysWith: { $1 })
    payload = instance.payload.flatMap { try? JSONValue(parsing: $0, limits: Limits.json) }
    hasFired = decisions.contains { $0.outcome == Decision.Outcome.fired.rawValue }
  }

  /// The rules that decided, then the others that listen to the trigger, each in order.
  var refs: [String] {
    let decided = decisions.keys.sorted()
    let others = content.rules.values
      .filter { decisions[$0.ref] == nil && listens($0) }
      .map(\.ref).sorted()
    return decided + others
  }

  private func listens(_ rule: Rule) -> Bool {
    ContentJSON.triggerRef(of: rule, content) == instance.trigger
  }

  func rule(_ ref: String) throws(Fault) -> RuleExplanation {
    let decision = decisions[ref]
    guard let rule = content.rules[ref] else {
      guard let decision else { throw Fault.noContent("rule", ref) }
      return RuleExplanation(
        ref: ref, isEnabled: false, outcome: decision.outcome,
        reason: decision.reason ?? "the rule is gone; this is what it decided",
        decision: decision)
    }
    guard decision != nil || listens(rule) else {
      let trigger = ContentJSON.triggerRef(of: rule, content)
      return RuleExplanation(
        ref: ref, isEnabled: rule.definition.enabled, outcome: "other_trigger",
        reason: "the rule listens to \(trigger), this is \(instance.trigger)")
    }
    let criteria = payload.map { rule.explain($0, at: instance.occurrenceTime) } ?? []
    var explanation = RuleExplanation(
      ref: ref, isEnabled: rule.definition.enabled, outcome: "", criteria: criteria,
      decision: decision)
    if let decision {
      explanation.outcome = decision.outcome
      explanation.reason = decision.reason
      explanation.hasChanged = decision.revision != rule.revision
    } else {
      (explanation.outcome, explanation.reason) = undecided(rule, criteria)
    }
    return explanation
  }

  /// What a rule that has no recorded decision would have made of it.
  private func undecided(
    _ rule: Rule, _ criteria: [CriterionOutcome]
  ) -> (outcome: String, reason: String?) {
    if !rule.definition.enabled { return ("disabled", "the rule is not enabled") }
    guard payload != nil else { return ("unknown", "the payload is gone") }
    let first = criteria.first { $0.outcome != .passed }
    switch first?.outcome {
    case .error?: return (Decision.Outcome.error.rawValue, first?.reason)
    case .failed?:
      let isMissing = first?.value == nil
      let outcome: Decision.Outcome = isMissing ? .missingField : .noMatch
      return (outcome.rawValue, first?.reason)
    default: break
    }
    if rule.definition.kind == .backstop, hasFired {
      return ("not_asked", "a backstop rule is asked only when no standard rule has fired")
    }
    return ("not_asked", "the rule was not there or another one then; as it is now it matches")
  }
}

/// One rule's part of the answer.
private struct RuleExplanation {
  let ref: String
  let isEnabled: Bool
  var outcome: String
  var reason: String?
  var criteria: [CriterionOutcome] = []
  var decision: DecisionProjection.Row?
  /// Whether the rule is another one now than when it decided.
  var hasChanged = false

  var document: Document {
    var document = Document()
    document["rule"] = .string(ref)
    document["enabled"] = .bool(isEnabled)
    document["outcome"] = .string(outcome)
    document["reason"] = reason.map { .string($0) } ?? .null
    document["criteria"] = .array(criteria.map(\.json))
    document["execution"] =
      decision?.executionID.map { id in
        [
          "id": .string(id),
          "status": decision?.executionStatus.map { .string($0) } ?? .null,
        ]
      } ?? .null
    document["decision"] = decision.map { .string($0.id) } ?? .null
    document["recorded"] = .bool(decision != nil)
    document["rule_changed"] = hasChanged ? true : nil
    return document
  }
}

extension CriterionOutcome {
  fileprivate var json: JSONValue {
    var object: JSONObject = [
      "key": .string(key), "operator": .string(operatorName), "pattern": pattern,
      "value": value ?? .null, "outcome": .string(outcome.rawValue),
    ]
    object["reason"] = reason.map { .string($0) }
    return .object(object)
  }
}
