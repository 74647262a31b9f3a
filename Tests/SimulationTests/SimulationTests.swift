import Glibc
import Simulation
import Testing
import Verifier

/// The engine under seeded misfortune. `SEED=n COUNT=n make simulate` runs more of the same.
@Suite struct SimulationTests {
  /// In two tasks, each with every other seed.
  @Test func noSeedBreaksAnInvariant() async {
    await withTaskGroup(of: Void.self) { tasks in
      for first in UInt64(1)...2 {
        tasks.addTask {
          for seed in stride(from: first, through: 1_000, by: 2) {
            let outcome = await Simulation(seed: seed).run()
            #expect(outcome.violations.isEmpty, "seed \(seed): \(outcome.violations.prefix(3))")
          }
        }
      }
    }
  }

  @Test(arguments: [3, 77, 512] as [UInt64])
  func aSeedRepeats(seed: UInt64) async {
    let first = await Simulation(seed: seed).run()
    for _ in 0..<9 {
      let again = await Simulation(seed: seed).run()
      #expect(again.digest == first.digest)
      #expect(again.violations == first.violations)
      #expect(again.faults == first.faults)
    }
  }

  /// Each defect that is put in on purpose is found.
  @Test(arguments: Mutation.allCases)
  func aMutationIsFound(mutation: Mutation) async {
    for seed in UInt64(1)...200 {
      if await !Simulation(seed: seed, mutation: mutation).run().violations.isEmpty { return }
    }
    Issue.record("\(mutation.rawValue) is not found within 200 seeds")
  }

  @Test func everyKindOfFaultHappens() async {
    var faults: Set<Fault> = []
    for seed in UInt64(1)...200 {
      faults.formUnion(await Simulation(seed: seed).run().faults.keys)
    }
    #expect(faults == Set(Fault.allCases))
  }
}
