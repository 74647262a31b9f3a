/// Colours of a terminal, by what they tell.
enum Paint: Sendable {
  case plain, good, bad, waiting, faint, strong

  var code: String {
    switch self {
    case .plain: ""
    case .good: "32"
    case .bad: "31"
    case .waiting: "33"
    case .faint: "2"
    case .strong: "1"
    }
  }

  /// Of the words that executions, decisions and trigger instances have for how they stand.
  static func of(status: String) -> Paint {
    switch status {
    case "succeeded", "fired", "processed", "passed": .good
    case "failed", "timeout", "abandoned", "error", "processing_failed", "missing_field": .bad
    case "requested", "scheduled", "delayed", "running", "pending", "pausing", "paused", "resuming",
      "canceling":
      .waiting
    case "no_match", "duplicate", "canceled", "disabled", "not_reached": .faint
    default: .plain
    }
  }
}
