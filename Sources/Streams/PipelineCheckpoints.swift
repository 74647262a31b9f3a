import Calendar
import JSON

/// Since the last checkpoint.
struct CheckpointProgress {
  var factCount = 0
  var touched: Set<Lane> = []
  var closedAt = Instant(seconds: 0)
  /// Bytes of the last whole checkpoint and of the changes written since: when the changes outgrow
  /// it, the next one is whole again.
  var wholeBytes: Int?
  var changeBytes = 0

  /// Changes smaller than this do not make a whole checkpoint worth while.
  static let changeBytesMin = 1 << 20

  var isWholeDue: Bool {
    guard let wholeBytes else { return true }
    return changeBytes > max(wholeBytes, Self.changeBytesMin)
  }

  mutating func begin(at time: Instant) {
    factCount = 0
    touched.removeAll()
    closedAt = time
  }
}

extension PipelineLap {
  /// Writes what changed, or everything, and closes it with the positions that it reaches. A large
  /// one takes several commits: only what is closed counts.
  func writeCheckpoint() async throws {
    let began = ContinuousClock.now
    let isWhole = checkpoints.isWholeDue
    let partition = Partition(.checkpoints, owner.partition)
    let start = try await log.bounds(partition).end
    var draft = CheckpointDraft(name: "\(owner.group)-\(start)", time: log.now())
    if isWhole { draft.add(CheckpointOpened(), ownLanes[0]) }
    for lane in isWhole ? ownLanes : checkpoints.touched.sorted() {
      for slot in chain.slots {
        for entities in slot.save(lane, isWhole ? .everything : .changes) {
          draft.add(StateSaved(processor: slot.name, entities: entities), lane)
          guard draft.outgoing.byteCount >= settings.checkpointCommitBytesMax else { continue }
          try await log.commit(draft.take(), consumed: [:], as: owner, .recorded)
        }
      }
    }
    draft.add(
      CheckpointClosed(positions: try await factEnds(), ticks: ticks), ownLanes[0])
    try await log.commit(draft.take(), consumed: [:], as: owner, .recorded)
    if isWhole {
      checkpoints.wholeBytes = draft.byteCount
      checkpoints.changeBytes = 0
      // What was saved before is of no use once this checkpoint is durable.
      try await log.sync()
      try await log.trim(partition, before: start)
    } else {
      checkpoints.changeBytes += draft.byteCount
    }
    checkpoints.begin(at: log.now())
    settings.meter?.noteCheckpoint(
      isWhole: isWhole, byteCount: draft.byteCount, took: ContinuousClock.now - began)
  }

  /// Every open entity of every lane, in the order of a checkpoint.
  func savedState() -> [[UInt8]] {
    ownLanes.flatMap { lane in
      chain.slots.flatMap { slot in
        slot.save(lane, .everything).map { Array("\(slot.name) \(lane.number) ".utf8) + $0 }
      }
    }
  }

  var ownLanes: [Lane] {
    Lane.all.filter { $0.partition(of: partitionCount) == owner.partition }
  }

  /// The topics that hold this pipeline's state.
  private var factTopics: [Topic] { chain.slots.map(\.output) + [.ticks] }

  private func factEnds() async throws -> [String: Int] {
    var ends: [String: Int] = [:]
    for topic in factTopics {
      ends[topic.name] = Int(try await log.bounds(Partition(topic, owner.partition)).end)
    }
    return ends
  }

  /// Reads the newest checkpoint and folds the facts recorded after it.
  func restore() async throws {
    var positions: Positions = [:]
    for topic in factTopics {
      let partition = Partition(topic, owner.partition)
      positions[partition] = try await log.bounds(partition).first
    }
    let checkpoints = Partition(.checkpoints, owner.partition)
    if let end = try await closedEnd(of: checkpoints) {
      let first = try await log.bounds(checkpoints).first
      try await forEachRecord(of: checkpoints, from: first) { (offset, event) throws(RecordError) in
        if offset < end { try takeBack(event, &positions) }
      }
    }
    for partition in positions.keys.sorted() {
      try await fold(partition, from: positions[partition]!)
    }
  }

  /// One past the last record that closes a checkpoint; nil if none does. What stands behind it is
  /// a checkpoint that was cut short.
  private func closedEnd(of partition: Partition) async throws -> Int64? {
    let bounds = try await log.bounds(partition)
    var end: Int64?
    // Nearly always it is the last record.
    for start in [max(bounds.first, bounds.end - 1), bounds.first] where end == nil {
      try await forEachRecord(of: partition, from: start) { (offset, event) throws(RecordError) in
        if try Envelope(event).type == "petrel.CheckpointClosed" { end = offset + 1 }
      }
    }
    return end
  }

  private func takeBack(_ event: JSONView, _ positions: inout Positions) throws(RecordError) {
    let envelope = try Envelope(event)
    guard let data = event["data"] else { throw RecordError("attribute data is missing") }
    if envelope.type == "petrel.CheckpointOpened" {
      chain.reset()
      return
    }
    if envelope.type == "petrel.CheckpointClosed" {
      let closed = try CheckpointClosed(type: envelope.type, data: data)
      for topic in factTopics {
        guard let offset = closed.positions[topic.name] else { continue }
        positions[Partition(topic, owner.partition)] = Int64(offset)
      }
      ticks = closed.ticks
      return
    }
    guard let slot = chain.slots.first(where: { $0.name == envelope.subject }) else { return }
    for member in data.members {
      let value = member.value
      try slot.restore(envelope.lane, member.key, value.isNull ? nil : value)
    }
  }

  private func fold(_ partition: Partition, from offset: Int64) async throws {
    let slots = chain.slots.filter { $0.output == partition.topic }
    try await forEachRecord(of: partition, from: offset) { (_, event) throws(RecordError) in
      if partition.topic == .ticks {
        let lane = try Envelope(event).lane.number
        ticks[lane, default: 0] += 1
      }
      for slot in slots { try slot.fold(event) }
    }
  }

  /// Reads a partition to its recorded end. A record that cannot be read stops the owner: it is the
  /// pipeline's own.
  private func forEachRecord(
    of partition: Partition, from offset: Int64,
    _ body: (_ offset: Int64, _ event: JSONView) throws(RecordError) -> Void
  ) async throws {
    var positions: Positions = [partition: offset]
    while true {
      let batch = try await log.read(
        from: positions, to: .recorded, bytesMax: InputReader.readBytesMax, wait: .zero)
      if batch.records.isEmpty { return }
      for record in batch.records {
        do {
          try body(record.position.offset, try record.event())
        } catch {
          throw LogError.corrupt(at: "\(record.position): \(error)")
        }
      }
      positions = batch.positions
    }
  }
}

/// A checkpoint's records on their way into the log, numbered through all its commits.
struct CheckpointDraft {
  let name: String
  let time: Instant
  private(set) var outgoing = Outgoing()
  private(set) var byteCount = 0
  private var count = 0

  init(name: String, time: Instant) {
    self.name = name
    self.time = time
  }

  mutating func add(_ fact: some FactCoding, _ lane: Lane) {
    let envelope = Envelope(
      id: "\(name)-\(count)", type: fact.type.description, source: "petrel", time: time,
      lane: lane, subject: fact.subject)
    outgoing.add(.checkpoints, lane) { writer in
      envelope.write(into: &writer) { fact.write(into: &$0) }
    }
    count += 1
  }

  /// What was added since the last call.
  mutating func take() -> Outgoing {
    byteCount += outgoing.byteCount
    defer { outgoing = Outgoing() }
    return outgoing
  }
}
