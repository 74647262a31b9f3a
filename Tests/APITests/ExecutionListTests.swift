import Connectors
import JSON
import TestSupport
import Testing

@Suite(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.missing)"))
struct ExecutionListTests {
  @Test func aListIsFilteredCountedAndCut() async throws {
    try await APIBench.run { bench in
      try await bench.standardContent()
      let first = try await bench.run("shop.close", ["user": "ann"])
      let second = try await bench.run("shop.knock", ["user": "bob"])
      let third = try await bench.run("shop.close", ["user": "bob"])
      _ = try await bench.get("/executions/\(third)")
      let path = "/api/v1/executions"

      let all = try await bench.get(path)
      #expect(all.each("id") == [third, second, first])
      #expect(all.header("x-total-count") == "3")
      #expect(all.header("x-limit") == "100")
      let part = try await bench.get(path + "?limit=1&offset=1")
      #expect(part.each("id") == [second])
      #expect(part.header("x-total-count") == "3")
      #expect(part.header("x-limit") == "1")
      #expect(try await bench.get(path + "?limit=-1").header("x-limit") == nil)
      #expect(try await bench.get(path + "?offset=3").json == [])

      let filters: [(query: String, ids: [String])] = [
        ("action=shop.close", [third, first]), ("action=shop.nothing", []),
        ("user=bob", [third, second]), ("user=bob&action=shop.close", [third]),
        ("status=scheduled", [third, second, first]), ("status=failed", []),
        ("id=\(first),\(second)", [second, first]), ("runner=noop&user=ann", [first]),
        ("runner=orquesta", []), ("parent=null", [third, second, first]),
        ("parent=\(first)", []), ("rule=close_front", []), ("trigger=shop.alarm", []),
        ("trigger_instance=\(first)", []), ("liveaction=\(first)", []),
        ("timestamp_gt=2001-01-01T00:00:00Z", [third, second, first]),
        ("timestamp_lt=2001-01-01T00:00:00Z", []), ("sort_asc=true", [first, second, third]),
        ("sort=start_timestamp", [first, second, third]), ("sort=%2Btimestamp&limit=1", [first]),
        ("sort=-start_timestamp", [third, second, first]), ("sort=colour&odd=1&limit=1", [third]),
      ]
      for (query, ids) in filters {
        let answer = try await bench.get("\(path)?\(query)")
        #expect(answer.each("id") == ids, "\(query): \(answer.text)")
      }
    }
  }

  @Test func attributesAreChosen() async throws {
    try await APIBench.run { bench in
      try await bench.standardContent()
      let id = try await bench.run()
      for path in ["/executions/\(id)", "/executions/last"] {
        let some = try await bench.get(path + "?include_attributes=status,action.ref")
        #expect(Set(some.json.objectValue?.keys ?? []) == ["id", "status", "action"])
        let others = try await bench.get(path + "?exclude_attributes=status,result")
        #expect(others.json["status"] == nil)
        #expect(others.json["action"] != nil)
        for wrong in [
          "include_attributes=colour", "exclude_attributes=action",
          "include_attributes=status&exclude_attributes=result", "max_result_size=0",
          "max_result_size=14680065", "max_result_size=x",
        ] {
          #expect(try await bench.get("\(path)?\(wrong)").status == 400, "\(wrong)")
        }
        #expect(try await bench.get("\(path)?max_result_size=14680064").status == 200)
      }
      let listed = try await bench.get("/executions?include_attributes=parameters")
      #expect(listed.json == [["id": .string(id), "parameters": [:]]])
    }
  }

  @Test func whatAQueryCannotMeanIsRefused() async throws {
    try await APIBench.run { bench in
      let path = "/api/v1/executions"
      for (query, names) in [
        ("limit=0", "limit"), ("limit=-2", "limit"), ("limit=x", "limit"), ("limit=", "limit"),
        ("limit=99999999999999999999", "limit"), ("offset=-1", "offset"),
        ("offset=2147483648", "offset"), ("offset=x", "offset"), ("id=123", "id"),
        ("timestamp_gt=yesterday", "timestamp_gt"),
      ] {
        let answer = try await bench.get("\(path)?\(query)")
        #expect(answer.status == 400, "\(query): \(answer.text)")
        #expect(answer.fault.contains(names), "\(query): \(answer.text)")
      }
      #expect(try await bench.get(path + "?offset=2147483647").json == [])
    }
  }

  /// At what one step brings, one past it, and over several.
  @Test(arguments: [500, 501, 1_203])
  func aLongListIsWhole(count: Int) async throws {
    try await APIBench.run { bench in
      let ids = try await bench.executionFacts(count)
      let path = "/executions?limit=-1&include_attributes=status"
      let all = try await bench.eventually(path) { $0.header("x-total-count") == "\(count)" }
      #expect(all.each("id") == ids.reversed())
      let part = try await bench.get("/executions?limit=\(count)&offset=1&sort_asc=true")
      #expect(part.each("id") == Array(ids.dropFirst()))
    }
  }

  @Test func whatARuleAskedForNamesItsCause() async throws {
    try await APIBench.run { bench in
      try await bench.standardContent()
      let instance = try await bench.alarm()
      // Tables come up one by one: this one holds the cause.
      _ = try await bench.eventually("/triggerinstances/\(instance)") { $0.status == 200 }
      let listed = try await bench.eventually("/executions?trigger_instance=\(instance)") {
        $0.json[0] != nil
      }
      let id = try #require(listed.json[0]?["id"]?.stringValue)
      for execution in [listed.json[0], try await bench.get("/executions/\(id)").json] {
        #expect(execution?["rule"]?["ref"] == "shop.close_front")
        #expect(execution?["rule"]?["uid"] == "rule:shop:close_front")
        #expect(execution?["rule"]?["places"] == nil)
        #expect(execution?["rule"]?["trigger"]?["ref"] == "shop.alarm")
        #expect(execution?["trigger_instance"]?["payload"] == ["door": "front"])
        #expect(execution?["trigger_type"]?["uid"] == "trigger_type:shop:alarm")
        #expect(execution?["trigger"]?["ref"] == "shop.alarm")
        #expect(execution?["parameters"] == ["door": "front"])
      }
      for query in [
        "rule=close_front", "rule=shop.close_front", "trigger=shop.alarm",
        "trigger_type=shop.alarm",
      ] {
        #expect(try await bench.get("/executions?\(query)").each("id") == [id], "\(query)")
      }
      let attribute = try await bench.get("/executions/\(id)/attribute/trigger_instance")
      #expect(attribute.json["id"]?.stringValue == instance)
    }
  }
}
