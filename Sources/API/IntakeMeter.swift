import Telemetry

/// Counts what intake takes and refuses.
struct IntakeMeter: Sendable {
  /// Why something was not taken.
  enum Reason: String, CaseIterable, Sendable {
    case notJSON = "not_json"
    case tooLong = "too_long"
    /// Its trigger type is not known, or its payload does not fit.
    case invalid
    /// A whole request, for want of room on the disk or in memory.
    case noSpace = "no_space"
    case busy
  }

  private let events: Counter
  private let bytes: Counter
  private let seconds: Histogram
  private let rejected: [Reason: Counter]

  init(_ metrics: Metrics) {
    events = metrics.counter("petrel_intake_events_total", "Events that were taken.")
    bytes = metrics.counter("petrel_intake_bytes_total", "Bytes of the events that were taken.")
    seconds = metrics.histogram(
      "petrel_intake_synced_seconds", "From the append of events until they were durable.")
    var rejected: [Reason: Counter] = [:]
    for reason in Reason.allCases {
      rejected[reason] = metrics.counter(
        "petrel_intake_rejected_total", "Events that were refused; for want of room, requests.",
        ["reason": reason.rawValue])
    }
    self.rejected = rejected
  }

  /// One append; `time` where it waited until all was durable.
  func noteTaken(_ count: Int, bytes byteCount: Int, synced time: Duration?) {
    events.add(count)
    bytes.add(byteCount)
    if let time { seconds.observe(time) }
  }

  func noteRejected(_ reason: Reason) { rejected[reason]?.add() }
}
