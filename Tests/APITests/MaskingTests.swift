import Automation
import Calendar
import Connectors
import JSON
import TestSupport
import Testing

@testable import API

/// Parameters that a rule passed on are in the view as they came; what is secret is not shown.
@Suite struct MaskingTests {
  private static let canary = "open sesame 4711"

  private func shown(_ parameters: JSONValue, _ content: Content) throws -> JSONValue? {
    let row = ExecutionProjection.Row(
      requested: "0123456789abcdef01234567", "shop.close", at: Instant(seconds: 0),
      ExecutionProjection.RequestedTexts(
        parameters: Array(parameters.text().utf8), context: Array("{}".utf8), user: "ann"),
      delayMs: 0)
    let document = ExecutionJSON(content: content, webURL: "").document(row, nil)
    var writer = JSONWriter()
    document.write(into: &writer)
    #expect(!String(decoding: writer.bytes, as: UTF8.self).contains(Self.canary))
    return try JSONValue(parsing: writer.bytes, limits: JSONLimits(depthMax: 200))["parameters"]
  }

  @Test func ofAnActionThatIsGoneNothingIsShown() throws {
    let parameters: JSONValue = ["token": .string(Self.canary), "door": "front"]
    #expect(
      try shown(parameters, ContentTable().content) == ["token": "********", "door": "********"])
  }

  @Test(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.missing)"))
  func aSecretBesideAVeryLongTextIsMasked() async throws {
    try await APIBench.run(eventBytesMax: 4 << 20) { bench in
      try await bench.standardContent()
      let parameters: JSONValue = [
        "token": "{{ trigger.word }}",
        "login": ["name": "{{ trigger.note }}", "word": "{{ trigger.word }}"],
      ]
      try await bench.content([
        .recorded(
          .rule, ref: "shop.tell",
          body: [
            "name": "tell", "pack": "shop", "ref": "shop.tell", "enabled": true,
            "type": ["ref": "standard", "parameters": [:]],
            "trigger": ["type": "shop.alarm", "parameters": [:]], "criteria": [:],
            "action": ["ref": "shop.close", "parameters": parameters],
          ])
      ])
      let note = String(repeating: "x", count: 3 << 19)
      _ = try await bench.alarm([
        "door": "back", "word": .string(Self.canary), "note": .string(note),
      ])
      let list = try await bench.eventually("/executions?rule=shop.tell") {
        $0.json.arrayValue?.count == 1
      }
      let shown = list.json[0]?["parameters"]
      #expect(shown?["token"] == "********")
      #expect(shown?["login"]?["word"] == "********")
      #expect(shown?["login"]?["name"] == .string(note))
      #expect(!list.text.contains(Self.canary))
    }
  }
}
