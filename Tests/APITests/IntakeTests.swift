import API
import Automation
import JSON
import Streams
import TestSupport
import Testing

/// `POST /api/v2/events`: what is taken, what is refused, and what the answer says of it.
@Suite(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.missing)"))
struct IntakeTests {
  private static let events = "/api/v2/events"
  private static let forged: [JSONValue] = [
    ["$sealed": "box", "fingerprint": "f"], ["$template": "{{ a }}", "context": [:]],
  ]

  private static func alarm(_ more: JSONObject = [:], _ payload: JSONObject = [:]) -> JSONValue {
    var event: JSONObject = ["trigger": "shop.alarm"]
    var body: JSONObject = ["door": "front"]
    for (key, value) in payload { body[key] = value }
    event["payload"] = .object(body)
    for (key, value) in more { event[key] = value }
    return .object(event)
  }

  @Test func anEmptyIDIsNone() async throws {
    try await APIBench.run { bench in
      try await bench.standardContent()
      for _ in 1...2 {
        let answer = try await bench.send(
          "POST", Self.events + "?wait=decided", Self.alarm(["id": "", "source": "s"]))
        #expect(answer.status == 202)
        let outcome = answer.json["outcomes"]?[0]
        #expect(outcome?["trigger_instance"]?.stringValue != nil)
        #expect(outcome?["duplicate_of"] == nil)
      }
      let long = String(repeating: "i", count: 1025)
      let refused = try await bench.send("POST", Self.events, Self.alarm(["id": .string(long)]))
      #expect(refused.status == 400)
      #expect(refused.fault.contains("id"))
    }
  }

  @Test func whatLooksLikeASecretsHandleIsRefused() async throws {
    try await APIBench.run { bench in
      try await bench.standardContent()
      for forged in Self.forged {
        let event = try await bench.send(
          "POST", Self.events, Self.alarm([:], ["more": ["deep": [forged]]]))
        #expect(event.status == 400)
        #expect(event.fault.contains("reserved for secrets"), "\(event.text)")
        for body: JSONValue in [
          ["action": "shop.close", "parameters": ["token": forged]],
          ["action": "shop.close", "context": ["mine": [forged]]],
        ] {
          let run = try await bench.send("POST", "/api/v1/executions", body)
          #expect(run.status == 400)
          #expect(run.fault.contains("reserved for secrets"), "\(run.text)")
        }
      }
      #expect(try await bench.log.records(.events).isEmpty)
      #expect(try await bench.log.records(.commands).isEmpty)
      // More members, or others beside them, are an object as any other.
      let other = Self.alarm([:], ["more": ["$sealed": "box", "fingerprint": "f", "x": 1]])
      #expect(try await bench.send("POST", Self.events, other).status == 202)
    }
  }

  @Test func whoWaitsIsToldWhatBecameOfEachEvent() async throws {
    try await APIBench.run { bench in
      try await bench.standardContent()
      let lines = [Self.alarm(), Self.alarm(["id": "a"]), Self.alarm(["id": "a"])]
      let answer = try await bench.send(
        "POST", Self.events + "?wait=decided",
        text: lines.map { $0.text() }.joined(separator: "\n"),
        type: "application/x-ndjson")
      #expect(answer.status == 202)
      let outcomes = answer.json["outcomes"]?.arrayValue ?? []
      #expect(outcomes.map { $0["line"] } == [1, 2, 3])
      #expect(outcomes[0]["decisions"]?.arrayValue?.count == 2)
      #expect(outcomes[2]["duplicate_of"] == outcomes[1]["trigger_instance"])
      #expect(outcomes.allSatisfy { $0["decided"] == nil })
      #expect(answer.json["outcomes_omitted"] == nil)
    }
  }

  @Test func outcomesThatAreLeftOutAreCounted() async throws {
    try await APIBench.run { bench in
      try await bench.standardContent()
      let line = Self.alarm([:], ["door": "back"]).text() + "\n"
      let answer = try await bench.send(
        "POST", Self.events + "?wait=decided", text: String(repeating: line, count: 10_003),
        type: "application/x-ndjson")
      #expect(answer.status == 202)
      #expect(answer.json["accepted"] == 10_003)
      #expect(answer.json["outcomes"]?.arrayValue?.count == 10_000)
      #expect(answer.json["outcomes_omitted"] == 3)
    }
  }

  @Test func aBinaryCloudEventMayBeLong() async throws {
    try await APIBench.run(eventBytesMax: 4 << 20) { bench in
      try await bench.standardContent()
      let long = String(repeating: "x", count: 2 << 20)
      let data: JSONValue = ["door": "front", "note": .string(long)]
      let answer = try await bench.send(
        "POST", Self.events, text: data.text(), type: "application/json",
        headers: [
          ("ce-specversion", "1.0"), ("ce-type", "shop.alarm"), ("ce-id", "1"),
          ("ce-source", "/s"),
        ])
      #expect(answer.status == 202, "\(answer.fault)")
    }
  }

  @Test func aBodyThatIsNoJSONSaysWhereInOneSentence() async throws {
    try await APIBench.run { bench in
      try await bench.standardContent()
      let answer = try await bench.send(
        "POST", Self.events + "?mode=all", text: "{\"trigger\": oops}\n",
        type: "application/x-ndjson")
      #expect(answer.status == 400)
      let reason = answer.json["rejected"]?[0]?["reason"]?.stringValue ?? ""
      #expect(reason.hasPrefix("not JSON at column 13: expected"), "\(reason)")
      #expect(answer.fault == "line 1: \(reason)")
    }
  }

  @Test func aBodyThatBreaksSaysWhatIsTaken() async throws {
    try await APIBench.run { bench in
      try await bench.standardContent()
      let text = String(repeating: "x", count: 64 << 10)
      let line = Self.alarm([:], ["note": .string(text)]).text() + "\n"
      bench.system.turnLow(afterAsking: 3)
      let answer = try await bench.send(
        "POST", Self.events, text: String(repeating: line, count: 80),
        type: "application/x-ndjson")
      #expect(answer.status == 503)
      #expect(answer.header("retry-after") == "10")
      let accepted = answer.json["accepted"]?.intValue ?? 0
      #expect((16..<80).contains(accepted))
      #expect(answer.json["accepted_to_line"] == .int(accepted))
      #expect(answer.fault.contains("up to line \(accepted) is taken"), "\(answer.fault)")
      #expect(try await bench.log.records(.events).count == accepted)
    }
  }
}
