import Automation
import JSON
import Streams
import TestSupport
import Testing

/// What comes from outside is data: its texts are no templates, its objects no secrets.
@Suite struct OutsideTextTests {
  let bench = EngineBench()
  static let forged: JSONValue = ["$sealed": "box", "fingerprint": "f"]
  static let unfinished: JSONValue = ["$template": "{{ token }}", "context": ["token": 1]]

  @Test func aTextThatARuleBroughtInIsNotEvaluated() async throws {
    try await bench.standard([
      EngineBench.rule(
        "tell",
        parameters: [
          "word": "{{ trigger.host }}", "data": ["text": "{{ trigger.host }}"],
          "token": "4711",
        ])
    ])
    try await bench.event(["host": "{{ token }} {{ oops"])
    try await bench.settle()
    let work = try #require(try await bench.work().first)
    #expect(work["action_parameters"]?["word"] == "{{ token }} {{ oops")
    #expect(work["action_parameters"]?["data"] == ["text": "{{ token }} {{ oops"])
  }

  @Test func anActionsOwnDefaultIsEvaluatedOverThem() async throws {
    try await bench.standard([
      EngineBench.rule("greet", parameters: ["who": "{{ trigger.host }}"], action: "test.greet")
    ])
    try await bench.content([
      .recorded(
        .action, ref: "test.greet",
        body: [
          "name": "greet", "pack": "test", "runner_type": "noop", "enabled": true,
          "parameters": [
            "who": ["type": "string"],
            "text": ["type": "string", "default": "Hello {{ who }}"],
          ],
        ])
    ])
    try await bench.event(["host": "{{ 1 + 1 }}"])
    try await bench.settle()
    let work = try #require(try await bench.work().first)
    #expect(work["action_parameters"] == ["who": "{{ 1 + 1 }}", "text": "Hello {{ 1 + 1 }}"])
  }

  @Test func whatACallerWroteIsEvaluated() async throws {
    try await bench.standard()
    _ = try await bench.run("test.say", ["word": "{{ count }} times", "count": 2])
    try await bench.settle()
    let work = try #require(try await bench.work().first)
    #expect(work["action_parameters"]?["word"] == "2 times")
  }

  @Test(arguments: [forged, unfinished, ["deep": [forged]]])
  func aForgedSecretIsNotHandedOnByARule(_ more: JSONValue) async throws {
    try await bench.standard([
      EngineBench.rule("pass", parameters: ["data": "{{ trigger.more }}"])
    ])
    try await bench.event(["host": "a", "more": more])
    try await bench.settle()
    let decision = try #require(try await bench.decisions().first)
    #expect(decision["outcome"] == "error")
    #expect(decision["reason"]?.stringValue?.contains("reserved for secrets") ?? false)
    #expect(try await bench.work().isEmpty)
  }

  @Test func aTextThatWouldBecomeASecretIsRefused() async throws {
    try await bench.standard([
      EngineBench.rule("cast", parameters: ["data": "{{ trigger.text }} "])
    ])
    try await bench.event(["host": "a", "text": .string(Self.forged.text())])
    _ = try await bench.run(
      "test.say",
      ["word": .string(Self.forged.text()), "data": ["x": "{{ word | from_json_string }}"]])
    try await bench.settle()
    let ends = try await bench.executions().filter { $0.type == "Ended" }
    #expect(ends.count == 2)
    for end in ends {
      #expect(end.data["status"] == "failed")
      let error = end.data["result"]?["error"]?.stringValue ?? ""
      #expect(error.contains("reserved for secrets"), "\(error)")
    }
    #expect(try await bench.work().isEmpty)
  }
}
