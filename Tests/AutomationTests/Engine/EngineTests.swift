import Automation
import JSON
import Streams
import TestSupport
import Testing

/// From an event to an explained decision and to work, on the real chain.
@Suite struct EngineTests {
  let bench = EngineBench()
  private let worker = WorkerName(worker: "w", incarnation: "1")

  @Test func anEventThatARuleWantsBecomesWork() async throws {
    let critical: JSONObject = [
      "trigger.severity": ["type": "equals", "pattern": "critical"],
      "trigger.value": ["type": "greaterthan", "pattern": 90],
    ]
    try await bench.standard([
      EngineBench.rule(
        "loud", criteria: critical,
        parameters: [
          "word": "{{ trigger.host }} at {{ trigger.value }}", "count": "{{ trigger.value }}",
          "data": "{{ trigger.more }}",
        ])
    ])
    try await bench.event([
      "host": "web1", "severity": "critical", "value": 97, "more": ["a": [1, "two"]],
    ])
    try await bench.settle()

    let decision = try #require(try await bench.decisions().first)
    #expect(decision["outcome"] == "fired")
    #expect(decision["rule"] == "test.loud")
    let facts = try await bench.executions()
    #expect(facts.map(\.type) == ["Requested", "Scheduled"])
    #expect(facts[0].data["rule"] == "test.loud")
    #expect(facts[0].data["decision"] == (try await bench.log.all(.decisions)[0]["id"]))
    let work = try #require(try await bench.work().first)
    #expect(work["execution"] == .string(facts[0].id))
    #expect(
      work["action_parameters"] == [
        "word": "web1 at 97", "count": 97, "data": ["a": [1, "two"]], "token": nil,
      ])
  }

  @Test func everyCandidateThatDoesNotFireSaysWhy() async throws {
    try await bench.standard([
      EngineBench.rule(
        "a", criteria: ["trigger.value": ["type": "gt", "pattern": 90]]),
      EngineBench.rule(
        "b", criteria: ["trigger.absent": ["type": "equals", "pattern": 1]]),
      EngineBench.rule(
        "c", criteria: ["trigger.host": ["type": "gt", "pattern": 5]]),
      EngineBench.rule("d", action: "test.unknown"),
      EngineBench.rule("e", parameters: ["word": "{{ trigger.nowhere }}"]),
      EngineBench.rule("f", enabled: false),
    ])
    try await bench.event(["host": "web1", "value": 12])
    try await bench.settle()
    let decisions = try await bench.decisions()
    #expect(
      decisions.map { $0["outcome"]?.stringValue } == [
        "no_match", "missing_field", "error", "error", "error",
      ])
    #expect(
      decisions[0]["criterion"] == [
        "key": "trigger.value", "operator": "gt", "pattern": 90, "value": 12,
      ])
    #expect(decisions[3]["reason"]?.stringValue?.contains("test.unknown") ?? false)
    #expect(decisions[4]["reason"]?.stringValue?.contains("nowhere") ?? false)
    #expect(try await bench.executions().isEmpty)
  }

  @Test func theIndexLeavesOnlyRulesThatMayMatch() async throws {
    let rules = (0..<50).map { number in
      EngineBench.rule(
        "r\(number)",
        criteria: ["trigger.host": ["type": "equals", "pattern": .string("h\(number)")]])
    }
    try await bench.standard(rules + [EngineBench.rule("all")])
    try await bench.event(["host": "h7"])
    try await bench.settle()
    let decisions = try await bench.decisions()
    #expect(decisions.map { $0["rule"]?.stringValue } == ["test.r7", "test.all"])
    #expect(decisions.allSatisfy { $0["outcome"] == "fired" })
  }

  @Test func aBackstopRuleDecidesOnlyWhereNoOtherFired() async throws {
    try await bench.standard([
      EngineBench.rule("first", criteria: ["trigger.host": ["type": "eq", "pattern": "a"]]),
      EngineBench.rule("last", kind: "backstop"),
    ])
    try await bench.event(["host": "a"])
    try await bench.event(["host": "b"])
    try await bench.settle()
    let fired = try await bench.decisions().filter { $0["outcome"] == "fired" }
    #expect(fired.map { $0["rule"]?.stringValue } == ["test.first", "test.last"])
  }

  @Test func aSecondCopyOfAnEventGivesNoSecondTriggerInstance() async throws {
    try await bench.standard([EngineBench.rule("all")])
    try await bench.event(["host": "a"], senderID: "e1", digest: "1100112233445566")
    try await bench.event(["host": "a"], senderID: "e1", digest: "2200112233445566")
    try await bench.settle()
    let triggers = try await bench.log.all(.triggers)
    #expect(
      triggers.map { $0["type"]?.stringValue } == [
        "petrel.TriggerRecorded", "petrel.EventDuplicated",
      ])
    #expect(triggers[1]["data"]?["first"] == triggers[0]["id"])
    #expect(triggers[1]["data"]?["digest"] == "2200112233445566")
    #expect(triggers[1]["data"]?["first_digest"] == "110011")
    #expect(try await bench.decisions().count == 1)
    // The window is a day.
    bench.clock.advance(.seconds(90_000))
    try await bench.event(["host": "a"], senderID: "e1", digest: "1100112233445566")
    try await bench.settle()
    #expect(try await bench.log.all(.triggers).count == 3)
    #expect(try await bench.decisions().count == 2)
  }

  @Test func duplicatesAreKnownAfterAStartFromACheckpoint() async throws {
    try await bench.standard([])
    try await bench.event(["host": "a"], senderID: "e1")
    var settings = PipelineSettings()
    settings.checkpointFactsMax = 1
    let log = bench.log
    try await bench.settle(settings) {
      try await log.all(.checkpoints).last?["type"] == "petrel.CheckpointClosed"
    }
    try await bench.event(["host": "a"], senderID: "e1")
    try await bench.settle()
    #expect(try await log.all(.triggers).last?["type"] == "petrel.EventDuplicated")
  }

  @Test func aPayloadThatDoesNotFitItsTypeIsADeadLetter() async throws {
    try await bench.standard([EngineBench.rule("all")])
    try await bench.event(["value": 1])
    try await bench.event(["host": "a"], trigger: "test.unknown")
    try await bench.settle()
    let letters = try await bench.log.all(.deadLetters)
    #expect(letters.count == 2)
    #expect(letters[0]["data"]?["reason"]?.stringValue?.contains("host") ?? false)
    #expect(letters[1]["data"]?["reason"]?.stringValue?.contains("test.unknown") ?? false)
  }

  @Test func aPayloadOverFourKiBIsStoredOnce() async throws {
    try await bench.standard([
      EngineBench.rule("all", parameters: ["word": "{{ trigger.host }}"])
    ])
    try await bench.event(["host": "a", "text": .string(String(repeating: "x", count: 5000))])
    try await bench.settle()
    let trigger = try await bench.log.all(.triggers)[0]["data"]
    #expect(trigger?["payload"] == nil)
    #expect(trigger?["payload_in_event"] == 0)
    #expect(try await bench.work()[0]["action_parameters"]?["word"] == "a")
  }

  @Test func aRunHasTheIdThatItsCommandsPositionGives() async throws {
    try await bench.standard()
    let id = try await bench.run("test.say", ["word": "x", "count": "5"])
    try await bench.settle()
    let facts = try await bench.executions()
    #expect(facts.map(\.id).first == id.description)
    #expect(try await bench.work()[0]["action_parameters"]?["count"] == 5)
  }

  private static let refused: [(String, JSONObject, String)] = [
    ("test.unknown", [:], "test.unknown"), ("test.off", [:], "disabled"),
    ("test.say", ["nosuch": 1], "nosuch"), ("test.say", ["count": "five"], "count"),
    ("test.say", ["word": "{{ count }}", "count": "{{ word }}"], "Cyclic"),
    ("test.say", ["word": "{{ missing }}"], "missing"),
  ]

  @Test(arguments: refused)
  func aRunThatCannotBeObeyedIsAFailedExecution(
    action: String, parameters: JSONObject, reason: String
  ) async throws {
    try await bench.standard()
    let id = try await bench.run(action, parameters)
    try await bench.settle()
    let facts = try await bench.executions()
    #expect(facts.map(\.type) == ["Requested", "Ended"])
    #expect(facts[0].id == id.description)
    #expect(facts[1].data["status"] == "failed")
    #expect(facts[1].data["result"]?["error"]?.stringValue?.contains(reason) ?? false)
    #expect(try await bench.work().isEmpty)
  }

  @Test func aFinishedReportEndsTheExecutionAndTellsItsTrigger() async throws {
    try await bench.standard()
    let id = try await bench.run("test.say", ["word": "x"])
    try await bench.settle()
    try await bench.report(.started(execution: id, attempt: 1, by: worker))
    try await bench.report(
      .finished(
        execution: id, attempt: 1, by: worker, .init(status: .succeeded, result: ["n": 1])))
    try await bench.settle()
    #expect(
      try await bench.executions().map(\.type) == [
        "Requested", "Scheduled", "Started", "Ended",
      ])
    let trigger = try await bench.log.all(.triggers)[0]["data"]
    #expect(trigger?["trigger"] == "core.st2.generic.actiontrigger")
    #expect(trigger?["payload"]?["status"] == "succeeded")
    #expect(trigger?["payload"]?["result"] == ["n": 1])
    #expect(trigger?["execution"] == .string(id.description))
  }

  @Test func aResultAfterTheEndIsLateAndChangesNothing() async throws {
    try await bench.standard()
    let id = try await bench.run("test.say")
    try await bench.settle()
    try await bench.report(.started(execution: id, attempt: 1, by: worker))
    let report = WorkerReport.finished(
      execution: id, attempt: 1, by: worker, .init(status: .succeeded, result: nil))
    try await bench.report(report)
    try await bench.report(report)
    try await bench.settle()
    #expect(try await bench.executions().map(\.type).suffix(2) == ["Ended", "ResultLate"])
  }

  @Test func aDelayIsWaitedFor() async throws {
    try await bench.standard()
    _ = try await bench.run("test.say", delayMs: 60_000)
    try await bench.settle()
    #expect(try await bench.executions().map(\.type) == ["Requested", "Delayed"])
    bench.clock.advance(.seconds(61))
    let log = bench.log
    try await bench.settle { try await !log.all(.work).isEmpty }
    #expect(try await bench.executions().map(\.type) == ["Requested", "Delayed", "Scheduled"])
  }

  @Test func aSecretStaysAHandleAndATemplateThatNeedsItWaitsForTheWorker() async throws {
    try await bench.standard()
    let sealed = Sealed(box: "BOX", fingerprint: "FP").value
    _ = try await bench.run(
      "test.say", ["token": sealed, "word": "t={{ token }} {{ count }}", "count": 3])
    try await bench.settle()
    let parameters = try #require(try await bench.work()[0]["action_parameters"])
    #expect(parameters["token"] == sealed)
    #expect(
      parameters["word"] == [
        "$template": "t={{ token }} {{ count }}", "context": ["token": sealed, "count": 3],
      ])
  }
}
