import JSON
import TestSupport
import Testing

/// Decisions in Petrel's form, as StackStorm's enforcements, and explained.
@Suite(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.missing)"))
struct DecisionTests {
  @Test func decisionsSayWhatEachRuleMadeOfATrigger() async throws {
    try await APIBench.run { bench in
      try await bench.standardContent()
      let id = try await bench.alarm()
      let other = try await bench.alarm(["door": "front", "volume": 3])
      let path = "/api/v2/decisions"
      _ = try await bench.eventually(path) { $0.header("x-total-count") == "4" }
      // Executions have a projection of their own.
      let made = try await bench.eventually("\(path)?trigger_instance=\(id)") { answer in
        answer.json.arrayValue?.contains { $0["execution_id"]?.stringValue != nil } ?? false
      }
      #expect(Set(made.each("rule")) == ["shop.close_front", "shop.close_loud"])
      let fired = try #require(made.json.arrayValue?.first { $0["outcome"] == "fired" })
      #expect(fired["rule"] == "shop.close_front")
      #expect(fired["criterion"] == .null)
      #expect(fired["execution_id"]?.stringValue?.count == 24)
      let missed = try #require(made.json.arrayValue?.first { $0["outcome"] != "fired" })
      #expect(missed["outcome"] == "missing_field")
      #expect(missed["criterion"]?["key"] == "trigger.volume")
      #expect(missed["execution_id"] == .null)

      let filters: [(query: String, count: Int)] = [
        ("rule=shop.close_loud", 2), ("rule=shop.nothing", 0), ("outcome=fired", 2),
        ("outcome=fired,no_match", 3), ("trigger_instance=\(other)", 2),
        ("trigger_instance=\(other)&outcome=no_match", 1), ("limit=1", 1), ("offset=3", 1),
        ("decided_at_lt=2001-01-01T00:00:00Z", 0),
      ]
      for (query, count) in filters {
        let answer = try await bench.get("\(path)?\(query)")
        #expect(answer.json.arrayValue?.count == count, "\(query): \(answer.text)")
      }
      let one = try #require(fired["id"]?.stringValue)
      #expect(try await bench.get("\(path)/\(one)").json == fired)
      #expect(try await bench.get("\(path)/0123456789abcdef01234567").status == 404)
      #expect(try await bench.get("\(path)?limit=0").status == 400)
    }
  }

  @Test func enforcementsAreTheDecisionsThatFiredOrFailed() async throws {
    try await APIBench.run { bench in
      try await bench.standardContent()
      let id = try await bench.alarm(["door": "front", "volume": "loud"])
      _ = try await bench.alarm()
      let path = "/api/v1/ruleenforcements"
      let all = try await bench.eventually(path) { $0.header("x-total-count") == "3" }
      #expect(all.header("x-limit") == "50")
      let ours = try await bench.get("\(path)?trigger_instance=\(id)")
      let fired = try #require(ours.json.arrayValue?.first { $0["status"] == "succeeded" })
      #expect(fired["rule"]?["ref"] == "shop.close_front")
      #expect(fired["rule"]?["uid"] == "rule:shop:close_front")
      #expect(fired["trigger_instance_id"]?.stringValue == id)
      #expect(fired["failure_reason"] == nil)
      let execution = try #require(fired["execution_id"]?.stringValue)
      #expect(try await bench.get("/executions/\(execution)").status == 200)
      let failed = try #require(ours.json.arrayValue?.first { $0["status"] == "failed" })
      #expect(failed["rule"]?["ref"] == "shop.close_loud")
      #expect(failed["execution_id"] == nil)
      #expect(failed["failure_reason"]?.stringValue?.hasPrefix("trigger.volume: ") ?? false)

      #expect(try await bench.get("\(path)?rule_ref=shop.close_front").each("id").count == 2)
      let rule = try #require(fired["rule"]?["id"]?.stringValue)
      #expect(try await bench.get("\(path)?rule_id=\(rule)").each("id").count == 2)
      #expect(try await bench.get("\(path)?rule_id=none").json == [])
      #expect(try await bench.get("\(path)?execution=\(execution)").json == [fired])
      let one = try #require(failed["id"]?.stringValue)
      #expect(try await bench.get("\(path)/\(one)").json == failed)
      let missed = try await bench.get("/api/v2/decisions?outcome=missing_field")
      let hidden = try #require(missed.each("id").first)
      #expect(try await bench.get("\(path)/\(hidden)").status == 404)
    }
  }

  @Test func aTriggerIsExplainedRuleByRule() async throws {
    try await APIBench.run { bench in
      try await bench.standardContent()
      let id = try await bench.alarm(["door": "front", "volume": 3])
      let answer = try await bench.get("/api/v2/explain/\(id)")
      #expect(answer.status == 200)
      #expect(answer.json["trigger_instance"]?["id"]?.stringValue == id)
      #expect(answer.json["omitted"] == 0)
      let rules = answer.json["rules"]?.arrayValue ?? []
      #expect(
        rules.map { $0["rule"] ?? .null }
          == ["shop.close_front", "shop.close_loud", "shop.close_never"])
      let outcomes: [JSONValue] = ["fired", "no_match", "disabled"]
      #expect(rules.map { $0["outcome"] ?? .null } == outcomes)
      #expect(rules.map { $0["recorded"] ?? .null } == [true, true, false])
      #expect(rules.first?["execution"]?["id"]?.stringValue?.count == 24)
      let criteria = rules.dropFirst().first?["criteria"]?.arrayValue ?? []
      #expect(criteria.map { $0["outcome"] ?? .null } == ["passed", "failed", "not_reached"])
      #expect(criteria.dropFirst().first?["value"] == 3)
      #expect(criteria.dropFirst().first?["pattern"] == 10)

      let one = try await bench.get("/api/v2/explain/\(id)?rule=shop.close_loud")
      #expect(one.json["rules"]?.arrayValue?.count == 1)
      let unknown = try await bench.get("/api/v2/explain/\(id)?rule=shop.nothing")
      #expect(unknown.status == 404)
      #expect(unknown.fault.contains("shop.nothing"))
      #expect(try await bench.get("/api/v2/explain/0123456789abcdef01234567").status == 404)
    }
  }

  @Test func whatTheIndexLeftOutIsWorkedOutAgain() async throws {
    try await APIBench.run { bench in
      try await bench.standardContent()
      try await bench.content([
        bench.rule("close_back", ["trigger.door": ["type": "eq", "pattern": "back"]])
      ])
      let id = try await bench.alarm()
      let answer = try await bench.get("/api/v2/explain/\(id)?rule=shop.close_back")
      let rule = answer.json["rules"]?[0]
      #expect(rule?["recorded"] == false)
      #expect(rule?["outcome"] == "no_match")
      #expect(rule?["criteria"]?[0]?["value"] == "front")
      #expect(rule?["execution"] == .null)
    }
  }
}
