import JSON
import TestSupport
import Testing

extension SharedServerTests {
  /// What `/metrics` exposes and what README says of it.
  @Suite struct MetricsTests {
    /// Name and kind of each row of README's table.
    private static func described() throws -> [String: String] {
      let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
      let readme = try #require(TemporaryFolder.bytes(root + "/README.md"))
      var rows: [String: String] = [:]
      for line in String(decoding: readme, as: UTF8.self).split(separator: "\n") {
        guard line.hasPrefix("| `petrel_") else { continue }
        let cells = line.split(separator: "|").map { $0.filter { !" `".contains($0) } }
        rows[cells[0]] = cells[1]
      }
      return rows
    }

    @Test func theTableIsWhatIsExposed() async throws {
      let petrel = try SharedServerTests.petrel
      _ = try await petrel.get("/healthz")
      let metrics = try await petrel.get("/metrics").text
      var exposed: [String: String] = [:]
      for line in metrics.split(separator: "\n") where line.hasPrefix("# TYPE ") {
        let words = line.split(separator: " ").map(String.init)
        exposed[words[2]] = words[3]
      }
      #expect(exposed == (try Self.described()))
    }

    @Test func whatHappensIsCounted() async throws {
      let petrel = try SharedServerTests.petrel
      let before = try await Self.values(petrel)
      _ = try await petrel.event(["trigger": "demo.alert", "payload": ["host": "lab-1"]])
      _ = try await petrel.send("POST", "/api/v2/events", ["trigger": "demo.nosuch"])
      let name = #"petrel_executions_ended_total{status="succeeded"}"#
      _ = try await petrel.eventually("/metrics") { answer in
        Self.values(answer.text)[name] ?? 0 > before[name] ?? 0
      }
      let after = try await Self.values(petrel)
      for name in [
        "petrel_intake_events_total", "petrel_intake_bytes_total",
        #"petrel_intake_rejected_total{reason="invalid"}"#, "petrel_intake_synced_seconds_count",
        #"petrel_engine_inputs_total{topic="events"}"#, "petrel_engine_step_seconds_count",
        "petrel_engine_commits_total", "petrel_engine_facts_total",
        #"petrel_decisions_total{outcome="fired"}"#, "petrel_log_sync_seconds_count",
      ] {
        #expect(after[name] ?? 0 > before[name] ?? 0, "\(name)")
      }
      #expect(after["petrel_postgres_up"] == 1)
      #expect(after["petrel_worker_slots"] ?? 0 > 0)
      #expect(after["petrel_log_bytes"] ?? 0 > 0)
      #expect(after["petrel_free_bytes"] ?? 0 > 0)
    }

    private static func values(_ petrel: RunningPetrel) async throws -> [String: Double] {
      values(try await petrel.get("/metrics").text)
    }

    private static func values(_ text: String) -> [String: Double] {
      var values: [String: Double] = [:]
      for line in text.split(separator: "\n") where !line.hasPrefix("#") {
        let words = line.split(separator: " ")
        values[words.dropLast().joined(separator: " ")] = words.last.flatMap { Double($0) }
      }
      return values
    }
  }
}
