import Calendar

extension PipelineLap {
  /// Ticks for the waits that have fallen due, once the inputs are read to the ends they had then.
  /// What falls due later waits for later ends.
  func makeTicks(into outgoing: inout Outgoing) async throws {
    let reader = reader!
    if deadlines.due == nil {
      let now = log.now()
      guard deadlines.earliest.map({ $0 <= now }) ?? false else { return }
      deadlines.due = Deadlines.Due(time: now, ends: try await reader.ends())
    }
    guard let due = deadlines.due, reader.hasTaken(to: due.ends) else { return }
    let time = passTime(due.time)
    for lane in deadlines.lanes(dueAt: due.time) {
      // What does not go into this commit is still due in the next turn.
      if chain.isSpoiled || outgoing.byteCount > Limits.stepBytesMax { break }
      // What was read from tables since may have moved it.
      deadlines[lane] = chain.earliestDeadline(lane)
      guard let deadline = deadlines[lane], deadline <= due.time else { continue }
      tick(deadline, lane, at: time, into: &outgoing)
      touch(lane)
    }
    deadlines.due = nil
  }

  private func tick(
    _ deadline: Instant, _ lane: Lane, at time: Instant, into outgoing: inout Outgoing
  ) {
    let count = ticks[lane.number, default: 0]
    let position = Position(
      Partition(.ticks, owner.partition), offset: count, index: Int(lane.number))
    let suspicions = suspicions(of: position)
    if suspicions >= 2 {
      let input = chain.openTick(deadline, at: time, lane, count: count, into: &outgoing)
      chain.leaveAlone(
        input, "the engine trapped at this tick \(suspicions) times", into: &outgoing)
    } else {
      witness.enter(position)
      chain.tick(deadline, at: time, lane, count: count, into: &outgoing)
      witness.leave()
    }
    ticks[lane.number] = count + 1
  }
}

/// The earliest deadline of each lane.
struct Deadlines {
  private var byLane = [Instant?](repeating: nil, count: Lane.count)
  private(set) var earliest: Instant?
  /// When the earliest deadline was seen to be due, and the ends that the inputs had then.
  struct Due {
    let time: Instant
    let ends: Positions
  }
  var due: Due?

  subscript(lane: Lane) -> Instant? {
    get { byLane[Int(lane.number)] }
    set {
      let old = byLane[Int(lane.number)]
      byLane[Int(lane.number)] = newValue
      if let newValue, earliest.map({ newValue < $0 }) ?? true {
        earliest = newValue
      } else if old != nil, old == earliest, newValue != old {
        earliest = byLane.lazy.compactMap { $0 }.min()
      }
    }
  }

  func lanes(dueAt now: Instant) -> [Lane] {
    Lane.all.filter { lane in byLane[Int(lane.number)].map { $0 <= now } ?? false }
  }
}
