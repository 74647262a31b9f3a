import Calendar
import Expressions
import JSON
import Testing

@testable import Automation

@Suite struct CriteriaTests {
  private static let surroundings = Criteria.Surroundings(
    now: Instant(iso8601: "2024-05-06T12:00:00Z")!,
    systemKeys: KeyLookup { name throws(ExpressionError) in
      if name == "forbidden" { throw .failed(.init("a secret")) }
      return ["host": "web-01", "team.name": "ops", "limit": "4"][name]
    })
  private static let payload = """
    {"host": "web-01", "n": 5, "text": "5", "none": null, "a.b": "dotted", "tags": ["x", "y"],
     "nested": {"x y": {"z": 1}}, "items": [{"id": 1, "v": "one"}, {"id": 2, "v": "two"}]}
    """

  /// Evaluates on a document and on an owned value; both must agree.
  private func evaluate(_ criteria: String, payload: String = payload) throws -> Evaluation {
    let compiled = Criteria(try #require(try JSONValue(parsing: criteria).objectValue))
    let root = try JSONDocument(parsing: payload).root
    let viewed = compiled.evaluate(Value(root), Self.surroundings)
    let owned = compiled.evaluate(Value(root.copy()), Self.surroundings)
    #expect("\(name(viewed))" == "\(name(owned))")
    return viewed
  }

  private func name(_ evaluation: Evaluation) -> String {
    switch evaluation {
    case .matched: "matched"
    case .emptyPayload: "empty payload"
    case .noMatch(let finding): "no match: \(finding.criterion.key)"
    case .missingField(let finding): "missing: \(finding.criterion.key)"
    case .error(let finding, let message, let isFatal):
      "\(isFatal ? "fatal" : "error"): \(finding.criterion.key): \(message)"
    }
  }

  @Test(arguments: [
    ("{}", "matched"),
    (#"{"trigger.host": {"type": "equals", "pattern": "web-01"}}"#, "matched"),
    (#"{"trigger['a.b']": {"type": "eq", "pattern": "dotted"}}"#, "matched"),
    (#"{"trigger.nested['x y'].z": {"type": "eq", "pattern": 1}}"#, "matched"),
    (#"{"trigger.items[*].id": {"type": "eq", "pattern": 1}}"#, "matched"),
    (#"{"trigger.items[*].id": {"type": "eq", "pattern": 2}}"#, "no match: trigger.items[*].id"),
    (
      #"{"trigger.n#low": {"type": "gt", "pattern": 4}, "#
        + #""trigger.n#high": {"type": "lt", "pattern": 6}}"#,
      "matched"
    ),
    (
      #"{"trigger.n#low": {"type": "gt", "pattern": 4}, "#
        + #""trigger.n#high": {"type": "lt", "pattern": 5}}"#,
      "no match: trigger.n#high"
    ),
    (
      #"{"trigger.n": {"type": "gt", "pattern": "4"}, "trigger.no": {"type": "eq", "pattern": 1}}"#,
      "error: trigger.n: '>' not supported between instances of 'int' and 'str'"
    ),
    (#"{"trigger.no": {"type": "eq", "pattern": 1}}"#, "missing: trigger.no"),
    (#"{"trigger.no": {"type": "iequals", "pattern": "x"}}"#, "missing: trigger.no"),
    (
      #"{"trigger.none": {"type": "iequals", "pattern": "x"}}"#,
      "error: trigger.none: 'NoneType' object has no attribute 'lower'"
    ),
    (
      #"{"trigger.no": {"type": "nequals", "pattern": "x"}, "#
        + #""trigger.none": {"type": "nexists", "pattern": 1}}"#,
      "matched"
    ),
    (#"{"host": {"type": "eq", "pattern": "web-01"}}"#, "missing: host"),
    (#"{"trigger.host": {"type": "EQUALS", "pattern": "web-01"}}"#, "matched"),
    (
      #"{"trigger.host": {"type": "regex", "pattern": "("}}"#,
      "error: trigger.host: line 1, column 1: missing ), unterminated subpattern at position 0"
    ),
    (
      #"{"trigger.": {"type": "eq", "pattern": 1}}"#,
      "error: trigger.: line 1, column 9: expected a name, '*', '$', '[' or '(', "
        + "found the end of the path"
    ),
    (
      #"{"trigger.none[0]": {"type": "eq", "pattern": 1}}"#,
      "error: trigger.none[0]: cannot take element 0 of a value of type NoneType"
    ),
    (
      #"{"trigger.host": {"pattern": 1}}"#,
      "error: trigger.host: expected an operator as 'type', found none"
    ),
    (
      #"{"trigger.host": {"type": "like", "pattern": 1}}"#,
      "fatal: trigger.host: there is no operator \"like\""
    ),
    (
      #"{"trigger.host": 5}"#,
      "fatal: trigger.host: expected a criterion with type and pattern, found integer"
    ),
    (#"{"trigger": {"type": "contains", "pattern": "host"}}"#, "matched"),
    (#"{"system.limit": {"type": "eq", "pattern": "4"}}"#, "matched"),
  ]) func `the first criterion that does not hold decides`(criteria: String, found: String) throws {
    #expect(name(try evaluate(criteria)) == found)
  }

  @Test(arguments: ["{}", "null", "[]", "0", "\"\""])
  func `an empty payload satisfies no criteria`(payload: String) throws {
    #expect(try evaluate("{}", payload: payload).isMatch)
    let absent = #"{"trigger.no": {"type": "nexists", "pattern": 1}}"#
    #expect(name(try evaluate(absent, payload: payload)) == "empty payload")
  }

  @Test(arguments: [
    ("trigger.n", "{{ trigger.n }}", true), ("trigger.n", " {{ trigger.n }}", true),
    ("trigger.text", "{{ trigger.n }}", false), ("trigger.text", "{{ '5' }}", true),
    ("trigger.n", "{{ trigger.text | int }}", true), ("trigger.tags", "{{ ['x', 'y'] }}", true),
    ("trigger.host", "web-{{ '01' }}", true), ("trigger.host", "{{ trigger.host }}\n", true),
    ("trigger.host", "{{ st2kv.system.host }}", true),
    ("trigger.n", "{{ st2kv.system.limit | int + 1 }}", false),
    ("trigger.no", "{{ st2kv.system.team.name }}", false),
    ("trigger.nested", "{{ trigger.nested }}", true),
    // The filter binds to the last operand only, so this becomes a text and is rendered as written.
    ("trigger.host", "{{ '%s' % trigger.host if trigger.n }}", true),
    // One pair of braces from the first to the last of the line.
    ("trigger.text", "{{ trigger.n }}{{ '' }}", true),
    ("trigger.n", "{{ '' }}{{ trigger.n }}", true),
    ("trigger.host", "{# no expression #}web-01", true),
  ]) func `a templated pattern keeps its type`(key: String, pattern: String, isMatch: Bool) throws {
    let criteria = JSONValue.object([
      key: ["type": "equals", "pattern": .string(pattern)]
    ]).text()
    #expect(try evaluate(criteria).isMatch == isMatch)
  }

  @Test(arguments: [
    ("{{ trigger.no }}", "'dict object' has no attribute 'no'"),
    ("{{ 1 + 2 }}", "unsupported operand types"),
    ("{{ trigger. }}", "expected a name or number"), ("{% if x %}1{% endif %}", "is not supported"),
    ("{{ st2kv.user.x }}", "there is no st2kv.user here"),
    ("{{ st2kv.system.forbidden }}", "a secret"),
  ]) func `a pattern that cannot be rendered is an error`(pattern: String, words: String) throws {
    let criteria = JSONValue.object([
      "trigger.host": ["type": "equals", "pattern": .string(pattern)]
    ]).text()
    guard case .error(_, let message, isFatal: false) = try evaluate(criteria) else {
      Issue.record("expected an error")
      return
    }
    #expect(message.contains(words), "\(message)")
  }

  @Test func `a finding says what was wanted and what was seen`() throws {
    let evaluation = try evaluate(
      #"{"trigger.n": {"type": "equals", "pattern": "{{ trigger.tags }}"}}"#)
    guard case .noMatch(let finding) = evaluation else {
      Issue.record("expected no match")
      return
    }
    #expect(finding.criterion.operatorName == "equals")
    #expect(finding.criterion.pattern == "{{ trigger.tags }}")
    #expect(finding.patternJSON == ["x", "y"])
    #expect(finding.valueJSON == 5)
  }

  @Test func `a value too long for a finding is named`() throws {
    func value(_ count: Int) throws -> JSONValue {
      let payload = JSONValue.object(["s": .string(String(repeating: "x", count: count))]).text()
      let criteria = #"{"trigger.s": {"type": "equals", "pattern": "y"}}"#
      guard case .noMatch(let finding) = try evaluate(criteria, payload: payload) else {
        return .null
      }
      return finding.valueJSON
    }
    let most = Finding.jsonBytesMax
    #expect(try value(most).stringValue?.utf8.count == most)
    #expect(try value(most + 1) == .string("(a text of \(most + 1) bytes)"))
  }

  @Test func `an index learns of plain equality only`() throws {
    let criteria = Criteria([
      "trigger.a.b": ["type": "equals", "pattern": 1.0],
      "trigger['x y']": ["type": "eq", "pattern": "v"],
      "trigger.c": ["type": "eq", "pattern": "{{ 'k' }}"],
      "trigger.d": ["type": "eq", "pattern": nil], "trigger.e": ["type": "eq", "pattern": [1]],
      "trigger.f[0]": ["type": "eq", "pattern": 1], "trigger.g": ["type": "gt", "pattern": 1],
      "trigger.h": ["type": "eq", "pattern": "{{ trigger.x }}"],
      "other.i": ["type": "eq", "pattern": 1], "trigger": ["type": "eq", "pattern": 1],
    ])
    #expect(
      criteria.equalityKeys == [
        EqualityKey(path: ["a", "b"], scalar: .int(1)),
        EqualityKey(path: ["x y"], scalar: .text("v")),
        EqualityKey(path: ["c"], scalar: .text("k")),
      ])
  }

  @Test(arguments: [
    ("1", ScalarKey.int(1)), ("1.0", .int(1)), ("true", .int(1)), ("1.5", .double(1.5)),
    ("\"1\"", .text("1")),
    ("18446744073709551615", .uint(.max)), ("null", nil), ("[]", nil), ("{}", nil),
  ]) func `scalars that are equal are one key`(json: String, key: ScalarKey?) throws {
    let document = try JSONDocument(parsing: json)
    #expect(ScalarKey(document.root) == key)
    #expect(ScalarKey(Value(document.root.copy())) == key)
  }
}
