import Calendar
import JSON

/// One run of a pipeline over one partition, from the last checkpoint to the first error.
/// Lives in one task.
final class PipelineLap {
  let log: any EventLog
  let owner: Owner
  let chain: Chain
  let inputTopics: [Topic]
  let witness: any StepWitness
  /// Where processes trapped before, and how often.
  private(set) var suspects: [Position: Int]
  /// Suspects that this commit decides about: their marks go when it is done.
  private var settled: [Position] = []
  let settings: PipelineSettings
  private(set) var reader: InputReader?
  private var tablePositions: Positions = [:]
  var deadlines = Deadlines()
  /// The latest log time of an input that was taken, or of a tick: a lane's time never runs back.
  private var latest = Instant(seconds: 0)
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
    suspects = pipeline.witness.suspects
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
    let positions = try await positions(committed)
    reader = InputReader(
      log, inputTopics.map { Partition($0, owner.partition) }, from: positions)
    dropStaleSuspects(positions)
    for lane in ownLanes { touch(lane) }
    checkpoints.begin(at: log.now())
  }

  /// What lies behind was decided by somebody; what belongs to others is theirs.
  private func dropStaleSuspects(_ positions: Positions) {
    for position in suspects.keys where position.partition.index == owner.partition {
      guard let next = positions[position.partition], position.offset < next else { continue }
      suspects[position] = nil
      witness.clear(position)
    }
    suspects = suspects.filter { $0.key.partition.index == owner.partition }
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
    let start = tablePositions
    defer {
      // Deadlines may depend on them, such as the end of a lease.
      if tablePositions != start {
        for lane in ownLanes { deadlines[lane] = chain.earliestDeadline(lane) }
      }
    }
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
    let records = try await reader!.next(max: Limits.batchInputsMax, wait: waitMax())
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
        chain.isSpoiled || !suspects.isEmpty
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
    let suspicions = suspicions(of: record.position)
    if suspicions >= 2 {
      chain.deadLetter(
        record, "the engine trapped at this record \(suspicions) times", into: &outgoing)
      return
    }
    witness.enter(record.position)
    let lane = chain.step(record, into: &outgoing)
    witness.leave()
    passTime(record.time)
    if let lane { touch(lane) }
  }

  /// How often a process trapped at this input, which is decided about now.
  func suspicions(of position: Position) -> Int {
    guard !suspects.isEmpty, let count = suspects[position] else { return 0 }
    settled.append(position)
    return count
  }

  /// Notes the log time of something that was decided; gives the latest.
  @discardableResult
  func passTime(_ time: Instant) -> Instant {
    latest = max(latest, time)
    return latest
  }

  /// Notes that a lane's state changed.
  func touch(_ lane: Lane) {
    checkpoints.touched.insert(lane)
    deadlines[lane] = chain.earliestDeadline(lane)
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
    for position in settled {
      witness.clear(position)
      suspects[position] = nil
    }
    settled = []
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
