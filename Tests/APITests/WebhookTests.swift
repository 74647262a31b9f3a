import API
import Automation
import JSON
import Streams
import TestSupport
import Testing

/// Webhooks answer as StackStorm's do, and make the same payload of a body.
@Suite(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.missing)"))
struct WebhookTests {
  private static let hook = "/api/v1/webhooks/shop/bell"
  private static let form = "application/x-www-form-urlencoded"

  /// A bench with a rule that listens to the webhook `shop/bell`.
  private static func run(_ test: @Sendable @escaping (APIBench) async throws -> Void) async throws
  {
    try await APIBench.run { bench in
      try await bench.standardContent()
      try await bench.content([
        .recorded(
          .triggerType, ref: Trigger.webhookType, body: ["name": "st2.webhook", "pack": "core"]),
        .recorded(
          .rule, ref: "shop.ring",
          body: [
            "name": "ring", "pack": "shop", "ref": "shop.ring", "enabled": true,
            "type": ["ref": "standard", "parameters": [:]],
            "trigger": ["type": "core.st2.webhook", "parameters": ["url": "shop/bell"]],
            "criteria": [:], "action": ["ref": "shop.close", "parameters": [:]],
          ]),
      ])
      try await test(bench)
    }
  }

  /// What a rule sees as `trigger.body` of the last event.
  private static func kept(_ bench: APIBench) async throws -> JSONValue? {
    try await bench.log.all(.events).last?["data"]?["body"]?["body"]
  }

  @Test(
    arguments: [
      ("application/json", "{\"kind\": \"ü\"}", ["kind": "ü"]),
      ("application/json; charset=utf-8", "[1, 2]", [1, 2]), ("text/plain", "{}", [:]),
      ("application/json", "", [:]), (form, "kind=f%C3%BC&note=", ["kind": ["fü"]]),
      (form, "kind=form&note=a&note=b&note=", ["kind": ["form"], "note": ["a", "b"]]),
    ] as [(String, String, JSONValue)])
  func aBodyIsTaken(_ type: String, _ text: String, _ body: JSONValue) async throws {
    try await Self.run { bench in
      for path in [Self.hook, Self.hook + "/"] {
        let answer = try await bench.send("POST", path, text: text, type: type)
        #expect(answer.status == 202)
        #expect(answer.json == body)
        #expect(try await Self.kept(bench) == body)
      }
    }
  }

  @Test func whatIsNoBodyIsRefused() async throws {
    try await Self.run { bench in
      for (type, text, fault) in [
        ("application/json", "\"text\"", "\"text\" is not of type 'object', 'array'"),
        ("application/json", "5", "5 is not of type 'object', 'array'"),
        ("application/json", "null", "null is not of type 'object', 'array'"),
        ("application/json", "{\"kind\":", "Failed to parse request body: line 1, column 9"),
        ("text/plain", "plain", "Failed to parse request body: line 1, column 1"),
        (
          "application/xml", "<a/>",
          "Failed to parse request body: Unsupported Content-Type: \"application/xml\""
        ),
      ] {
        let answer = try await bench.send("POST", Self.hook, text: text, type: type)
        #expect(answer.status == 400)
        #expect(answer.fault.hasPrefix(fault), "\(answer.text)")
      }
      let unknown = try await bench.send("POST", "/v1/webhooks/shop/nope", [:])
      #expect(unknown.status == 404)
      #expect(unknown.fault == "Webhook shop/nope not registered with st2")
      #expect(try await bench.log.records(.events).isEmpty)
    }
  }

  @Test func anyTriggerIsTakenBySt2() async throws {
    try await Self.run { bench in
      let path = "/api/v1/webhooks/st2"
      let good: JSONValue = ["trigger": "shop.alarm", "payload": ["door": "front"]]
      let answer = try await bench.send("POST", path, good)
      #expect(answer.status == 202)
      #expect(answer.json == good)
      for (body, fault) in [
        ([:], "Trigger not specified."), ([], "Webhook body needs to be an object, got: array"),
        (["trigger": "shop.alarm"], "payload must be an object"),
        (["trigger": "shop.nothing", "payload": [:]], "shop.nothing"),
        (["trigger": "shop.alarm", "payload": [:]], "door"),
      ] as [(JSONValue, String)] {
        let refused = try await bench.send("POST", path, body)
        #expect(refused.status == 400)
        #expect(refused.fault.contains(fault), "\(refused.text)")
      }
      #expect(try await bench.log.records(.events).count == 1)
    }
  }

  @Test func anEmptyIdempotencyKeyIsNone() async throws {
    try await Self.run { bench in
      func ring(_ key: String) async throws {
        let answer = try await bench.send(
          "POST", Self.hook, text: "{}", headers: [("Idempotency-Key", key)])
        #expect(answer.status == 202)
      }
      for key in ["", "", "k", "k"] { try await ring(key) }
      let instances = try await bench.eventually(
        "/api/v1/triggerinstances?trigger_type=core.st2.webhook&limit=10"
      ) { $0.json.arrayValue?.count == 3 }
      #expect(instances.status == 200)
      let long = String(repeating: "k", count: 1025)
      let refused = try await bench.send(
        "POST", Self.hook, text: "{}", headers: [("Idempotency-Key", long)])
      #expect(refused.status == 400)
    }
  }

  @Test func aLongBodyIsTakenWhereTheSiteAllowsIt() async throws {
    try await APIBench.run(eventBytesMax: 4 << 20) { bench in
      try await bench.standardContent()
      let long = String(repeating: "x", count: 2 << 20)
      let answer = try await bench.send(
        "POST", "/webhooks/st2",
        ["trigger": "shop.alarm", "payload": ["door": "front", "note": .string(long)]])
      #expect(answer.status == 202, "\(answer.fault)")
    }
  }
}
