import Calendar

/// Deadlines that had their tick and were not moved on by it. A processor that leaves one in place
/// would be woken again at once, for ever; so each is left alone until it is another one.
struct StuckDeadlines {
  private struct Place: Hashable {
    let processor: String
    let lane: Lane
  }
  private var all: [Place: Instant] = [:]

  /// Leaves a processor's deadline alone from now on. False if it is already.
  mutating func hold(_ deadline: Instant, of processor: String, on lane: Lane) -> Bool {
    all.updateValue(deadline, forKey: Place(processor: processor, lane: lane)) != deadline
  }

  /// The deadline that a processor has now, unless it is left alone.
  mutating func open(_ deadline: Instant?, of processor: String, on lane: Lane) -> Instant? {
    guard !all.isEmpty else { return deadline }
    let place = Place(processor: processor, lane: lane)
    if let held = all[place], held == deadline { return nil }
    all[place] = nil
    return deadline
  }
}
