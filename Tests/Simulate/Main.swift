import Glibc
import Simulation
import Verifier

/// `make simulate [SEED=n] [COUNT=n]`: runs many seeds, counts what went wrong on purpose, and says
/// which seeds broke an invariant.
@main
struct Simulate {
  static func main() async {
    let arguments = CommandLine.arguments
    if arguments.dropFirst() == ["mutations"] { return await mutations() }
    guard arguments.count == 3, let seed = UInt64(arguments[1]), let count = UInt64(arguments[2])
    else {
      say("usage: simulate FIRST_SEED COUNT")
      exit(64)
    }
    if count == 1, getenv("TRACE") != nil {
      return print(await Simulation(seed: seed).trace())
    }
    var faults: [Fault: Int] = [:]
    var (records, events, executions, decisions, broken) = (0, 0, 0, 0, 0)
    for number in seed..<seed + count {
      let outcome = await Simulation(seed: number).run()
      faults.merge(outcome.faults) { $0 + $1 }
      records += outcome.recordCount
      events += outcome.eventCount
      executions += outcome.executionCount
      decisions += outcome.decisionCount
      if !outcome.violations.isEmpty {
        broken += 1
        print("seed \(number):")
        for violation in outcome.violations.prefix(5) { print("  \(violation)") }
      }
      if (number - seed + 1) % 1_000 == 0 {
        say("\(number - seed + 1) of \(count) seeds, \(broken) broken")
      }
    }
    print(
      "\(count) seeds, \(broken) broken: \(events) events, \(decisions) decisions, "
        + "\(executions) executions, \(records) records")
    for fault in Fault.allCases { print("  \(fault.rawValue): \(faults[fault] ?? 0)") }
    exit(broken == 0 ? 0 : 1)
  }

  /// After how many seeds each defect is found that is put in on purpose.
  private static func mutations() async {
    for mutation in Mutation.allCases {
      var found: (seed: UInt64, violation: Violation)?
      for seed in UInt64(1)...200 where found == nil {
        let outcome = await Simulation(seed: seed, mutation: mutation).run()
        found = outcome.violations.first.map { (seed, $0) }
      }
      guard let found else {
        print("\(mutation.rawValue): not found")
        continue
      }
      print("\(mutation.rawValue): seed \(found.seed), \(found.violation)")
    }
  }

  /// To standard error, at once.
  private static func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = write(2, bytes, bytes.count)
  }
}
