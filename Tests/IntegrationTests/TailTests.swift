import JSON
import Processes
import TestSupport
import Testing
import Threads

/// `tail` beside the real server, over its deaths.
@Suite(.serialized, .enabled(if: RunningPetrel.isPossible, "\(RunningPetrel.missing)"))
struct TailTests {
  private static let rounds = 3
  private static let eventsEach = 5

  @Test func aTailOutlivesTheServerWithoutGapOrRepetition() async throws {
    try await RunningPetrel.run { petrel in
      let said = Transcript<OutputStream>()
      let tail = try await petrel.follow(["triggers", "tail", "--json"], said)
      defer { tail.signal(ProcessSignal.kill) }
      // The first row says that the stream stands.
      var sent: [String] = []
      while Self.hosts(said).isEmpty {
        sent.append("lab-9\(sent.count)")
        try await Self.alert(petrel, sent.last ?? "")
      }
      for round in 1...Self.rounds {
        await petrel.kill()
        try await petrel.start()
        for number in 1...Self.eventsEach {
          let host = "lab-\(round)0\(number)"
          sent.append(host)
          try await Self.alert(petrel, host)
        }
      }
      await until { Self.hosts(said).last == sent.last }
      let hosts = Self.hosts(said)
      // What came before the stream stood is not its own.
      #expect(hosts == Array(sent.suffix(hosts.count)))
      #expect(hosts.count > Self.rounds * Self.eventsEach)
      tail.signal(ProcessSignal.interrupt)
      let end = await tail.wait()
      #expect(end.code == 130)
      #expect(said.text(.stderr).contains("--after "))
    }
  }

  private static func alert(_ petrel: RunningPetrel, _ host: String) async throws {
    _ = try await petrel.event(["trigger": "demo.alert", "payload": ["host": .string(host)]])
  }

  /// Of the trigger instances of alerts that were shown; actions' ends have none.
  private static func hosts(_ said: Transcript<OutputStream>) -> [String] {
    said.text(.stdout).split(separator: "\n").compactMap { line in
      (try? JSONValue(parsing: String(line)))?["payload"]?["host"]?.stringValue
    }
  }
}
