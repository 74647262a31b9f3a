import Glibc
import JSON
import Processes
import TestSupport
import Testing
import Threads

/// A copy of the data of a server that works, and a server on that copy.
@Suite(.serialized, .enabled(if: RunningPetrel.isPossible, "\(RunningPetrel.missing)"))
struct BackupTests {
  @Test func whatWasAcknowledgedBeforeABackupIsInIt() async throws {
    try await RunningPetrel.run { petrel in
      try await petrel.waitUntilReady()
      let target = petrel.folder.path + "/backup"
      let acknowledged = Locked<Set<String>>([])
      let load = Task { await Self.send(to: petrel, acknowledged) }
      await until { acknowledged.withLock { $0.count } >= 100 }
      let before = acknowledged.withLock { $0 }
      let made = try await petrel.command("backup", target)
      load.cancel()
      await load.value
      #expect(made.code == 0, "\(made.stderr.text)")
      #expect(made.stdout.text.contains("To use it: petrel restore \(target) --data NEW"))
      let original = try await Self.events(petrel)
      let incarnation = try await petrel.get("/api/v2/status").json["incarnation"]
      petrel.terminate()
      _ = try await petrel.end()

      #expect(rename(petrel.data, petrel.folder.path + "/old") == 0)
      let restored = try await petrel.command("restore", target)
      #expect(restored.code == 0, "\(restored.stderr.text)")
      #expect(restored.stdout.text.contains("work that waited"))
      let again = try await petrel.command("restore", target)
      #expect(again.code == 1)
      #expect(again.stderr.text.contains("expected an empty folder"))

      try await petrel.start()
      try await petrel.waitUntilReady()
      let events = try await Self.events(petrel)
      #expect(before.subtracting(events.keys).isEmpty)
      for (host, event) in events { #expect(event == original[host]) }
      let status = try await petrel.eventually("/api/v2/status") { status in
        let lags = status.json["engine"]?["lag"]?.objectValue?.map(\.value.intValue) ?? [nil]
        return lags.allSatisfy { $0 == 0 }
      }
      #expect(status.json["incarnation"] != incarnation)
      _ = try await petrel.eventually("/api/v2/decisions?rule=demo.quiet_maintenance&limit=1") {
        Int($0.header("x-total-count") ?? "") ?? 0 == events.count
      }
      let verified = try await petrel.command("log", "verify", "--json")
      #expect(verified.code == 0, "\(verified.stdout.text)")
    }
  }

  /// Sends one event after the other until cancelled.
  private static func send(
    to petrel: RunningPetrel, _ acknowledged: Locked<Set<String>>
  ) async {
    var number = 0
    while !Task.isCancelled {
      let host = "lab-\(number)"
      let event: JSONValue = ["trigger": "demo.alert", "payload": ["host": .string(host)]]
      let answer = try? await petrel.send("POST", "/api/v2/events", event)
      if answer?.status == 202 { _ = acknowledged.withLock { $0.insert(host) } }
      number += 1
    }
  }

  /// By host the event's position, time and record.
  private static func events(_ petrel: RunningPetrel) async throws -> [String: JSONValue] {
    var found: [String: JSONValue] = [:]
    for line in try await petrel.get("/api/v2/log/events").lines {
      guard let host = line["record"]?["data"]?["body"]?["payload"]?["host"]?.stringValue else {
        continue
      }
      found[host] = line
    }
    return found
  }
}

extension SharedServerTests {
  /// What looks into the log's files beside a server that writes them.
  @Suite struct LogFileTests {
    private static let alert: JSONValue = ["trigger": "demo.alert", "payload": ["host": "lab-1"]]

    @Test func theLogOfARunningServerIsVerified() async throws {
      let petrel = try SharedServerTests.petrel
      for _ in 0..<20 { _ = try await petrel.event(Self.alert) }
      let failed = try await petrel.command("run", "core.local", "cmd=exit 3")
      #expect(failed.code == 1)
      let json = try await petrel.command("log", "verify", "--json")
      #expect(json.code == 0, "\(json.stdout.text)")
      let report = try JSONValue(parsing: json.stdout.text)
      #expect(report["sound"] == true)
      #expect(report["decisions"]?.intValue ?? 0 >= 20)
      #expect(report["judged_to_row"] == report["last_row"])
      let table = try await petrel.command("log", "verify")
      #expect(table.code == 0)
      #expect(table.stdout.text.contains("the log is sound up to row"))
    }

    @Test func theLogOfARunningServerIsCounted() async throws {
      let petrel = try SharedServerTests.petrel
      _ = try await petrel.event(Self.alert)
      let counted = try await petrel.command("log", "stats", "--json")
      #expect(counted.code == 0)
      let topics = try JSONValue(parsing: counted.stdout.text)["topics"]?.arrayValue ?? []
      let events = topics.first { $0["name"] == "events" }
      #expect(events?["records"]?.intValue ?? 0 > 0)
      let table = try await petrel.command("log", "stats")
      #expect(table.stdout.text.contains("biggest record: "))
    }

    @Test func aBackupIsRefusedWhereItWouldMixWithOtherFiles() async throws {
      let petrel = try SharedServerTests.petrel
      petrel.folder.write("mine", to: "full/file")
      let full = try await petrel.command("backup", petrel.folder.path + "/full")
      #expect(full.code == 1)
      #expect(full.stderr.text.contains("expected an empty folder or none, found files in it"))
      let inside = try await petrel.command("backup", petrel.data + "/backup")
      #expect(inside.code == 1)
      #expect(inside.stderr.text.contains("it lies in the data folder"))
      #expect(!exists(petrel.data + "/backup"))
    }

    @Test func onlyAFinishedBackupIsRestored() async throws {
      let petrel = try SharedServerTests.petrel
      let target = petrel.folder.path + "/unfinished"
      let made = try await petrel.command("backup", target, "--without-keys")
      #expect(made.code == 0, "\(made.stderr.text)")
      #expect(!exists(target + "/keys"))
      #expect(TemporaryFolder.names(target).contains("packs"))
      unlink(target + "/backup.json")
      let restored = try await petrel.command("restore", target)
      #expect(restored.code == 1)
      #expect(restored.stderr.text.contains("that was not finished"))
    }
  }
}
