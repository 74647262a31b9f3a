import Calendar
import JSON

/// One run of a pipeline over one partition, from the last checkpoint to the first error.
/// Lives in one task.
final class PipelineLap {
  let log: any EventLog
  let owner: Owner
  let chain: Chain
  let inputTopics: [Topic]
  private let witness: any StepWitness
  let settings: PipelineSettings
  private var reader: InputReader?
  private var tablePositions: Positions = [:]
  private var deadlines = Deadlines()
  var ticks: [UInt8: Int64] = [:]
  var checkpoints = CheckpointProgress()
  /// Positions of inputs that were taken without facts and are not committed yet.
  private var uncommitted: Positions = [:]
  private var committedAt: Instant

  /// `stuck` is what the lap before left alone.
  init(
    _ pipeline: Pipeline, _ log: any EventLog, _ owner: Owner,
    stuck: StuckDeadlines = StuckDeadlines()
  ) {
    self.log = log
    self.owner = owner
    let (processors, tables) = pipeline.chain()
    chain = Chain(processors, tables, stuck: stuck)
    inputTopics = pipeline.inputs
    witness = pipeline.witness
    settings = pipeline.settings
    if settings.meter != nil { chain.tally = FactTally() }
    committedAt = log.now()
  }

  /// Reads tables and state to the log's end.
  func open() async throws {
    let committed = try await log.committed(owner.group, partition: owner.partition)
    for topic in chain.tables.topics { tablePositions[Partition(topic)] = 0 }
    for partition in tablePositions.keys {
      tablePositions[partition] = try await log.bounds(partition).first
    }
    try await readTables()
    try await restore()
    reader = InputReader(
      log, inputTopics.map { Partition($0, owner.partition) },
      from: try await positions(committed))
    for lane in Lane.all where lane.partition(of: partitionCount) == owner.partition {
      touch(lane)
    }
    checkpoints.begin(at: log.now())
  }

  /// Where to read the inputs from: where the group stands, or the first record there is.
  private func positions(_ committed: Positions) async throws -> Positions {
    var positions = committed
    for partition in inputTopics.map({ Partition($0, owner.partition) })
    where positions[partition] == nil {
      positions[partition] = try await log.bounds(partition).first
    }
    return positions
  }

  var partitionCount: Int { log.partitionCount(of: inputTopics[0]) }

  /// Reads the tables to their recorded ends.
  private func readTables() async throws {
    guard !tablePositions.isEmpty else { return }
    while true {
      let batch = try await log.read(
        from: tablePositions, to: .recorded, bytesMax: InputReader.readBytesMax, wait: .zero)
      if batch.records.isEmpty { return }
      for record in batch.records {
        do {
          try chain.tables.apply(record, try record.event())
        } catch {
          throw LogError.corrupt(at: "\(record.position): \(error)")
        }
      }
      tablePositions = batch.positions
    }
  }

  /// One batch: inputs, or ticks, or nothing within the time that may be waited.
  func turn() async throws {
    let reader = reader!
    let records = try await reader.next(max: Limits.batchInputsMax, wait: waitMax())
    try await readTables()
    var outgoing = Outgoing()
    var done: Positions = [:]
    let began = ContinuousClock.now
    for record in records {
      step(record, into: &outgoing)
      done[record.position.partition] = record.position.offset + 1
      // After a trap every record is committed before the next one is tried; after a step that was
      // given up the state is not to be trusted; and a commit has its limit.
      guard
        chain.isSpoiled || !witness.suspects.isEmpty
          || outgoing.byteCount > Limits.stepBytesMax
      else { continue }
      try await commit(outgoing, upTo: done)
      outgoing = Outgoing()
      if chain.isSpoiled { throw StepSpoiled() }
    }
    settings.meter?.noteSteps(records, took: ContinuousClock.now - began)
    try await makeTicks(into: &outgoing)
    try await commit(outgoing, upTo: done)
    if chain.isSpoiled { throw StepSpoiled() }
    try await checkpointIfDue()
  }

  private func step(_ record: Record, into outgoing: inout Outgoing) {
    let suspicions = witness.suspects[record.position] ?? 0
    if suspicions >= 2 {
      chain.deadLetter(
        record, "the engine trapped at this record \(suspicions) times", into: &outgoing)
      witness.clear(record.position)
      return
    }
    witness.enter(record.position)
    let lane = chain.step(record, into: &outgoing)
    witness.leave()
    if suspicions > 0 { witness.clear(record.position) }
    if let lane { touch(lane) }
  }

  /// Notes that a lane's state changed.
  private func touch(_ lane: Lane) {
    checkpoints.touched.insert(lane)
    deadlines[lane] = chain.earliestDeadline(lane)
  }

  /// Ticks for the waits that have fallen due, once the inputs are read to the ends they had then.
  private func makeTicks(into outgoing: inout Outgoing) async throws {
    let now = log.now()
    guard deadlines.earliest.map({ $0 <= now }) ?? false else { return }
    let reader = reader!
    if deadlines.endsWhenDue == nil { deadlines.endsWhenDue = try await reader.ends() }
    guard reader.hasTaken(to: deadlines.endsWhenDue!) else { return }
    for lane in deadlines.due(at: now) {
      // What does not go into this commit is still due in the next turn.
      if chain.isSpoiled || outgoing.byteCount > Limits.stepBytesMax { break }
      // What was read from tables since may have moved it.
      deadlines[lane] = chain.earliestDeadline(lane)
      guard let deadline = deadlines[lane], deadline <= now else { continue }
      let count = ticks[lane.number, default: 0]
      chain.tick(deadline, at: now, lane, count: count, into: &outgoing)
      ticks[lane.number] = count + 1
      touch(lane)
    }
    deadlines.endsWhenDue = nil
  }

  private func commit(_ outgoing: Outgoing, upTo positions: Positions) async throws {
    uncommitted.merge(positions) { $1 }
    if outgoing.isEmpty {
      let isLate = log.now() - committedAt >= settings.idleCommitAfter
      guard !uncommitted.isEmpty, isLate else { return }
    }
    let began = ContinuousClock.now
    try await log.commit(outgoing, consumed: uncommitted, as: owner, .recorded)
    if let meter = settings.meter, let tally = chain.tally?.take() {
      meter.noteCommit(outgoing, tally, took: ContinuousClock.now - began)
    }
    uncommitted = [:]
    committedAt = log.now()
    checkpoints.factCount += outgoing.count
  }

  private func waitMax() -> Duration {
    var wait = settings.idleCommitAfter
    if let earliest = deadlines.earliest {
      wait = min(wait, max(.zero, earliest - log.now()))
    }
    return wait
  }

  private func checkpointIfDue() async throws {
    guard
      checkpoints.factCount >= settings.checkpointFactsMax
        || checkpoints.factCount > 0
          && log.now() - checkpoints.closedAt >= settings.checkpointAfter
    else { return }
    try await writeCheckpoint()
  }
}

/// The earliest deadline of each lane.
struct Deadlines {
  private var byLane = [Instant?](repeating: nil, count: Lane.count)
  private(set) var earliest: Instant?
  /// The ends that the inputs had when the earliest deadline was seen to be due.
  var endsWhenDue: Positions?

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

  func due(at now: Instant) -> [Lane] {
    Lane.all.filter { lane in byLane[Int(lane.number)].map { $0 <= now } ?? false }
  }
}
