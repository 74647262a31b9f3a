import Expressions
public import JSON

/// What is wrong with a rule's criteria, found before any trigger comes.
public struct CriteriaProblem: Hashable, Sendable {
  /// The criterion's key; of a child in a search, the keys that lead to it.
  public let keys: [String]
  public let message: String
  /// Whether StackStorm refuses to register the rule; else the criterion merely never holds.
  public let isRefused: Bool
}

extension Criteria {
  /// All problems in the order of the criteria. StackStorm wants of each criterion an operator, in
  /// lower case, and a pattern that is not null; it does not look into searches.
  public static func problems(of criteria: JSONObject) -> [CriteriaProblem] {
    let compiled = Criteria(criteria)
    var problems: [CriteriaProblem] = []
    for (criterion, member) in zip(compiled.list, criteria) {
      if let message = refusal(of: member.value) {
        problems.append(
          CriteriaProblem(keys: [criterion.key], message: message, isRefused: true))
      } else {
        criterion.collectProblems(below: [], into: &problems)
      }
    }
    return problems
  }

  private static func refusal(of definition: JSONValue) -> String? {
    guard case .object(let members) = definition else {
      return "expected an object with type and pattern, found \(definition.kindName)"
    }
    guard let type = members["type"] else { return "expected an operator as 'type', found none" }
    guard let name = type.stringValue, RuleOperator.named[name] != nil else {
      let near = type.stringValue.flatMap { RuleOperator.named[$0.lowercased()] } != nil
      return "there is no operator \(type.text())" + (near ? "; names are in lower case" : "")
    }
    let pattern = members["pattern"] ?? .null
    return pattern.isNull ? "expected a 'pattern', found none; even 'exists' wants one" : nil
  }
}

extension Criterion {
  fileprivate func collectProblems(below keys: [String], into problems: inout [CriteriaProblem]) {
    let keys = keys + [key]
    if let fault {
      problems.append(
        CriteriaProblem(keys: keys, message: fault.description, isRefused: false))
    }
    guard case .search(let search) = test else { return }
    for child in search.children ?? [] { child.collectProblems(below: keys, into: &problems) }
  }
}
