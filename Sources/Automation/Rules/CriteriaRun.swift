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

  /// For the children of a search: an error is one that does not hold, but for those that are
  /// fatal.
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
    switch criterion.test {
    case .fixed(let test): return ask(test, criterion, of: payload, root: root)
    case .templated(let kind, let template):
      let context = CriteriaContext(root: root, payload: payload, keys: surroundings.systemKeys)
      do throws(ExpressionError) {
        let pattern = try template.render(context, limits: limits)
        let test = OperatorTest(kind, pattern: pattern, limits: limits)
        return ask(test, criterion, of: payload, root: root)
      } catch {
        return fault(error, criterion, Value(criterion.pattern), .nothing)
      }
    case .search(let search):
      var value: Value?
      do throws(ExpressionError) {
        value = try find(criterion, in: payload, root: root)
        let holds = try search.holds(value ?? .none, &self)
        let seen = value.map { Finding.Seen.value($0) } ?? .nothing
        return holds ? .matched : failure(criterion, Value(criterion.pattern), seen)
      } catch {
        if value == nil, search.fault == nil, case .failed = error {
          return failure(criterion, Value(criterion.pattern), .nothing)
        }
        let seen = value.map { Finding.Seen.value($0) } ?? .nothing
        return fault(error, criterion, Value(criterion.pattern), seen)
      }
    case .faulty(let error, _):
      return fault(error, criterion, Value(criterion.pattern), .nothing)
    }
  }

  private func ask(
    _ test: OperatorTest, _ criterion: Criterion, of payload: Value, root: String
  ) -> Evaluation {
    var seen = Finding.Seen.nothing
    var isMissing = false
    do throws(ExpressionError) {
      // The way of nearly all criteria: nothing is copied unless the operator wants it.
      if let names = criterion.names, case .view(let view) = payload {
        let place = view.lookup(path: names)
        if let place { seen = .place(place) } else { isMissing = true }
        if try test.holds(place, now: surroundings.now) { return .matched }
      } else {
        let value = try find(criterion, in: payload, root: root)
        if let value { seen = .value(value) } else { isMissing = true }
        if try test.holds(value ?? .none, now: surroundings.now) { return .matched }
      }
      return failure(criterion, test.pattern, seen)
    } catch {
      // An operator that fails on nothing is best explained by the missing field.
      if isMissing, test.fault == nil, case .failed = error {
        return failure(criterion, test.pattern, seen)
      }
      return fault(error, criterion, test.pattern, seen)
    }
  }

  private func failure(
    _ criterion: Criterion, _ pattern: Value, _ seen: Finding.Seen
  ) -> Evaluation {
    let finding = Finding(criterion, pattern: pattern, seen)
    if case .nothing = seen { return .missingField(finding) }
    return .noMatch(finding)
  }

  private func fault(
    _ error: ExpressionError, _ criterion: Criterion, _ pattern: Value, _ seen: Finding.Seen
  ) -> Evaluation {
    .error(
      Finding(criterion, pattern: pattern, seen), message: error.description,
      isFatal: criterion.isFatal)
  }

  private func find(
    _ criterion: Criterion, in payload: Value, root: String
  ) throws(ExpressionError) -> Value? {
    let path = try criterion.path.get()
    if path.head == root { return try path.first(belowHead: payload, limits: limits) }
    var dict = ValueDictionary()
    try dict.set(.string(root), payload)
    if let keys = surroundings.systemKeys { try dict.set(.string("system"), .lookup(keys)) }
    return try path.first(in: .dict(dict), limits: limits)
  }
}

/// The names that a pattern's template can look up.
private struct CriteriaContext: TemplateContext {
  let root: String
  let payload: Value
  let keys: (any ValueLookup)?

  func value(of name: String) throws(ExpressionError) -> Value? {
    if name == root { return payload }
    guard let keys else { return nil }
    switch name {
    case "system": return .lookup(keys)
    case "st2kv": return .lookup(KeyScopes(system: keys))
    default: return nil
    }
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
