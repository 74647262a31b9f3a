import Calendar
import Expressions
public import JSON
public import Streams

/// Decides about trigger instances: for every candidate rule an outcome and its reason.
///
/// Reads the `triggers` of its chain; records `decisions`. It keeps nothing: a decision depends on
/// the trigger instance and on content.
public struct RuleProcessor: Processor {
  public struct State: Sendable {}
  public typealias Fact = DecisionFact

  public static let name = "rules"
  public static let inputs: [Topic] = [.triggers]
  public static let output = Topic.decisions
  /// Rules of one trigger instance that did not match and are written one by one; the rest are
  /// counted.
  public static let unmatchedMax = 1_000

  public let initialState = State()

  public init() {}

  public func evolve(_ state: inout State, _ recorded: Recorded<DecisionFact>) {}

  public func decide(
    _ input: Input, _ state: State, _ tables: Tables, into step: inout Step<DecisionFact>
  ) {
    guard case .fact(let fact) = input.content,
      case .recorded(let instance)? = fact as? TriggerFact, let id = input.identifier,
      let payload = instance.payload.atHand
    else { return }
    let content = tables[ContentTable.self].content
    guard let index = content.index(for: instance.trigger) else { return }
    let candidates = index.candidates(payload)
    var hasFired = false
    var unmatched = 0
    for rule in candidates.standard {
      let decision = rule.decide(
        Occurrence(id: id, payload: payload, time: input.time, traceTag: instance.traceTag),
        content)
      hasFired = hasFired || decision.outcome == .fired
      record(decision, &unmatched, &step)
    }
    if !hasFired {
      for rule in candidates.backstop {
        let decision = rule.decide(
          Occurrence(id: id, payload: payload, time: input.time, traceTag: instance.traceTag),
          content)
        record(decision, &unmatched, &step)
      }
    }
    if unmatched > Self.unmatchedMax {
      step.append(.omitted(trigger: id, count: unmatched - Self.unmatchedMax))
    }
  }

  private func record(
    _ decision: Decision, _ unmatched: inout Int, _ step: inout Step<DecisionFact>
  ) {
    if decision.outcome == .noMatch || decision.outcome == .missingField {
      unmatched += 1
      if unmatched > Self.unmatchedMax { return }
    }
    step.append(.made(decision))
  }

  public func save(
    _ state: inout State, _ scope: CheckpointScope, into writer: inout CheckpointWriter
  ) {}

  public func restore(
    _ entity: String, _ value: JSONView?, into state: inout State
  ) throws(RecordError) {
    throw RecordError("rules keep nothing, found '\(entity)'")
  }
}

extension TriggerInstance.Payload {
  /// The payload, if this step has it.
  var atHand: Payload? {
    switch self {
    case .view(let view), .inEvent(_, let view?): .view(view)
    case .value(let value): .value(value)
    case .inEvent(_, nil): nil
    }
  }
}

/// A trigger instance as a rule sees it.
struct Occurrence {
  let id: Identifier
  let payload: Payload
  /// Log time.
  let time: Instant
  let traceTag: String?
}
