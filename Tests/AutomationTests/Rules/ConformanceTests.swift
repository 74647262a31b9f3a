import Testing

@testable import Automation

@Suite struct ConformanceTests {
  @Test(arguments: [
    (
      "operators", #"{"id": "a", "operator": "gt", "value": 2, "pattern": 1, "extra": {}}"#,
      #"{"id":"a","actual":true}"#
    ),
    (
      "operators", #"{"id": 7, "operator": "like", "value": 2, "pattern": 1}"#,
      #"{"id":7,"actual":{"error":"there is no operator 'like'"}}"#
    ),
    (
      "operators",
      #"{"id": "b", "operator": "td_lt", "value": "2024-01-01T00:00:00Z", "pattern": 61, "#
        + #""extra": {"now": "2024-01-01T00:01:00+00:00"}}"#,
      #"{"id":"b","actual":true}"#
    ),
    (
      "operators",
      #"{"id": "c", "operator": "search", "value": [1, 2], "extra": {"condition": "any"}, "#
        + #""pattern": {"item": {"type": "eq", "pattern": 2}}}"#,
      #"{"id":"c","actual":true}"#
    ),
    (
      "criteria",
      #"{"id": "d", "payload": {"n": 1}, "criteria": {"trigger.n": {"type": "eq", "pattern": 2}}}"#,
      #"{"id":"d","actual":false}"#
    ),
    (
      "criteria",
      #"{"id": "e", "payload": {"n": "x"}, "datastore": {"k": "x"}, "criteria": "#
        + #"{"trigger.n": {"type": "eq", "pattern": "{{ st2kv.system.k }}"}}}"#,
      #"{"id":"e","actual":true}"#
    ),
    (
      "criteria",
      #"{"id": "f", "payload": {"n": 1}, "#
        + #""criteria": {"trigger.n": {"type": "like", "pattern": 2}}}"#,
      #"{"id":"f","actual":{"error":"there is no operator \"like\""}}"#
    ),
  ]) func `a case is answered`(kind: String, line: String, answer: String) {
    #expect(Conformance.answer(kind: kind, line: line) == answer)
  }

  @Test func `what is no case or of no known kind`() {
    #expect(
      Conformance.answer(kind: "operators", line: "{")?.hasPrefix(#"{"id":null,"error":""#) == true)
    #expect(Conformance.answer(kind: "horoscopes", line: "{}") == nil)
  }
}
