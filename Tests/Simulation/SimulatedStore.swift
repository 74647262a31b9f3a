import Calendar
import JSON
import Streams
import Threads
import Verifier

/// The log of a simulation, which outlives its processes, with a journal of everything that was
/// written. Used by one task.
final class SimulatedStore: @unchecked Sendable {
  /// One append or commit, as it was written.
  struct Entry {
    var records: [Record]
    let consumed: Positions
  }

  let log: MemoryLog
  private let clock: SimulatedClock
  private(set) var journal: [Entry] = []
  /// How much of the journal survives a loss of power.
  private var durableCount = 0 {
    didSet {
      for entry in journal[min(oldValue, durableCount)..<durableCount] { noteStarts(entry) }
    }
  }
  /// Executions whose *started* survives it.
  private var durableStarts: Set<String> = []
  private(set) var faults: [Fault: Int] = [:]
  private(set) var written = 0

  init(partitionCount: Int, _ clock: SimulatedClock) {
    self.clock = clock
    log = MemoryLog(partitionCount: partitionCount) { clock.now }
  }

  func count(_ fault: Fault) { faults[fault, default: 0] += 1 }

  /// What an append wrote, read back.
  func note(_ appended: [Appended], _ consumed: Positions, isDurable: Bool) async throws {
    var firsts: Positions = [:]
    for place in appended {
      let partition = place.position.partition
      firsts[partition] = min(firsts[partition] ?? .max, place.position.offset)
    }
    var records: [Record] = []
    for partition in firsts.keys.sorted() {
      var positions: Positions = [partition: firsts[partition]!]
      while true {
        let batch = try await log.read(
          from: positions, to: .recorded, bytesMax: 1 << 30, wait: .zero)
        if batch.positions == positions { break }
        records += batch.records
        positions = batch.positions
      }
    }
    journal.append(Entry(records: records, consumed: consumed))
    written += records.count
    if isDurable { durableCount = journal.count }
  }

  func noteSync() { durableCount = journal.count }

  func losePower() {
    log.loseUndurable()
    journal.removeSubrange(durableCount...)
  }

  /// Of what was written last: ticks, signs of life, checkpoints, which move nothing.
  func idleRecords(since count: Int) -> Int {
    var idle = 0
    var seen = written
    for entry in journal.reversed() {
      seen -= entry.records.count
      if seen < count { break }
      idle += entry.records.count { record in
        [.ticks, .checkpoints].contains(record.position.partition.topic)
          || record.position.partition.topic.name == "workers"
      }
    }
    return idle
  }

  /// Whether a *started* of an execution would survive a loss of power.
  func isStartDurable(_ execution: String) -> Bool { durableStarts.contains(execution) }

  private func noteStarts(_ entry: Entry) {
    for record in entry.records where record.position.partition.topic.name == "results" {
      guard let subject = (try? record.event())?["subject"]?.stringValue else { continue }
      durableStarts.insert(subject)
    }
  }

  /// All that was written and not lost, for the second opinion.
  var history: [Written] {
    journal.map { Written(records: $0.records, consumed: $0.consumed) }
  }

  /// Whether what was appended can still be found as it was: nothing changes or vanishes.
  func changedRecords() async throws -> [Violation] {
    var violations: [Violation] = []
    for entry in journal {
      for record in entry.records where record.position.partition.topic != .checkpoints {
        let partition = record.position.partition
        let found = try await log.read(
          from: [partition: record.position.offset], to: .recorded, bytesMax: 1, wait: .zero
        ).records.first { $0.position == record.position }
        if found?.value != record.value || found?.time != record.time {
          violations.append(
            Violation(.prefix, at: record.position.description, "the record is not what it was"))
        }
      }
    }
    return violations
  }
}

/// Time as the simulation has it: the wall clock jumps, the monotonic one does not, and log time is
/// never slower than either.
final class SimulatedClock: Sendable {
  private struct State {
    var wall = Instant(seconds: 1_790_000_000)
    var log = Instant(seconds: 1_790_000_000)

    mutating func pass(_ duration: Duration) {
      wall = wall + duration
      log = max(wall, log + duration)
    }
  }
  private let state = Locked(State())

  /// Moves on a little with every look, so that no two writes share their time.
  var now: Instant {
    state.withLock { state in
      state.pass(.microseconds(7))
      return state.log
    }
  }

  func advance(_ duration: Duration) { state.withLock { $0.pass(duration) } }

  func setWallClock(by duration: Duration) {
    state.withLock { state in
      state.wall = state.wall + duration
      state.log = max(state.wall, state.log)
    }
  }
}
