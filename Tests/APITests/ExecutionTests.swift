import Connectors
import Automation
import JSON
import Streams
import TestSupport
import Testing

@Suite(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.missing)"))
struct ExecutionTests {
  @Test func whoRunsAnActionFindsItsExecutionAtOnce() async throws {
    try await APIBench.run { bench in
      try await bench.standardContent()
      let asked = try await bench.send(
        "POST", "/api/v1/executions",
        ["action": "shop.knock", "parameters": ["times": 2], "user": "ann", "unknown": true])
      #expect(asked.status == 201)
      let id = try #require(asked.json["id"]?.stringValue)
      #expect(asked.json["status"] == "requested")
      #expect(asked.json["parameters"] == ["times": 2])
      #expect(asked.json["context"] == ["user": "ann", "pack": "shop"])
      #expect(asked.json["log"]?[0]?["status"] == "requested")

      let found = try await bench.get("/api/v1/executions/\(id)")
      #expect(found.status == 200)
      #expect(found.json["id"]?.stringValue == id)
      #expect(found.json["status"] == "scheduled")
      let action = found.json["action"]
      #expect(action?["uid"] == "action:shop:knock")
      #expect(action?["description"] == "Knocks at a door")
      #expect(found.json["runner"]?["uid"] == "runner_type:noop")
      #expect(found.json["runner"]?["runner_module"] == "noop_runner")
      #expect(found.json["liveaction"]?["parameters"] == ["times": 2])
      #expect(found.json["web_url"] == .string("https://localhost/#/history/\(id)/general"))
      #expect(found.json["end_timestamp"] == nil)
      #expect(found.json["start_timestamp"] == asked.json["start_timestamp"])
    }
  }

