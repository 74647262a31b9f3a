import Expressions
import JSON

/// The enabled rules that listen to one trigger, so arranged that those which cannot match need not
/// be looked at: most rules name a host, a service or a severity, and are found by it.
///
/// Each rule that has an equality on a plain path stands under the value it wants, on the path that
/// tells the most rules apart; the others are always candidates. So the cost of a decision grows
/// with the rules that may match, not with those there are.
struct RuleIndex: Sendable {
  struct Candidates {
    var standard: [Rule] = []
    var backstop: [Rule] = []
  }

  /// Members of the payload that lead to the value.
  private let path: [JSONKey]
  private let byValue: [IndexedValue: [Rule]]
  private let always: [Rule]

  init(_ rules: [Rule]) {
    var values: [[String]: Set<IndexedValue>] = [:]
    var keys: [ObjectIdentifier: [[String]: IndexedValue]] = [:]
    for rule in rules {
      for equality in rule.criteria.equalities {
        guard let value = IndexedValue(equality.value) else { continue }
        values[equality.path, default: []].insert(value)
        keys[ObjectIdentifier(rule), default: [:]][equality.path] = value
      }
    }
    // Names break ties, so that the order of candidates is the same everywhere.
    let best = values.max {
      ($0.value.count, $1.key.joined(separator: ".")) < (
        $1.value.count, $0.key.joined(separator: ".")
      )
    }
    guard let best, rules.count > 1 else {
      path = []
      byValue = [:]
      always = rules
      return
    }
    path = best.key.map { JSONKey($0) }
    var byValue: [IndexedValue: [Rule]] = [:]
    var always: [Rule] = []
    for rule in rules {
      if let value = keys[ObjectIdentifier(rule)]?[best.key] {
        byValue[value, default: []].append(rule)
      } else {
        always.append(rule)
      }
    }
    self.byValue = byValue
    self.always = always
  }

  /// The rules that may match a payload, in the order of their references.
  func candidates(_ payload: Payload) -> Candidates {
    var candidates = Candidates()
    var indexed: [Rule] = []
    if !path.isEmpty, let value = IndexedValue(at: path, in: payload) {
      indexed = byValue[value] ?? []
    }
    for rule in indexed + always {
      if rule.definition.kind == .backstop {
        candidates.backstop.append(rule)
      } else {
        candidates.standard.append(rule)
      }
    }
    return candidates
  }
}

/// What a rule decides on: a place in a parsed record, or a value that the engine made.
enum Payload {
  case view(JSONView)
  case value(JSONValue)

  var value: Value {
    switch self {
    case .view(let view): Value(view)
    case .value(let value): Value(value)
    }
  }
}

/// A scalar as Python compares it: `1`, `1.0` and `True` are one value.
enum IndexedValue: Hashable, Sendable {
  case null
  case number(Double)
  case text([UInt8])

  /// Nil for arrays, objects, and integers that `Double` does not hold.
  init?(_ value: JSONValue) {
    switch value {
    case .null: self = .null
    case .bool(let value): self = .number(value ? 1 : 0)
    case .int(let value):
      guard let number = Double(exactly: value) else { return nil }
      self = .number(number)
    case .double(let value): self = .number(value)
    case .string(let value): self = .text(Array(value.utf8))
    case .uint, .array, .object: return nil
    }
  }

  init?(at path: [JSONKey], in payload: Payload) {
    switch payload {
    case .view(let view):
      guard let found = view.lookup(path: path) else { return nil }
      if let text = found.withUTF8({ Array($0) }) {
        self = .text(text)
      } else {
        self.init(found.copy())
      }
    case .value(let value):
      var place: JSONValue? = value
      for key in path { place = place?[key.description] }
      guard let place else { return nil }
      self.init(place)
    }
  }
}
