import Automation
import JSON
import Streams

/// What runners of a simulation did, and what may be said against it.
final class EffectLedger: @unchecked Sendable {
  private(set) var counts: [String: Int] = [:]
  /// Executions of runners without side effects.
  private(set) var pure: Set<String> = []
  /// Executions whose worker has said how they ended, and lived on.
  var reported: Set<String> = []
  /// Effects of executions whose start was not durable.
  private(set) var early: [String] = []
  /// Says whether the start of an execution would survive a loss of power.
  var isStartDurable: (String) -> Bool = { _ in true }
  var outcome: (Job) -> WorkerReport.Outcome = { _ in
    WorkerReport.Outcome(status: .succeeded, result: .null)
  }

  func act(_ job: Job, hasSideEffects: Bool) -> WorkerReport.Outcome {
    counts[job.executionID, default: 0] += 1
    if !hasSideEffects { pure.insert(job.executionID) }
    if hasSideEffects, !isStartDurable(job.executionID) { early.append(job.executionID) }
    return outcome(job)
  }
}

/// Changes the world, as a shell command does.
struct EffectRunner: Runner {
  static let name = "sim-effect"
  static let hasSideEffects = true
  let ledger: EffectLedger

  func run(_ job: Job, output: any OutputSink) async -> WorkerReport.Outcome {
    ledger.act(job, hasSideEffects: true)
  }
}

/// Changes nothing, as `noop`.
struct PureRunner: Runner {
  static let name = "sim-pure"
  static let hasSideEffects = false
  let ledger: EffectLedger

  func run(_ job: Job, output: any OutputSink) async -> WorkerReport.Outcome {
    ledger.act(job, hasSideEffects: false)
  }
}

/// A simulation has no secrets.
struct NoVault: SecretVault {
  func seal(_ value: JSONValue, for place: SecretPlace) -> Sealed {
    preconditionFailure("nothing is sealed here")
  }
  func open(_ sealed: Sealed, for place: SecretPlace) -> JSONValue? { nil }
}
