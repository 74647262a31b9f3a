import Automation
import Curl
import JSON
import Streams
import TestSupport
import Testing

@Suite(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.missing)"))
struct WebhookTriggerTests {
  private static let json: HTTPRequest.Header = ("Content-Type", "application/json")

  /// Rules that listen to the webhooks `door` and `gate/left`.
  private static func hooks(_ bench: APIBench) async throws {
    try await bench.standardContent()
    let rules = ["door", "gate/left"].enumerated().map { number, url in
      ContentFact.recorded(
        .rule, ref: "shop.hook\(number)",
        body: [
          "name": .string("hook\(number)"), "pack": "shop", "ref": .string("shop.hook\(number)"),
          "enabled": true, "type": ["ref": "standard", "parameters": [:]],
          "trigger": ["type": "core.st2.webhook", "parameters": ["url": .string(url)]],
          "criteria": [:], "action": ["ref": "shop.close", "parameters": [:]], "tags": [],
          "context": [:], "metadata_file": "rules/hook.yaml", "places": [:],
        ])
    }
    let type = ContentFact.recorded(
      .triggerType, ref: "core.st2.webhook",
      body: [
        "name": "st2.webhook", "pack": "core",
        "parameters_schema": ["type": "object", "properties": ["url": ["type": "string"]]],
      ])
    try await bench.content([type] + rules)
  }

  private static func post(
    _ bench: APIBench, _ hook: String, _ text: String, _ headers: [HTTPRequest.Header] = []
  ) async throws -> Answer {
    try await bench.send(
      "POST", "/api/v1/webhooks/\(hook)", text: text, headers: [json] + headers)
  }

  @Test func oneKeyGivesOneTrigger() async throws {
    try await APIBench.run { bench in
      try await Self.hooks(bench)
      let key: HTTPRequest.Header = ("Idempotency-Key", "k1")
      for _ in 1...2 {
        let answer = try await Self.post(bench, "door", #"{"n":1}"#, [key])
        #expect(answer.status == 202)
        #expect(answer.json == ["n": 1])
      }
      // Without a key each post counts, and another webhook's key is another key.
      for _ in 1...2 { _ = try await Self.post(bench, "door", #"{"n":2}"#) }
      _ = try await Self.post(bench, "gate/left", #"{"n":3}"#, [key])
      for lane in ["door", "gate/left"] { _ = try await Self.post(bench, lane, #"{"n":4}"#) }
      let path = "/triggerinstances?trigger_type=core.st2.webhook"
      let all = try await bench.eventually(path) { answer in
        answer.json.arrayValue?.count { $0["payload"]?["body"]?["n"] == 4 } == 2
      }
      let numbers = all.json.arrayValue?.compactMap { $0["payload"]?["body"]?["n"]?.intValue }
      #expect(numbers?.sorted() == [1, 2, 2, 3, 4, 4], "\(all.text)")
    }
  }

  @Test func aTriggerHasBodyAndHeadersButNoCredentials() async throws {
    try await APIBench.run { bench in
      try await Self.hooks(bench)
      let answer = try await bench.send(
        "POST", "/v1/webhooks/gate/left", text: "a=1&b=2&b=3",
        headers: [
          ("Content-Type", "application/x-www-form-urlencoded"), ("Authorization", "secret-one"),
          ("X-Auth-Token", "secret-two"), ("x-colour", "blue"), ("st2-trace-tag", "t1"),
        ])
      #expect(answer.status == 202)
      let found = try await bench.eventually("/triggerinstances?trace_tag=t1") {
        $0.json[0] != nil
      }
      let payload = found.json[0]?["payload"]
      #expect(payload?["body"] == ["a": ["1"], "b": ["2", "3"]])
      #expect(payload?["headers"]?["X-Colour"] == "blue")
      #expect(payload?["headers_lower"]?["x-colour"] == "blue")
      for record in try await bench.log.all(.events) {
        #expect(!record.text().contains("secret-"))
      }
    }
  }

  @Test func st2TakesAnyTrigger() async throws {
    try await APIBench.run { bench in
      try await Self.hooks(bench)
      let answer = try await Self.post(
        bench, "st2", #"{"trigger":"shop.alarm","payload":{"door":"front"}}"#)
      #expect(answer.status == 202)
      let found = try await bench.eventually("/triggerinstances?trigger=shop.alarm") {
        $0.json[0] != nil
      }
      #expect(found.json[0]?["payload"] == ["door": "front"])
      for (text, names) in [
        ("[]", "object"), ("{}", "Trigger not specified"), (#"{"trigger":"no.such"}"#, "no.such"),
        (#"{"trigger":"shop.alarm","payload":{}}"#, "door"),
      ] {
        let refused = try await Self.post(bench, "st2", text)
        #expect(refused.status == 400, "\(text)")
        #expect(refused.fault.contains(names), "\(text): \(refused.text)")
      }
    }
  }

  @Test func whatNoHookTakesIsRefused() async throws {
    try await APIBench.run(database: ContentTests.nowhere) { bench in
      try await Self.hooks(bench)
      let unknown = try await Self.post(bench, "window", "{}")
      #expect(unknown.status == 404)
      #expect(unknown.fault.contains("window"))
      #expect(try await Self.post(bench, "door", "{").status == 400)
      let xml = try await bench.send(
        "POST", "/webhooks/door", text: "<a/>", headers: [("Content-Type", "text/xml")])
      #expect(xml.status == 400)
      #expect(xml.fault.contains("text/xml"))
      let urls = try await bench.get("/api/v1/webhooks").json.arrayValue ?? []
      #expect(urls.map { $0["parameters"]?["url"] ?? .null } == ["door", "gate/left"])
      bench.system.isLow = true
      #expect(try await Self.post(bench, "door", "{}").status == 503)
    }
  }
}
