import Expressions
import JSON
import Streams

extension Rule {
  /// What the rule makes of a trigger instance.
  func decide(_ occurrence: Occurrence, _ content: Content) -> Decision {
    let payload = occurrence.payload.value
    let evaluation = criteria.evaluate(payload, Criteria.Surroundings(now: occurrence.time))
    switch evaluation {
    case .matched: return fire(payload, occurrence, content)
    case .emptyPayload:
      return decision(occurrence, .noMatch, reason: "the payload is empty")
    case .noMatch(let finding): return decision(occurrence, .noMatch, finding)
    case .missingField(let finding):
      return decision(
        occurrence, .missingField, finding, reason: "the payload has no \(finding.criterion.key)")
    case .error(let finding, let message, _):
      return decision(occurrence, .error, finding, reason: message)
    }
  }

  private func fire(_ payload: Value, _ occurrence: Occurrence, _ content: Content) -> Decision {
    let action = definition.action.ref
    if let fault { return decision(occurrence, .error, reason: fault) }
    guard content.actions[action] != nil else {
      return decision(occurrence, .error, reason: "there is no action '\(action)'")
    }
    do {
      let parameters = try render(payload, content)
      return Decision(
        trigger: occurrence.id, rule: ref, revision: revision, outcome: .fired, action: action,
        parameters: parameters, traceTag: occurrence.traceTag)
    } catch {
      return decision(occurrence, .error, reason: error.text)
    }
  }

  private func decision(
    _ occurrence: Occurrence, _ outcome: Decision.Outcome, _ finding: Finding? = nil,
    reason: String? = nil
  ) -> Decision {
    Decision(
      trigger: occurrence.id, rule: ref, revision: revision, outcome: outcome, reason: reason,
      criterion: finding.map {
        Decision.Criterion(
          key: $0.criterion.key, operatorName: $0.criterion.operatorName, pattern: $0.patternJSON,
          value: $0.valueJSON)
      }, traceTag: occurrence.traceTag)
  }
}