  @Test func anEndedExecutionShowsItsLifeAndItsResult() async throws {
    try await APIBench.run { bench in
      try await bench.standardContent()
      let id = try await bench.run()
      let early = try await bench.get("/api/v1/executions/\(id)/result")
      #expect(early.status == 404)
      try await bench.start(id)
      try await bench.finish(id, .failed, ["return_code": 3, "stderr": "shut"])
      let ended = try await bench.eventually("/api/v1/executions/\(id)") {
        $0.json["status"] == "failed"
      }
      let log = ended.json["log"]?.arrayValue ?? []
      #expect(
        log.map { $0["status"] ?? .null } == ["requested", "scheduled", "running", "failed"])
      #expect(log.allSatisfy { $0["timestamp"]?.stringValue?.hasSuffix("Z") ?? false })
      #expect(ended.json["result"] == ["return_code": 3, "stderr": "shut"])
      #expect(ended.json["result_size"]?.intValue == #"{"return_code":3,"stderr":"shut"}"#.count)
      #expect(ended.json["elapsed_seconds"]?.doubleValue ?? -1 >= 0)
      #expect(ended.json["liveaction"]?["runner_info"]?["hostname"] == "bench")

      let path = "/v1/executions/\(id)"
      #expect(try await bench.get(path + "/result").json == ended.json["result"])
      #expect(try await bench.get(path + "/result?pretty_format=1").text.contains("\n  \""))
      let saved = try await bench.get(path + "/result?download=1")
      #expect(saved.header("content-disposition")?.contains("\(id)_result.json") ?? false)
      #expect(try await bench.get(path + "/attribute/status").json == "failed")
      #expect(try await bench.get(path + "/attribute/result").json == ended.json["result"])
      #expect(try await bench.get(path + "/attribute/trigger_instance").json == [:])
      #expect(try await bench.get(path + "/attribute/action").status == 400)
      #expect(try await bench.get(path + "/children").json == [])
    }
  }

  @Test func aLargeResultComesBackWhole() async throws {
    try await APIBench.run { bench in
      try await bench.standardContent()
      let id = try await bench.run()
      try await bench.start(id)
      let text = String(repeating: "0123456789abcdef", count: 5 << 16)
      try await bench.finish(id, .succeeded, ["stdout": .string(text)])
      let ended = try await bench.eventually("/executions/\(id)?include_attributes=status") {
        $0.json["status"] == "succeeded"
      }
      #expect(ended.json["result"] == nil)
      let result = try await bench.get("/executions/\(id)/result")
      #expect(result.json["stdout"]?.stringValue == text)
      let small = try await bench.get("/executions/\(id)?max_result_size=1000")
      #expect(small.json["result"] == nil)
      #expect(small.json["result_size"]?.intValue == text.utf8.count + 13)
      #expect(try await bench.get("/executions?max_result_size=1000").json[0]?["result"] == nil)
      #expect(try await bench.get("/executions").json[0]?["result"]?["stdout"] != nil)
    }
  }

  @Test func aSecretReachesTheLogOnlySealed() async throws {
    try await APIBench.run { bench in
      try await bench.standardContent()
      let canary = "open sesame 4711"
      let id = try await bench.run(
        "shop.close",
        [
          "parameters": [
            "token": .string(canary), "login": ["name": "ann", "word": .string(canary)],
          ]
        ])
      let shown = try await bench.get("/executions/\(id)")
      #expect(shown.json["parameters"]?["token"] == "********")
      #expect(shown.json["parameters"]?["login"] == ["name": "ann", "word": "********"])
      #expect(!shown.text.contains(canary))
      for topic in Topic.all {
        for record in try await bench.log.records(topic) {
          let text = String(decoding: record.value, as: UTF8.self)
          #expect(!text.contains(canary), "found in \(topic.name)")
        }
      }
      let work = try #require(try await bench.log.all(.work).first)
      let sealed = work["data"]?["action_parameters"]?["token"].flatMap { Sealed($0) }
      let place = SecretPlace(action: "shop.close", parameter: "token")
      #expect(sealed.flatMap { bench.vault.open($0, for: place) } == .string(canary))
    }
  }

  static let refusals: [(body: String, names: String)] = [
    ("", "action"), ("[]", "object"), ("{", "JSON"), (#"{"action": 5}"#, "action"),
    (#"{"action": "shop.nothing"}"#, "shop.nothing"), (#"{"action": "shop.off"}"#, "disabled"),
    (#"{"action": "shop.close", "parameters": []}"#, "parameters"),
    (#"{"action": "shop.close", "parameters": {"speed": 1}}"#, "speed"),
    (#"{"action": "shop.close", "parameters": {"times": "often"}}"#, "times"),
    (#"{"action": "shop.close", "context": 1}"#, "context"),
    (#"{"action": "shop.close", "user": ""}"#, "user"),
    (#"{"action": "shop.close", "delay": -1}"#, "delay"),
    (#"{"action": "shop.close", "delay": "long"}"#, "delay"),
    (#"{"action": "shop.close", "delay": 31622400001}"#, "delay"),
  ]

  @Test func whatCannotBeObeyedIsRefusedAndNotRecorded() async throws {
    try await APIBench.run { bench in
      try await bench.standardContent()
      for (body, names) in Self.refusals {
        let answer = try await bench.send("POST", "/api/v1/executions", text: body)
        #expect(answer.status == 400, "\(body): \(answer.text)")
        #expect(answer.fault.contains(names), "\(body): \(answer.text)")
      }
      let wrong = try await bench.send(
        "POST", "/executions", text: "<a/>", headers: [("Content-Type", "text/xml")])
      #expect(wrong.status == 400)
      #expect(try await bench.log.records(.commands).isEmpty)
      bench.system.isLow = true
      let full = try await bench.send("POST", "/executions", ["action": "shop.close"])
      #expect(full.status == 503)
      #expect(full.header("retry-after") != nil)
    }
  }

  @Test func aDelayMayBeAYearLong() async throws {
    try await APIBench.run { bench in
      try await bench.standardContent()
      let id = try await bench.run("shop.close", ["delay": 31_622_400_000])
      let shown = try await bench.get("/executions/\(id)")
      #expect(shown.json["status"] == "delayed")
      #expect(shown.json["delay"] == 31_622_400_000)
    }
  }

  @Test func cancellingAnswersWithWhatBecameOfIt() async throws {
    try await APIBench.run { bench in
      try await bench.standardContent()
      let waiting = try await bench.run("shop.close", ["delay": 3_600_000])
      let canceled = try await bench.send("DELETE", "/api/v1/executions/\(waiting)")
      #expect(canceled.status == 200)
      #expect(canceled.json["status"] == "canceled")
      #expect(canceled.json["context"]?["cancelled_by"] == "stanley")

      let running = try await bench.run()
      try await bench.start(running)
      _ = try await bench.eventually("/executions/\(running)") { $0.json["status"] == "running" }
      let canceling = try await bench.send("DELETE", "/api/v1/executions/\(running)")
      #expect(canceling.json["status"] == "canceling")

      let again = try await bench.send("DELETE", "/api/v1/executions/\(waiting)")
      #expect(again.status == 200)
      #expect(again.fault.contains("canceled"))
      let unknown = try await bench.send(
        "DELETE", "/api/v1/executions/0123456789abcdef01234567")
      #expect(unknown.status == 404)
    }
  }

  @Test func whatIsNotThereIsSaidSo() async throws {
    try await APIBench.run { bench in
      for id in ["0123456789abcdef01234567", "123", "last"] {
        let answer = try await bench.get("/api/v1/executions/\(id)")
        #expect(answer.status == 404)
        #expect(answer.fault.contains(id))
        #expect(try await bench.get("/executions/\(id)/output").status == 404)
        #expect(try await bench.get("/executions/\(id)/children").status == 404)
      }
      #expect(try await bench.get("/executions/123/result").status == 400)
      #expect(try await bench.get("/executions/123/attribute/status").status == 400)
    }
  }
}
