public import Calendar
import Expressions
public import JSON

/// What one criterion made of a payload, for people who ask why.
public struct CriterionOutcome: Sendable, Equatable {
  public enum Outcome: String, Sendable {
    case passed, failed, error
    /// One before it did not hold.
    case notReached = "not_reached"
  }

  public let key: String
  public let operatorName: String
  public let pattern: JSONValue
  /// Nil where the key finds nothing.
  public let value: JSONValue?
  public let outcome: Outcome
  public let reason: String?
}

extension Rule {
  /// Takes the rule's criteria one by one on a payload, as at `time`. Decides nothing.
  public func explain(_ payload: JSONValue, at time: Instant) -> [CriterionOutcome] {
    let payload = Value(payload)
    let surroundings = Criteria.Surroundings(now: time)
    var isOpen = true
    return criteria.list.map { criterion in
      guard isOpen else { return criterion.outcome(.notReached) }
      let evaluation = criteria.evaluate(criterion, on: payload, surroundings)
      if !evaluation.isMatch { isOpen = false }
      return criterion.outcome(of: evaluation, value: criteria.value(of: criterion, in: payload))
    }
  }
}

extension Criterion {
  fileprivate func outcome(
    _ outcome: CriterionOutcome.Outcome, _ finding: Finding? = nil, value: JSONValue? = nil,
    reason: String? = nil
  ) -> CriterionOutcome {
    CriterionOutcome(
      key: key, operatorName: operatorName, pattern: finding?.patternJSON ?? pattern,
      value: value, outcome: outcome, reason: reason)
  }

  fileprivate func outcome(of evaluation: Evaluation, value: JSONValue?) -> CriterionOutcome {
    switch evaluation {
    case .matched: outcome(.passed, value: value)
    case .emptyPayload: outcome(.failed, reason: "the payload is empty")
    case .noMatch(let finding): outcome(.failed, finding, value: value)
    case .missingField(let finding):
      outcome(.failed, finding, reason: "the payload has no \(key)")
    case .error(let finding, let message, _):
      outcome(.error, finding, value: value, reason: message)
    }
  }
}
