/// The fourteen statuses of an execution, and which may follow which.
public enum ExecutionStatus: String, Sendable, CaseIterable {
  case requested, scheduled, delayed, running, succeeded, failed, timeout, abandoned
  case canceling, canceled, pending, pausing, paused, resuming

  /// Ended for good: nothing follows.
  public var isCompleted: Bool { Self.transitions[self]!.isEmpty }

  public func mayBecome(_ next: ExecutionStatus) -> Bool {
    Self.transitions[self]!.contains(next)
  }

  /// From each status those that may follow it. `running` to `scheduled` is another attempt of an
  /// idempotent action whose worker was lost.
  static let transitions: [ExecutionStatus: Set<ExecutionStatus>] = [
    .requested: [.scheduled, .delayed, .failed, .canceled],
    .delayed: [.scheduled, .failed, .canceled],
    .scheduled: [.running, .failed, .canceled, .delayed],
    .running: [
      .succeeded, .failed, .timeout, .abandoned, .canceling, .canceled, .pending, .pausing,
      .scheduled,
    ],
    .canceling: [.canceled, .succeeded, .failed, .timeout, .abandoned],
    .pending: [.succeeded, .failed, .timeout, .canceling, .canceled, .resuming],
    .pausing: [.paused, .succeeded, .failed, .timeout, .canceling, .canceled, .abandoned],
    .paused: [.resuming, .canceling, .canceled],
    .resuming: [.running, .failed, .canceling, .canceled],
    .succeeded: [], .failed: [], .timeout: [], .abandoned: [], .canceled: [],
  ]
}
