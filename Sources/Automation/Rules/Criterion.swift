import Expressions
public import JSON

/// One condition of a rule: a key that finds a value, an operator, a pattern. Compiled once. A
/// criterion can be faulty and still be part of a rule, as in StackStorm: it never holds, and every
/// evaluation says why.
public final class Criterion: Sendable {
  /// As written, with what stands behind `#`.
  public let key: String
  public let operatorName: String
  /// As written.
  public let pattern: JSONValue
  let path: Result<JSONPath, ExpressionError>
  let test: Test
  /// The path below the payload where it is nothing but names.
  let names: [JSONKey]?

  enum Test: Sendable {
    case fixed(OperatorTest)
    case templated(RuleOperator, PatternTemplate)
    case search(SearchTest)
    /// `isFatal`: StackStorm gives up on the whole rule.
    case faulty(ExpressionError, isFatal: Bool)
  }

  /// `depth` is how many searches it stands in. In them the payload is called `item`, outside
  /// `trigger`.
  init(key: String, _ definition: JSONValue, depth: Int, limits: EvaluationLimits) {
    let root = depth == 0 ? "trigger" : "item"
    self.key = key
    pattern = definition["pattern"] ?? .null
    operatorName = definition["type"]?.stringValue ?? ""
    // Text from the first `#` on only keeps keys apart.
    let pathText = String(key.prefix { $0 != "#" })
    do throws(ExpressionError) {
      path = .success(try JSONPath(pathText))
    } catch {
      path = .failure(error)
    }
    if let names = (try? path.get())?.names, names.first == root {
      self.names = names.dropFirst().map { JSONKey($0) }
    } else {
      names = nil
    }
    test = Self.test(definition, depth: depth, limits)
  }

  private static func test(
    _ definition: JSONValue, depth: Int, _ limits: EvaluationLimits
  ) -> Test {
    func faulty(_ message: String, isFatal: Bool) -> Test {
      .faulty(.failed(.init(message)), isFatal: isFatal)
    }
    guard case .object(let members) = definition else {
      return faulty(
        "expected a criterion with type and pattern, found \(definition.kindName)",
        isFatal: definition.stringValue == nil && definition.arrayValue == nil)
    }
    guard let type = members["type"] else {
      return faulty("expected an operator as 'type', found none", isFatal: false)
    }
    guard let name = type.stringValue, RuleOperator.named[name.lowercased()] != nil else {
      return faulty("there is no operator \(type.text())", isFatal: true)
    }
    guard let kind = RuleOperator(anyCase: name) else {
      return faulty("the operator 'search' must be written in lower case", isFatal: false)
    }
    let pattern = members["pattern"] ?? .null
    if kind == .search {
      return .search(
        SearchTest(pattern, condition: members["condition"], depth: depth + 1, limits))
    }
    guard case .string(let text) = pattern else {
      return .fixed(OperatorTest(kind, pattern: Value(pattern), limits: limits))
    }
    let template = PatternTemplate(text, limits: limits)
    if let constant = template.constant(limits: limits) {
      return .fixed(OperatorTest(kind, pattern: constant, limits: limits))
    }
    return .templated(kind, template)
  }

  var isFatal: Bool {
    if case .faulty(_, let isFatal) = test { isFatal } else { false }
  }

  /// What is wrong with it whatever the payload; nil if nothing.
  var fault: ExpressionError? {
    if case .failure(let error) = path { return error }
    return switch test {
    case .fixed(let test): test.fault
    case .templated(_, let template): template.fault
    case .search(let search): search.fault
    case .faulty(let error, _): error
    }
  }
}
