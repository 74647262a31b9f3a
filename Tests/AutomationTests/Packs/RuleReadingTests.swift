import Automation
import JSON
import Testing

@Suite struct RuleReadingTests {
  private static let body =
    "name: r\nenabled: true\ntrigger: {type: far.away}\naction: {ref: far.act}\n"

  private func complaints(_ text: String, _ more: [String: String] = [:]) -> [String] {
    PackTexts.complaints(["rules/r.yaml": text].merging(more) { $1 })
      .map { $0.replacing("rules/r.yaml:", with: "") }
  }

  @Test func allThatARuleSays() throws {
    // given
    let text = """
      ---
      name: r
      pack: shop
      description: Reacts
      enabled: true
      type: {ref: backstop, parameters: {}}
      trigger:
        type: far.away.indeed
        parameters: {url: x}
      criteria:
        trigger.b: {type: gt, pattern: 5}
        trigger.a#1:
          type: search
          condition: any
          pattern: {item.x: {type: eq, pattern: 1}}
        trigger.a#2: {type: in, pattern: [1, two]}
      action:
        ref: far.act
        parameters: {m: "{{ trigger.b }}", since: 2001-02-03 04:05:06Z}
      tags: [{name: team, value: ops}]
      context: {source: x}
      """
    // when
    let rule = try #require(PackTexts.content(["rules/r.yaml": text])?.rules.first)
    // then
    #expect(rule.kind == .backstop && rule.trigger.type == "far.away.indeed")
    #expect(rule.criteria.map(\.key) == ["trigger.b", "trigger.a#1", "trigger.a#2"])
    #expect(rule.criteria.map(\.type) == [.gt, .search, .isIn])
    #expect(rule.criteria.map(\.line) == [11, 12, 16])
    #expect(rule.criteria[1].condition == "any" && rule.criteria[1].column == 3)
    #expect(
      rule.json == [
        "name": "r", "pack": "shop", "ref": "shop.r", "description": "Reacts", "enabled": true,
        "type": ["ref": "backstop", "parameters": [:]],
        "trigger": ["type": "far.away.indeed", "parameters": ["url": "x"]],
        "criteria": [
          "trigger.b": ["type": "gt", "pattern": 5],
          "trigger.a#1": [
            "type": "search", "condition": "any",
            "pattern": ["item.x": ["type": "eq", "pattern": 1]],
          ],
          "trigger.a#2": ["type": "in", "pattern": [1, "two"]],
        ],
        "action": [
          "ref": "far.act",
          "parameters": ["m": "{{ trigger.b }}", "since": "2001-02-03T04:05:06+00:00"],
        ],
        "tags": [["name": "team", "value": "ops"]], "context": ["source": "x"],
        "metadata_file": "rules/r.yaml",
        "places": ["trigger.b": [11, 3], "trigger.a#1": [12, 3], "trigger.a#2": [16, 3]],
      ])
    #expect(RuleDefinition(json: rule.json) == rule)
  }

  @Test func jsonThatIsNoRule() {
    let good: JSONObject = [
      "name": "r", "pack": "p", "trigger": ["type": "a.b"], "action": ["ref": "c.d"],
      "criteria": ["trigger.x": ["type": "eq", "pattern": 1]],
    ]
    #expect(RuleDefinition(json: .object(good))?.kind == .standard)
    let changes: [(String, JSONValue?)] = [
      ("name", nil), ("pack", nil), ("trigger", nil), ("action", [:]), ("type", ["ref": "other"]),
      ("criteria", ["trigger.x": ["type": "EQ", "pattern": 1]]),
      ("criteria", ["trigger.x": ["type": "eq", "pattern": nil]]),
    ]
    for (key, value) in changes {
      var bad = good
      bad[key] = value
      #expect(RuleDefinition(json: .object(bad)) == nil, "\(key)")
    }
  }

  @Test func operatorsAreThirtyThree() {
    #expect(OperatorName.allCases.count == 33)
    for name in ["timediff_lt", "td_lt", "timediff_gt", "td_gt", "in", "nin", "matchwildcard"] {
      #expect(OperatorName(rawValue: name) != nil)
    }
    #expect(OperatorName(rawValue: "Equals") == nil)
  }

  @Test(arguments: [
    (
      "description: x",
      [
        "1:1: error: a rule needs 'action'", "1:1: error: a rule needs 'name'",
        "1:1: error: a rule needs 'trigger'",
        "1:1: warning: the rule does not say whether it is enabled, so it is off"
          + " (write 'enabled: true' or 'enabled: false')",
      ]
    ),
    (
      "name: r\nenabled: true\ntrigger: {type: nodot, parameter: {}}\naction: {ref: .x, parameters: [1]}",
      [
        "3:17: error: 'type' must be of the form pack.name, found 'nodot'",
        "3:24: warning: a rule's trigger has no key 'parameter'; it is ignored"
          + " (did you mean 'parameters'?)",
        "4:15: error: 'ref' must be of the form pack.name, found '.x'",
        "4:31: error: 'parameters' must be a mapping, found a list",
      ]
    ),
    (
      body + "type: {ref: backstopp}",
      [
        "5:13: error: a rule's type must be standard or backstop, found 'backstopp'"
          + " (did you mean 'backstop'?)"
      ]
    ),
    (
      body + "criterias: {}",
      ["5:1: warning: a rule has no key 'criterias'; it is ignored (did you mean 'criteria'?)"]
    ),
    (body + "criteria: []", ["5:11: error: 'criteria' must be a mapping, found a list"]),
    (
      body
        + "criteria:\n  trigger.a: 5\n  trigger.b: {type: Equals}\n  trigger.c: {pattern: 1, patern: 2}",
      [
        "6:14: error: expected the mapping of the criterion 'trigger.a', found the number 5",
        "7:14: error: the criterion 'trigger.b' needs 'pattern'",
        "7:21: error: there is no operator 'Equals' (did you mean 'equals'?)",
        "8:14: error: the criterion 'trigger.c' needs 'type'",
        "8:27: warning: the criterion 'trigger.c' has no key 'patern'; it is ignored"
          + " (did you mean 'pattern'?)",
      ]
    ),
    (
      body + "criteria: {trigger.a: {type: exists, pattern: null}}",
      ["5:38: error: the criterion 'trigger.a' needs 'pattern'"]
    ),
    (
      body + "criteria: {body.x: {type: eq, pattern: 1}, triger.y: {type: eq, pattern: 1}}",
      [
        "5:12: warning: the key 'body.x' finds nothing: keys begin with 'trigger' or 'system'"
          + " (did you mean 'trigger.body.x'?)",
        "5:44: warning: the key 'triger.y' finds nothing: keys begin with 'trigger' or 'system'"
          + " (did you mean 'trigger'?)",
      ]
    ),
    (
      body
        + "criteria: {\"$.trigger['x']\": {type: eq, pattern: 1}, system.k: {type: eq, pattern: 1}}",
      [String]()
    ),
    (
      body
        + "criteria: {trigger.a: {type: search, pattern: 1}, trigger.b: {type: search, condition: al,"
        + " pattern: {item.x: {type: eqals, pattern: 1}}}}",
      [
        "5:23: warning: 'search' needs 'condition'; the criterion always fails"
          + " (one of any, all, all2any, any2any)",
        "5:47: warning: the pattern of 'search' must be a mapping of criteria, found the number 1; the"
          + " criterion always fails",
        "5:88: warning: 'condition' must be one of any, all, all2any, any2any, found 'al'; the"
          + " criterion always fails (did you mean 'all'?)",
        "5:117: warning: there is no operator 'eqals'; the criterion always fails"
          + " (did you mean 'equals'?)",
      ]
    ),
  ]) func mistakes(text: String, wanted: [String]) {
    #expect(complaints(text) == wanted)
  }

  @Test func enabledIsOffWhereItIsNotSaid() throws {
    let text = "name: r\ntrigger: {type: far.away}\naction: {ref: far.act}"
    #expect(PackTexts.content(["rules/r.yaml": text])?.rules.first?.enabled == false)
  }
}
