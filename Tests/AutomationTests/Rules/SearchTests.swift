import Calendar
import Expressions
import JSON
import Testing

@testable import Automation

@Suite struct SearchTests {
  private let payload = """
    {"items": [{"id": 1, "v": "one"}, {"id": 2, "v": "two"}], "one": {"id": 1}, "none": null,
     "empty": [], "text": "ab", "n": 5, "deep": [{"xs": [{"y": 1}, {"y": 2}]}]}
    """

  private func evaluate(
    _ key: String, _ condition: String, _ pattern: JSONValue,
    limits: EvaluationLimits = .standard
  ) throws -> Evaluation {
    let criteria = Criteria(
      [key: ["type": "search", "condition": .string(condition), "pattern": pattern]],
      limits: limits)
    let surroundings = Criteria.Surroundings(now: Instant(seconds: 0))
    return criteria.evaluate(Value(try JSONDocument(parsing: payload).root), surroundings)
  }

  private func `is`(_ id: Int) -> JSONValue { ["type": "equals", "pattern": .int(id)] }

  @Test func `conditions`() throws {
    let both: JSONValue = ["item.id": `is`(1), "item.v": ["type": "equals", "pattern": "one"]]
    let mixed: JSONValue = ["item.id": `is`(1), "item.v": ["type": "equals", "pattern": "two"]]
    let rows: [(String, JSONValue, Bool)] = [
      ("any", both, true), ("any", mixed, false), ("all", both, false),
      ("all", ["item.id": ["type": "gt", "pattern": 0]], true), ("all2any", mixed, true),
      ("all2any", ["item.id": `is`(1)], false), ("any2any", ["item.id": `is`(2)], true),
      ("any2any", ["item.id": `is`(3)], false), ("any", [:], true), ("all2any", [:], false),
      (
        "any",
        ["item.id#a": ["type": "gt", "pattern": 1], "item.id#b": ["type": "lt", "pattern": 3]], true
      ),
      ("any", ["item.v": ["type": "equals", "pattern": "{{ item.v }}"]], true),
      ("any", ["trigger.n": `is`(5)], false),
      ("any", ["item.no": ["type": "nexists", "pattern": 1]], true),
      // Errors in children are taken for no.
      ("any", ["item.id": ["type": "lt", "pattern": "x"]], false),
      ("any", ["item.v": ["type": "regex", "pattern": "("]], false),
    ]
    for (condition, pattern, isMatch) in rows {
      #expect(
        try evaluate("trigger.items", condition, pattern).isMatch == isMatch,
        "\(condition) \(pattern.text())")
    }
  }

  @Test func `what is searched`() throws {
    let id: JSONValue = ["item.id": `is`(1)]
    #expect(try evaluate("trigger.one", "all", id).isMatch)
    #expect(try evaluate("trigger.empty", "all", id).isMatch)
    #expect(try !evaluate("trigger.empty", "any", id).isMatch)
    #expect(
      try evaluate("trigger.text", "any", ["item": ["type": "equals", "pattern": "b"]]).isMatch)
    let nested: JSONValue = [
      "item.xs": ["type": "search", "condition": "any", "pattern": ["item.y": `is`(2)]]
    ]
    #expect(try evaluate("trigger.deep", "all", nested).isMatch)
  }

  @Test(
    arguments: [
      (
        "trigger.none", "any", ["item": ["type": "exists", "pattern": 1]],
        "'NoneType' object is not iterable"
      ),
      ("trigger.n", "all", [:], "'int' object is not iterable"),
      (
        "trigger.items", "some", [:],
        "expected the condition any, all, all2any or any2any, found \"some\""
      ),
      ("trigger.items", "any", nil, "expected criteria as the pattern of a search, found none"),
      (
        "trigger.items", "any", ["item.id": ["type": "like", "pattern": 1]],
        "there is no operator \"like\""
      ),
    ] as [(String, String, JSONValue, String)])
  func `what cannot be searched is an error`(
    key: String, condition: String, pattern: JSONValue, message: String
  ) throws {
    guard case .error(_, let found, _) = try evaluate(key, condition, pattern) else {
      Issue.record("expected an error")
      return
    }
    #expect(found == message)
  }

  @Test func `comparisons are counted`() throws {
    let pattern: JSONValue = ["item.id": `is`(1)]
    let atLimit = try evaluate("trigger.items", "any", pattern, limits: .init(stepsMax: 2))
    #expect(atLimit.isMatch)
    guard
      case .error(_, let message, _) = try evaluate(
        "trigger.items", "any", pattern, limits: .init(stepsMax: 1))
    else {
      Issue.record("expected an error")
      return
    }
    #expect(message == "a search of more than 1 comparisons")
  }

  @Test func `nesting is bounded`() throws {
    func nested(_ depth: Int) -> JSONValue {
      depth == 0
        ? ["item": ["type": "exists", "pattern": 1]]
        : ["item": ["type": "search", "condition": "any", "pattern": nested(depth - 1)]]
    }
    #expect(try evaluate("trigger.one", "any", nested(SearchTest.depthMax - 1)).isMatch)
    let deeper: JSONObject = [
      "trigger.one": [
        "type": "search", "condition": "any", "pattern": nested(SearchTest.depthMax),
      ]
    ]
    #expect(try !evaluate("trigger.one", "any", nested(SearchTest.depthMax)).isMatch)
    let problems = Criteria.problems(of: deeper)
    #expect(problems.map(\.message) == ["searches nested more than \(SearchTest.depthMax) deep"])
  }
}

@Suite struct CriteriaProblemTests {
  @Test(
    arguments: [
      (["type": "equals", "pattern": 1], nil, false),
      (
        ["type": "Equals", "pattern": 1],
        "there is no operator \"Equals\"; names are in lower case", true
      ),
      (["type": "like", "pattern": 1], "there is no operator \"like\"", true),
      (["pattern": 1], "expected an operator as 'type', found none", true),
      (["type": "exists"], "expected a 'pattern', found none; even 'exists' wants one", true),
      ("x", "expected an object with type and pattern, found string", true),
      (
        ["type": "regex", "pattern": "["],
        "line 1, column 1: unterminated character set at position 0", false
      ),
      (
        ["type": "lt", "pattern": "{{ a b }}"], "line 1, column 6: expected '}}', found 'b'", false
      ),
      (["type": "icontains", "pattern": 5], "'int' object has no attribute 'lower'", false),
    ] as [(JSONValue, String?, Bool)])
  func `a criterion is checked`(criterion: JSONValue, message: String?, isRefused: Bool) {
    let problems = Criteria.problems(of: ["trigger.a": criterion])
    #expect(
      problems
        == [message].compactMap { $0 }.map {
          CriteriaProblem(keys: ["trigger.a"], message: $0, isRefused: isRefused)
        })
  }

  @Test func `all problems are told, with the keys that lead to them`() {
    let problems = Criteria.problems(of: [
      "trigger..": ["type": "eq", "pattern": 1],
      "trigger.xs": [
        "type": "search", "condition": "any",
        "pattern": ["item.a": ["type": "regex", "pattern": "("], "item.b": ["type": "no"]],
      ],
    ])
    #expect(
      problems.map(\.keys) == [["trigger.."], ["trigger.xs", "item.a"], ["trigger.xs", "item.b"]])
    #expect(problems.allSatisfy { !$0.isRefused })
  }
}
