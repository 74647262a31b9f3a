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

  private let path: [JSONKey]
  private let byValue: [ScalarKey: [Rule]]
  private let always: [Rule]

  init(_ rules: [Rule]) {
    let keys = rules.map(\.criteria.equalityKeys)
    var values: [[JSONKey]: Set<ScalarKey>] = [:]
    for key in keys.joined() { values[key.path, default: []].insert(key.scalar) }
    // Names break ties, so that the candidates are the same everywhere.
    let best = values.max { one, other in
      if one.value.count != other.value.count { return one.value.count < other.value.count }
      return Self.names(other.key).lexicographicallyPrecedes(Self.names(one.key))
    }
    let path = best?.key ?? []
    self.path = path
    var byValue: [ScalarKey: [Rule]] = [:]
    var always: [Rule] = []
    for (rule, keys) in zip(rules, keys) {
      if let key = keys.first(where: { $0.path == path }) {
        byValue[key.scalar, default: []].append(rule)
      } else {
        always.append(rule)
      }
    }
    // With one value there is nothing to tell apart, and a decision says more than its absence.
    let isOfUse = byValue.count > 1
    self.byValue = isOfUse ? byValue : [:]
    self.always = isOfUse ? always : rules
  }

  private static func names(_ path: [JSONKey]) -> [String] { path.map(\.description) }

  /// The rules that may match a payload: those that the index gives, then those that are always
  /// looked at, each in the order of their references.
  func candidates(_ payload: Payload) -> Candidates {
    var candidates = Candidates()
    var indexed: [Rule] = []
    if !byValue.isEmpty, let value = payload.scalar(at: path) {
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

  /// The scalar at the end of a path of members; nil where there is none.
  func scalar(at path: [JSONKey]) -> ScalarKey? {
    switch self {
    case .view(let view): return view.lookup(path: path).flatMap { ScalarKey($0) }
    case .value(let value):
      var place: JSONValue? = value
      for key in path { place = place?[key.description] }
      return place.flatMap { ScalarKey(Value($0)) }
    }
  }
}
