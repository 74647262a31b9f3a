public import Automation
import JSON

/// Does nothing and succeeds, whatever it is given.
public struct NoopRunner: Runner {
  public static let name = "noop"
  public static let hasSideEffects = false

  public init() {}

  public func run(_ job: Job, output: any OutputSink) async -> WorkerReport.Outcome {
    WorkerReport.Outcome(
      status: .succeeded, result: ["failed": false, "succeeded": true, "return_code": 0])
  }
}
