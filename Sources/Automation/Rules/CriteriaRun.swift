import Calendar
import Expressions
import JSON

/// One evaluation of criteria: what they can see, and how much they have done.
struct CriteriaRun {
  private let root: String
  private let surroundings: Criteria.Surroundings
  private let limits: EvaluationLimits
  private var steps = 0

  init(root: String, _ surroundings: Criteria.Surroundings, _ limits: EvaluationLimits) {
    self.root = root
    self.surroundings = surroundings
    self.limits = limits
  }

  mutating func evaluate(_ criterion: Criterion, of payload: Value) -> Evaluation {
    evaluate(criterion, of: payload, root: root)
  }

  /// For the children of a search: an error is one that does not hold, but for those that are fatal.
  mutating func holds(
    _ criterion: Criterion, of item: Value
  ) throws(ExpressionError) -> Bool {
    steps += 1
    if steps > limits.stepsMax {
      throw .limitReached(.init("a search of more than \(limits.stepsMax) comparisons"))
    }
    switch evaluate(criterion, of: item, root: "item") {
    case .matched: return true
    case .error(_, let message, isFatal: true): throw .failed(.init(message))
    default:
      // A search inside of this one may have used up the steps.
      if steps > limits.stepsMax {
        throw .limitReached(.init("a search of more than \(limits.stepsMax) comparisons"))
      }
      return false
    }
  }

  private mutating func evaluate(
    _ criterion: Criterion, of payload: Value, root: String
  ) -> Evaluation {
    var pattern = Value(criterion.pattern)
    var value: Value?
    var isMissing = false
    do throws(ExpressionError) {
      if case .faulty(let error, _) = criterion.test { throw error }
      // The way of nearly all criteria: nothing is copied unless the operator wants it.
      if case .fixed(let test) = criterion.test, let names = criterion.names,
        case .view(let view) = payload
      {
        pattern = test.pattern
        let place = view.lookup(path: names)
        isMissing = place == nil && test.fault == nil
        if try test.holds(place, now: surroundings.now) { return .matched }
        value = place.map { Value($0) }
        return failed(criterion, pattern, value)
      }
      var rendered: OperatorTest?
      switch criterion.test {
      case .fixed(let test): rendered = test
      case .templated(let kind, let template):
        let context = TemplateValues(context(payload, root: root))
        pattern = try template.render(context, limits: limits)
        rendered = OperatorTest(kind, pattern: pattern, limits: limits)
      case .search, .faulty: break
      }
      if let rendered { pattern = rendered.pattern }
      value = try find(criterion, in: payload, root: root)
      isMissing = value == nil && rendered?.fault == nil
      let holds: Bool
      if case .search(let search) = criterion.test {
        holds = try search.holds(value ?? .none, &self)
      } else {
        holds = try rendered?.holds(value ?? .none, now: surroundings.now) ?? false
      }
      return holds ? .matched : failed(criterion, pattern, value)
    } catch {
      if isMissing, case .failed = error { return failed(criterion, pattern, nil) }
      let finding = Finding(criterion: criterion, pattern: pattern, value: value)
      return .error(finding, message: error.description, isFatal: criterion.isFatal)
    }
  }

  /// An operator that fails on nothing is best explained by the missing field too.
  private func failed(_ criterion: Criterion, _ pattern: Value, _ value: Value?) -> Evaluation {
    let finding = Finding(criterion: criterion, pattern: pattern, value: value)
    return value == nil ? .missingField(finding) : .noMatch(finding)
  }

  private func find(
    _ criterion: Criterion, in payload: Value, root: String
  ) throws(ExpressionError) -> Value? {
    let path = try criterion.path.get()
    var dict = ValueDictionary()
    try dict.set(.string(root), payload)
    if let keys = surroundings.systemKeys { try dict.set(.string("system"), .lookup(keys)) }
    return try path.first(in: .dict(dict), limits: limits)
  }

  private func context(_ payload: Value, root: String) -> [String: Value] {
    var context = [root: payload]
    if let keys = surroundings.systemKeys {
      context["system"] = .lookup(keys)
      context["st2kv"] = .lookup(KeyScopes(system: keys))
    }
    return context
  }
}

/// `st2kv`: only the scope `system` can be looked into from here.
private struct KeyScopes: ValueLookup {
  let system: any ValueLookup

  func member(_ name: String) throws(ExpressionError) -> Value {
    name == "system"
      ? .lookup(system) : .undefined(Undefined(message: "there is no st2kv.\(name) here"))
  }

  func value() throws(ExpressionError) -> Value {
    throw .failed(.init("st2kv is no value; a name behind it is"))
  }
}
