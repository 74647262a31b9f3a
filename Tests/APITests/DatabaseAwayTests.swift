import JSON
import TestSupport
import Testing

/// What is answered while no database is there.
@Suite struct DatabaseAwayTests {
  private static let id = "0123456789abcdef01234567"
  private static let views = [
    "/api/v1/executions", "/api/v1/executions/\(id)", "/api/v1/executions/last",
    "/api/v1/executions/\(id)/output", "/api/v1/triggerinstances", "/triggerinstances/\(id)",
    "/api/v1/ruleenforcements", "/ruleenforcements/\(id)", "/api/v2/decisions",
    "/api/v2/decisions/\(id)", "/api/v2/explain/\(id)", "/api/v2/dead-letters",
    "/api/v2/dead-letters/events/0",
  ]

  @Test func theViewSaysThatItIsAway() async throws {
    try await APIBench.run(database: ContentTests.nowhere) { bench in
      for path in Self.views {
        let answer = try await bench.get(path)
        #expect(answer.status == 503, "\(path): \(answer.text)")
        #expect(answer.fault.contains("PostgreSQL is not available"), "\(path): \(answer.text)")
        #expect(answer.header("retry-after") != nil, "\(path)")
      }
    }
  }

  @Test func intakeDecisionsAndContentGoOn() async throws {
    try await APIBench.run(database: ContentTests.nowhere) { bench in
      try await bench.standardContent()
      let event: JSONValue = ["trigger": "shop.alarm", "payload": ["door": "front"]]
      #expect(try await bench.send("POST", "/api/v2/events", event).status == 202)
      let decided = try await bench.send("POST", "/api/v2/events?wait=decided", event)
      #expect(decided.status == 202)
      #expect(decided.json["outcomes"]?[0]?["decisions"]?[0]?["outcome"] == "fired")
      #expect(try await bench.send("POST", "/api/v1/webhooks/st2", event).status == 202)
      let asked = try await bench.send("POST", "/executions", ["action": "shop.close"])
      #expect(asked.status == 201)
      for path in ["/rules", "/actions", "/packs", "/api/v2/events", "/api/v2/log/decisions"] {
        #expect(try await bench.get(path).status == 200, "\(path)")
      }
      let status = try await bench.get("/api/v2/status")
      #expect(status.status == 200)
      let lags = status.json["projections"]?.arrayValue?.map { $0["lag"] ?? 0 } ?? []
      #expect(!lags.isEmpty)
      #expect(lags.allSatisfy { $0 == .null })
    }
  }
}
