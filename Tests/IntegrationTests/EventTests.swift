import Curl
import JSON
import Processes
import TestSupport
import Testing

extension SharedServerTests {
  /// Events from their arrival to the action, sent as users send them.
  @Suite struct EventTests {
    /// How a body is sent, and what the log calls its events.
    struct Form: Sendable, CustomTestStringConvertible {
      let name: String
      let headers: [HTTPRequest.Header]
      let body: String
      let count: Int
      let stored: String

      var testDescription: String { name }
    }

    private static let payload = #"{"host":"web1","severity":"critical","value":97}"#
    private static let short = #"{"trigger":"demo.alert","payload":\#(payload)}"#
    private static func cloud(_ id: String) -> String {
      #"{"specversion":"1.0","type":"demo.alert","source":"/m","id":"\#(id)","data":\#(payload)}"#
    }
    private static let json: HTTPRequest.Header = ("Content-Type", "application/json")

    static let forms = [
      Form(name: "short", headers: [json], body: short, count: 1, stored: "short"),
      Form(
        name: "form of curl -d", headers: [("Content-Type", "application/x-www-form-urlencoded")],
        body: short, count: 1, stored: "short"),
      Form(
        name: "CloudEvent", headers: [("Content-Type", "application/cloudevents+json")],
        body: cloud("one"), count: 1, stored: "cloudevent"),
      Form(
        name: "binary mode",
        headers: [
          json, ("ce-specversion", "1.0"), ("ce-type", "demo.alert"), ("ce-source", "/m"),
          ("ce-id", "two"),
        ],
        body: payload, count: 1, stored: "cloudevent"),
      Form(
        name: "NDJSON", headers: [("Content-Type", "application/x-ndjson")],
        body: "\(short)\n\(short)\n\(short)\n", count: 3, stored: "short"),
      Form(
        name: "array", headers: [json], body: "[\(cloud("three")),\n\(cloud("four"))]", count: 2,
        stored: "cloudevent"),
    ]

    @Test(arguments: forms) func everyFormIsTakenAndDecided(_ form: Form) async throws {
      let petrel = try SharedServerTests.petrel
      let answer = try await petrel.send(
        "POST", "/api/v2/events?wait=decided", text: form.body, headers: form.headers)
      #expect(answer.status == 202)
      #expect(answer.json["accepted"]?.intValue == form.count, "\(answer.text)")
      let outcomes = answer.json["outcomes"]?.arrayValue ?? []
      #expect(outcomes.count == form.count)
      for outcome in outcomes {
        let decisions = outcome["decisions"]?.arrayValue ?? []
        #expect(decisions.first?["rule"] == "demo.notify_critical")
        #expect(decisions.first?["outcome"] == "fired")
        let offset = try #require(outcome["offset"]?.intValue)
        let event = try await petrel.get("/api/v2/events/\(offset)")
        #expect(event.json["form"]?.stringValue == form.stored)
      }
      let last = try #require(outcomes.last?["trigger_instance"]?.stringValue)
      let done = try await petrel.eventually("/executions?trigger_instance=\(last)") {
        $0.json[0]?["status"] == "succeeded"
      }
      #expect(
        done.json[0]?["result"]?["stdout"]
          == "notified about web1 (unsigned): no message (97 %)")
    }

    @Test func oneBadLineOfManyIsNamedAndTheOthersAreTaken() async throws {
      let answer = try await SharedServerTests.petrel.send(
        "POST", "/api/v2/events", text: "\(Self.short)\n{\"trigger\":\"no.such\"}\n\(Self.short)\n",
        headers: [("Content-Type", "application/x-ndjson")])
      #expect(answer.status == 202)
      #expect(answer.json["accepted"] == 2)
      #expect(answer.json["rejected"]?[0]?["line"] == 2)
      let reason = answer.json["rejected"]?[0]?["reason"]?.stringValue ?? ""
      #expect(reason.contains("no.such"))
    }

    @Test func aSecondCopyOfAnEventFiresNothing() async throws {
      let petrel = try SharedServerTests.petrel
      let event: JSONValue = [
        "trigger": "demo.alert", "payload": ["host": "lab-77"], "id": "copy", "source": "twin",
      ]
      let first = try await petrel.event(event)
      let again = try await petrel.send("POST", "/api/v2/events?wait=decided", event)
      #expect(again.status == 202)
      #expect(again.json["outcomes"]?[0]?["decisions"]?.arrayValue ?? [] == [])
      let done = try await petrel.eventually("/executions?trigger_instance=\(first)") {
        $0.json[0]?["status"] == "succeeded"
      }
      #expect(done.json.arrayValue?.count == 1)
    }

    @Test func aRuleThatDoesNotFireIsExplained() async throws {
      let petrel = try SharedServerTests.petrel
      let id = try await petrel.event([
        "trigger": "demo.alert", "payload": ["host": "web2", "severity": "warning", "value": 97],
      ])
      let text = try await petrel.command("explain", id)
      #expect(text.code == 0, "\(text.stderr.text)")
      #expect(text.stdout.text.contains("✗ demo.notify_critical  no_match"))
      #expect(text.stdout.text.contains(#"✗ trigger.severity equals "critical", saw "warning""#))
      #expect(text.stdout.text.contains("✓ demo.file_unmatched  fired"))

      let document = try #require(try await petrel.command("explain", id, "--json").lines.first)
      let rules = document["rules"]?.arrayValue ?? []
      let missed = rules.first { $0["rule"] == "demo.notify_critical" }
      #expect(missed?["criteria"]?[0]?["outcome"] == "failed")
      #expect(missed?["criteria"]?[0]?["value"] == "warning")
      #expect(missed?["criteria"]?[1]?["outcome"] == "not_reached")
      let fired = rules.first { $0["rule"] == "demo.file_unmatched" }
      let execution = try #require(fired?["execution"]?["id"]?.stringValue)
      let done = try await petrel.eventually("/executions/\(execution)") {
        $0.json["status"] == "succeeded"
      }
      #expect(done.json["result"]?["stdout"] == "filed: web2")
    }

    @Test func aWebhookReachesItsRule() async throws {
      let petrel = try SharedServerTests.petrel
      let answer = try await petrel.send("POST", "/api/v1/webhooks/demo", ["message": "hello"])
      #expect(answer.status == 202)
      #expect(answer.json == ["message": "hello"])
      let done = try await petrel.eventually("/executions?rule=demo.greet_webhook") {
        $0.json[0]?["status"] == "succeeded"
      }
      #expect(done.json[0]?["result"]?["stdout"] == "hello")
    }
  }
}
