import Glibc
import TestSupport
import Testing

/// Ends of the server, of the programs that it runs and of its database, at random under load.
@Suite(.serialized, .enabled(if: RunningPetrel.isPossible, "\(RunningPetrel.missing)"))
struct KillTests {
  /// Acknowledged events between two ends at most.
  private static let burstMax = 24

  @Test func nothingIsLostOrDoubledByKills() async throws {
    try await RunningPetrel.run { petrel in
      var random = SplitMix(seed: Scale.seed)
      let load = Load()
      var (programs, databases) = (0, 0)
      for round in 1...Scale.kills {
        let kinds = random.below(6)
        // Servers that end at once never get as far as a database.
        if kinds == 2 || round == 1 { try await petrel.waitUntilReady() }
        try await load.hail(petrel, until: random.below(Self.burstMax)) {
          if kinds < 2 { programs += Self.killPrograms(petrel) }
          if kinds == 2 { await until { petrel.database != nil } }
          if kinds == 2, let database = petrel.database {
            Glibc.kill(database, SIGKILL)
            databases += 1
          }
          // Now and then the server outlives its database and its programs.
          if kinds != 1 { await petrel.kill() }
        }
        if petrel.process == nil { try await petrel.start() }
        // An end while it starts.
        if round % 10 == 0 {
          await petrel.kill()
          try await petrel.start()
        }
      }
      try await petrel.waitUntilReady()
      let events = try await Judgement(petrel: petrel).check(load.acknowledged)
      #expect(databases > 0 || Scale.kills < 50)
      print(
        "\(Scale.kills) kills, \(programs) of programs, \(databases) of the database:",
        "\(load.acknowledged.count) events acknowledged, \(events) in the log")
    }
  }

  /// Ends what the server runs but its database; how many.
  private static func killPrograms(_ petrel: RunningPetrel) -> Int {
    guard let server = petrel.process else { return 0 }
    let database = petrel.database
    let programs = ProcessTable.children(of: server).filter { $0 != database }
    for program in programs { Glibc.kill(program, SIGKILL) }
    return programs.count
  }
}
