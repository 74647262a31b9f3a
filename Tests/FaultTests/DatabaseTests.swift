import Glibc
import JSON
import Processes
import TestSupport
import Testing

/// A database that stops, dies while it commits, or comes back older than it was: intake, decisions
/// and actions do not wait for it, and the view heals from the log.
@Suite(.serialized, .enabled(if: RunningPetrel.isPossible, "\(RunningPetrel.missing)"))
struct DatabaseTests {
  @Test func aDatabaseThatStandsStillHoldsUpNothingButTheView() async throws {
    try await RunningPetrel.run { petrel in
      try await petrel.waitUntilReady()
      let database = try #require(petrel.database)
      let processes = [database] + ProcessTable.children(of: database)
      for process in processes { Glibc.kill(process, SIGSTOP) }
      let load = Load()
      try await load.hail(petrel, until: 200) {}
      #expect(load.acknowledged.count >= 200)
      let answer = try await petrel.send(
        "POST", "/api/v2/events?wait=decided", Load.event(1_000_000))
      #expect(answer.json["outcomes"]?[0]?["decisions"] != nil, "\(answer.text)")
      try await until { try await petrel.get("/readyz").status == 503 }
      try await until {
        try await petrel.get("/api/v2/status").json["postgres"]?["ready"] == false
      }
      for process in processes { Glibc.kill(process, SIGCONT) }
      try await Judgement(petrel: petrel).check(load.acknowledged)
    }
  }

  @Test func aDatabaseThatDiesWhileItCommitsLosesNothing() async throws {
    try await RunningPetrel.run { petrel in
      let load = Load()
      for _ in 1...Self.deaths {
        try await petrel.waitUntilReady()
        let database = petrel.database
        try await load.hail(petrel, until: 20) {
          // As `pg_ctl stop -m immediate` does.
          if let database { Glibc.kill(database, SIGQUIT) }
        }
        await until { petrel.database != database }
      }
      try await Judgement(petrel: petrel).check(load.acknowledged)
    }
  }

  private static let deaths = 8

  @Test func aDatabaseThatHasLostItsEndIsFilledAgain() async throws {
    try await restoring("postgres") { petrel in
      try await petrel.waitUntilReady()
    }
  }

  @Test func aViewAheadOfTheLogSaysHowToMendIt() async throws {
    try await restoring("log") { petrel in
      try await petrel.waitUntilReady()
      let status = try await petrel.eventually("/api/v2/status") {
        $0.json["projections"]?.arrayValue?.contains { $0["problem"]?.stringValue != nil } == true
      }
      let problems = (status.json["projections"]?.arrayValue ?? []).compactMap {
        $0["problem"]?.stringValue
      }
      #expect(problems.allSatisfy { $0.contains("'petrel view rebuild'") })
      let rebuild = try await petrel.command("view", "rebuild")
      #expect(rebuild.code == 0, "\(rebuild.stderr.text)")
    }
  }

  /// Copies a part of the data, goes on, and puts the copy back: what came after it is lost from
  /// that part, and only from that one.
  private func restoring(
    _ part: String, _ mend: (RunningPetrel) async throws -> Void
  ) async throws {
    try await RunningPetrel.run { petrel in
      let load = Load()
      try await hail(petrel, load)
      let early = load.acknowledged
      let (there, copy) = ("\(petrel.data)/\(part)", "\(petrel.folder.path)/copy")
      try await run("/bin/cp", "-a", there, copy)
      try await petrel.start()
      try await hail(petrel, load)
      try await run("/bin/rm", "-rf", there)
      try await run("/bin/mv", copy, there)
      try await petrel.start()
      try await mend(petrel)
      try await Judgement(petrel: petrel).check(part == "log" ? early : load.acknowledged)
    }
  }

  /// Posts, waits until all is in the view, and ends the server in order.
  private func hail(_ petrel: RunningPetrel, _ load: Load) async throws {
    try await petrel.waitUntilReady()
    try await load.hail(petrel, until: 40) {}
    try await Judgement(petrel: petrel).settle()
    petrel.terminate()
    let end = try await petrel.end()
    #expect(end.ending == .exited(0), "\(end.stderr.text)")
  }

  private func run(_ program: String, _ arguments: String...) async throws {
    let outcome = try await Child.run(ProcessSettings(program, arguments))
    try #require(outcome.code == 0, "\(outcome.stderr.text)")
  }
}
