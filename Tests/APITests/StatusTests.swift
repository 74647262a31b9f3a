import Automation
import Connectors
import JSON
import Streams
import TestSupport
import Testing

/// How the server stands, its log as it is, and what it gave up.
@Suite(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.missing)"))
struct StatusTests {
  @Test func statusTellsLagSizesAndContent() async throws {
    try await APIBench.run { bench in
      try await bench.standardContent()
      _ = try await bench.alarm()
      let settled = try await bench.eventually("/api/v2/status") { answer in
        let lags = answer.json["projections"]?.arrayValue?.map { $0["lag"] ?? .null } ?? []
        return !lags.isEmpty && lags.allSatisfy { $0 == 0 }
      }
      let status = settled.json
      #expect(status["version"] == "1.2.3")
      #expect(status["data"] == ["path": "/data", "free_bytes": 5_000])
      #expect(status["log"]?["topics"]?["events"] == ["first": 0, "durable": 1, "end": 1])
      #expect(status["engine"]?["lag"]?["events"] == 0)
      #expect(status["engine"]?["position"]?["events"] == 1)
      // Nobody takes the work.
      #expect(status["worker"] == ["running": 0, "slots": 16, "lag": 1])
      #expect(status["postgres"] == ["mode": "private", "ready": true])
      let content = status["content"]
      #expect(content?["packs"] == 1)
      #expect(content?["actions"] == 3)
      #expect(content?["rules"] == 3)
      #expect(status["dead_letters"] == 0)
    }
  }

  @Test func readinessNamesWhatItWaitsFor() async throws {
    try await APIBench.run(database: ContentTests.nowhere) { bench in
      #expect(try await bench.get("/healthz").json == ["status": "ok"])
      #expect(try await bench.get("/readyz").json == ["ready": true, "waiting_for": []])
      bench.system.wait(for: ["the moon"])
      let waiting = try await bench.get("/readyz")
      #expect(waiting.status == 503)
      #expect(waiting.json == ["ready": false, "waiting_for": ["the moon"]])
      let metrics = try await bench.get("/metrics")
      #expect(metrics.header("content-type")?.hasPrefix("text/plain") ?? false)
      #expect(metrics.text.contains(#"route="/readyz",status="503"} 1"#), "\(metrics.text)")
    }
  }

  @Test func aTopicIsExportedBetweenTimes() async throws {
    try await APIBench.run(database: ContentTests.nowhere) { bench in
      try await bench.standardContent()
      let id = try await bench.alarm()
      let path = "/api/v2/log/triggers"
      let log = try await bench.eventually(path) { !$0.text.isEmpty }
      #expect(log.header("content-type") == "application/x-ndjson")
      #expect(log.lines.count == 1)
      let line = try #require(log.lines.first)
      #expect(line["position"] == ["topic": "triggers", "partition": 0, "offset": 0, "index": 0])
      #expect(line["record"]?["id"]?.stringValue == id)
      #expect(line["record"]?["specversion"] == "1.0")
      let time = try #require(line["time"]?.stringValue)
      #expect(try await bench.get("\(path)?from=\(time)").text == log.text)
      #expect(try await bench.get("\(path)?to=\(time)").text.isEmpty)
      #expect(try await bench.get("\(path)?from=2200-01-01T00:00:00Z").text.isEmpty)
      #expect(try await bench.get("\(path)?from=yesterday").status == 400)
      let unknown = try await bench.get("/api/v2/log/colours")
      #expect(unknown.status == 404)
      #expect(unknown.fault.contains("decisions"))
    }
  }

  @Test func eventsAreListedBackwards() async throws {
    try await APIBench.run(database: ContentTests.nowhere) { bench in
      try await bench.standardContent()
      for door in ["one", "two", "three"] { _ = try await bench.alarm(["door": .string(door)]) }
      let newest = try await bench.get("/api/v2/events?limit=2")
      let events = newest.json["events"]?.arrayValue ?? []
      #expect(events.map { $0["body"]?["payload"]?["door"] ?? .null } == ["three", "two"])
      #expect(newest.json["next"] == 1)
      let rest = try await bench.get("/api/v2/events?before=1")
      #expect(rest.json["events"]?.arrayValue?.count == 1)
      #expect(rest.json["next"] == .null)
      let one = try await bench.get("/api/v2/events/1")
      #expect(one.json == events.last)
      for (path, status) in [
        ("3", 404), ("x", 404), ("-1", 404), ("?limit=0", 400), ("?limit=1001", 400),
        ("?before=x", 400), ("?partition=1", 400),
      ] {
        let separator = path.hasPrefix("?") ? "" : "/"
        #expect(
          try await bench.get("/api/v2/events\(separator)\(path)").status == status, "\(path)")
      }
    }
  }

  @Test func whatCannotBeObeyedIsADeadLetter() async throws {
    try await APIBench.run { bench in
      var outgoing = Outgoing()
      // A fact where a command should stand.
      bench.add(
        ContentFact.changed(pack: "odd", count: 1), .commands, Lane(0), id: "odd", to: &outgoing)
      _ = try await bench.log.append(outgoing, .synced)
      let path = "/api/v2/dead-letters"
      let list = try await bench.eventually(path) { $0.header("x-total-count") == "1" }
      let letter = try #require(list.json[0])
      #expect(letter["topic"] == "commands")
      #expect(letter["offset"] == 0)
      #expect(letter["reason"]?.stringValue?.isEmpty == false)
      #expect(letter["happened_at"]?.stringValue?.hasSuffix("Z") ?? false)
      #expect(try await bench.get("\(path)/commands/0").json == letter)
      for place in ["commands/1", "colours/0", "commands/x"] {
        #expect(try await bench.get("\(path)/\(place)").status == 404, "\(place)")
      }
      #expect(try await bench.get("/api/v2/status").json["dead_letters"] == 1)
      #expect(try await bench.get("\(path)?limit=0").status == 400)
    }
  }
}
