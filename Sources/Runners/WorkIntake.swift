import Automation
import JSON
package import Streams

/// A work that was started: its runner is to be called.
package struct TakenWork: Sendable {
  let work: Work
  let depth: Int

  package var execution: Identifier { work.execution }
}

/// Takes work of one partition for a worker, and follows what is cancelled.
///
/// What is taken is said *started* in the commit that moves the position. When it is not known
/// whether such a commit took effect, the log is asked where the group stands before anything else
/// is done: work that counts as started is called, and no other.
package final class WorkIntake {
  private let worker: Worker
  private let owner: Owner
  private let partition: Partition
  private var position: Int64?
  /// Where to read on in `executions`, for cancellations.
  private var executions: Positions = [:]
  /// What a commit tried to start whose answer is not known, and the position it would have moved
  /// to.
  private var inDoubt: (works: [TakenWork], position: Int64)?

  package init(_ worker: Worker, _ owner: Owner) {
    self.worker = worker
    self.owner = owner
    partition = Partition(.work, owner.partition)
  }

  private var log: any EventLog { worker.log }

  /// Reads cancellations and, as far as slots are free, work; waits for either at most `wait`.
  /// - Returns: what has been started and must be run now.
  package func turn(wait: Duration) async throws(LogError) -> [TakenWork] {
    guard let position else { return try await open() }
    var positions = executions
    // What another partition has started in doubt was not held when the slots were filled.
    let free = max(0, worker.settings.slots - worker.held.count)
    if free > 0 { positions[partition] = position }
    let batch = try await log.read(
      from: positions, to: .recorded, bytesMax: 1 << 20, wait: wait)
    let records = batch.records.filter { $0.position.partition == partition }.prefix(free)
    follow(batch)
    guard let last = records.last else {
      if free > 0 { self.position = batch.positions[partition] }
      return []
    }
    // What was cancelled before it is begun is not begun.
    try await catchUp()
    return try await start(Array(records), upTo: last.position.offset + 1)
  }

  /// Finds out where the group stands, and what of an earlier commit it has started.
  private func open() async throws(LogError) -> [TakenWork] {
    let committed = try await log.committed(owner.group, partition: owner.partition)[partition]
    let start: Int64
    if let committed {
      start = committed
    } else {
      start = try await log.bounds(partition).first
    }
    if executions.isEmpty { try await openExecutions(from: start) }
    if let (works, position) = inDoubt, start >= position {
      if needsSync(works) { try await log.sync() }
      inDoubt = nil
      self.position = start
      return hold(works)
    }
    inDoubt = nil
    position = start
    return []
  }

  /// Work that waits may have been cancelled since it was scheduled.
  private func openExecutions(from start: Int64) async throws(LogError) {
    let first = try await log.read(
      from: [partition: start], to: .recorded, bytesMax: 1, wait: .zero
    ).records.first
    var positions: Positions = [:]
    for index in 0..<log.partitionCount(of: .executions) {
      let executions = Partition(.executions, index)
      if let first {
        positions[executions] = try await log.position(of: first.time, in: executions)
      } else {
        positions[executions] = try await log.bounds(executions).end
      }
    }
    executions = positions
  }

  private func catchUp() async throws(LogError) {
    while true {
      let batch = try await log.read(
        from: executions, to: .recorded, bytesMax: 8 << 20, wait: .zero)
      if batch.positions == executions { return }
      follow(batch)
    }
  }

  private func follow(_ batch: Batch) {
    for record in batch.records where record.position.partition.topic == .executions {
      guard let event = try? record.event(),
        ["petrel.ExecutionCancelAsked", "petrel.ExecutionEnded"]
          .contains(event["type"]?.stringValue),
        let recorded = try? Recorded<ExecutionFact>(event)
      else { continue }
      switch recorded.fact {
      case .cancelAsked(let id, _): worker.held.cancel(id)
      case .ended(let end) where end.status == .canceled: worker.held.cancel(end.execution)
      default: continue
      }
    }
    for partition in executions.keys { executions[partition] = batch.positions[partition] }
  }

  /// Says *started* for some work in one commit.
  private func start(
    _ records: [Record], upTo end: Int64
  ) async throws(LogError) -> [TakenWork] {
    var outgoing = Outgoing()
    var works: [TakenWork] = []
    for record in records {
      do {
        let event = try record.event()
        let envelope = try Envelope(event)
        guard let data = event["data"] else { throw RecordError("attribute data is missing") }
        let work = try Work(type: envelope.type, data: data)
        if worker.held.isCancelled(work.execution) { continue }
        let report = WorkerReport.started(
          execution: work.execution, attempt: work.attempt, by: worker.name)
        worker.add(report, after: envelope, to: &outgoing)
        works.append(TakenWork(work: work, depth: envelope.depth))
      } catch {
        deadLetter(record, "\(error)", to: &outgoing)
      }
    }
    inDoubt = (works, end)
    position = nil
    try await log.commit(
      outgoing, consumed: [partition: end], as: owner, needsSync(works) ? .synced : .recorded)
    inDoubt = nil
    position = end
    return hold(works)
  }

  private func hold(_ works: [TakenWork]) -> [TakenWork] {
    for taken in works { worker.held.begin(taken.execution) }
    return works
  }

  private func needsSync(_ works: [TakenWork]) -> Bool {
    works.contains { taken in
      worker.runners[taken.work.runner].map { type(of: $0).hasSideEffects } ?? false
    }
  }

  private func deadLetter(_ record: Record, _ reason: String, to outgoing: inout Outgoing) {
    let letter = DeadLetter(reason: reason, by: Worker.group, record: record)
    let envelope = Envelope(
      id: record.position.description, type: letter.type.description, source: "petrel",
      time: log.now(), lane: Lane(0))
    outgoing.add(.deadLetters, Lane(0)) { writer in
      envelope.write(into: &writer) { letter.write(into: &$0) }
    }
  }
}
