import Glibc
import JSON
import Processes
import TestSupport
import Testing
import Threads

/// The ends of a server and of its database, and what outlives them.
@Suite(.serialized, .enabled(if: RunningPetrel.isPossible, "\(RunningPetrel.missing)"))
struct CrashTests {
  private static let rounds = 10
  private static let connections = 4

  @Test func noAcknowledgedEventIsLostOrDoubledByKills() async throws {
    try await RunningPetrel.run { petrel in
      var acknowledged: Set<String> = []
      for round in 1...Self.rounds {
        acknowledged.formUnion(try await hail(petrel, round, untilThereAre: 3 + 5 * round))
        try await petrel.start()
      }
      try await petrel.waitUntilReady()
      let status = try await petrel.eventually("/api/v2/status") { status in
        let lags = status.json["engine"]?["lag"]?.objectValue?.map(\.value.intValue) ?? [nil]
        return lags.allSatisfy { $0 == 0 }
      }
      #expect(status.json["dead_letters"] == 0)

      let events = try await hosts(petrel, "events") { $0["body"]?["payload"] }
      #expect(events.values.allSatisfy { $0.count == 1 })
      #expect(acknowledged.subtracting(events.keys) == [])
      let triggers = try await hosts(petrel, "triggers") { $0["payload"] }
      #expect(triggers.values.allSatisfy { $0.count == 1 })
      #expect(Set(triggers.keys) == Set(events.keys))

      let log = try await petrel.get("/api/v2/log/decisions")
      let decided = log.lines.filter { $0["record"]?["subject"] == "demo.quiet_maintenance" }
      let decidedTriggers = decided.map { $0["record"]?["data"]?["trigger"]?.stringValue ?? "" }
      #expect(decidedTriggers.sorted() == triggers.values.joined().sorted())
      #expect(decided.allSatisfy { $0["record"]?["data"]?["outcome"] == "fired" })

      let view = "/api/v2/decisions?rule=demo.quiet_maintenance&limit=1"
      let shown = try await petrel.eventually(view) {
        Int($0.header("x-total-count") ?? "") ?? 0 >= events.count
      }
      #expect(shown.header("x-total-count") == "\(events.count)")
    }
  }

  /// Posts over several connections and kills the server once enough was acknowledged; the hosts
  /// of the events that were.
  private func hail(
    _ petrel: RunningPetrel, _ round: Int, untilThereAre count: Int
  ) async throws -> Set<String> {
    let acknowledged = Locked<Set<String>>([])
    await withTaskGroup(of: Void.self) { tasks in
      for connection in 1...Self.connections {
        tasks.addTask {
          for number in 0... {
            let host = "lab-\(round)0\(connection)0\(number)"
            let event: JSONValue = ["trigger": "demo.alert", "payload": ["host": .string(host)]]
            let answer = try? await petrel.send("POST", "/api/v2/events", event)
            guard answer?.status == 202 else { return }
            _ = acknowledged.withLock { $0.insert(host) }
          }
        }
      }
      await until { acknowledged.withLock { $0.count } >= count }
      await petrel.kill()
      await tasks.waitForAll()
    }
    return acknowledged.withLock { $0 }
  }

  /// For each host the ids of a topic's records about it.
  private func hosts(
    _ petrel: RunningPetrel, _ topic: String, _ payload: (JSONValue) -> JSONValue?
  ) async throws -> [String: [String]] {
    let log = try await petrel.get("/api/v2/log/\(topic)")
    var found: [String: [String]] = [:]
    for line in log.lines {
      // The ends of actions are triggers as well, about no host.
      guard let host = line["record"]?["data"].flatMap(payload)?["host"]?.stringValue else {
        continue
      }
      found[host, default: []].append(line["record"]?["id"]?.stringValue ?? "none")
    }
    return found
  }

  @Test func aStopLetsWhatRunsFinish() async throws {
    try await RunningPetrel.run { petrel in
      let folder = petrel.folder.path
      let command =
        "touch \(folder)/started; until [ -e \(folder)/go ]; do sleep 0.02; done; echo done"
      let asked = try await petrel.send(
        "POST", "/executions", ["action": "core.local", "parameters": ["cmd": .string(command)]])
      let id = try #require(asked.json["id"]?.stringValue, "\(asked.text)")
      await until { exists(folder + "/started") }
      petrel.terminate()
      await until { (try? await petrel.get("/healthz")) == nil }
      petrel.folder.write("", to: "go")
      let end = try await petrel.end()
      #expect(end.ending == .exited(0), "\(end.stderr.text)")
      #expect(petrel.database == nil)

      try await petrel.start()
      let done = try await petrel.eventually("/executions/\(id)") { $0.status == 200 }
      #expect(done.json["status"] == "succeeded")
      #expect(done.json["result"]?["stdout"] == "done")
    }
  }

  @Test func intakeGoesOnWithoutADatabaseAndTheViewCatchesUp() async throws {
    try await RunningPetrel.run { petrel in
      try await petrel.waitUntilReady()
      let database = try #require(petrel.database)
      Glibc.kill(database, SIGKILL)
      var ids: [String] = []
      for number in 1...20 {
        let event: JSONValue = [
          "trigger": "demo.alert", "payload": ["host": .string("lab-\(number)")],
        ]
        let answer = try await petrel.send("POST", "/api/v2/events?wait=decided", event)
        #expect(answer.status == 202)
        #expect(answer.json["outcomes"]?[0]?["decisions"]?[1]?["outcome"] == "fired")
        ids.append(answer.json["outcomes"]?[0]?["trigger_instance"]?.stringValue ?? "none")
      }
      for id in ids {
        let shown = try await petrel.eventually("/executions?trigger_instance=\(id)") {
          $0.json[0]?["status"] == "succeeded"
        }
        #expect(shown.json.arrayValue?.count == 1)
      }
      let successor = try #require(petrel.database)
      #expect(successor != database)
    }
  }
}
