import Automation
import JSON
import Threads

/// Notes when it was called for which number. It says that it has side effects, so that the worker
/// calls it only when the start is durable, as it does with everything that acts.
final class StampRunner: Runner {
  static let name = "noop"
  static let hasSideEffects = true

  private let stamps: Locked<[Int64]>
  private let wakeups = Wakeups()

  init(count: Int) { stamps = Locked([Int64](repeating: 0, count: count)) }

  func run(_ job: Job, output: any OutputSink) async -> WorkerReport.Outcome {
    let now = Cost.nowNs
    if let number = job.actionParameters["number"]?.intValue {
      stamps.withLock { $0[number] = now }
      wakeups.notifyAll()
    }
    return WorkerReport.Outcome(status: .succeeded, result: [:])
  }

  /// When it was called for a number; waits for that.
  func stamp(_ number: Int) async throws -> Int64 {
    let stamp = await wakeups.first(within: .seconds(30)) {
      stamps.withLock { $0[number] == 0 ? nil : $0[number] }
    }
    guard let stamp else { throw BenchFailure("no runner was called for request \(number)") }
    return stamp
  }
}
