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
  /// Writes what changed, or everything, and closes it with the positions that it reaches.
  func writeCheckpoint() async throws {
    let isWhole = checkpoints.isWholeDue
    let checkpointsPartition = Partition(.checkpoints, owner.partition)
    let start = try await log.bounds(checkpointsPartition).end
    var outgoing = Outgoing()
    let name = "\(owner.group)-\(start)"
    if isWhole { add(CheckpointOpened(), ownLanes[0], name, to: &outgoing) }
    let lanes = isWhole ? ownLanes : checkpoints.touched.sorted()
    for lane in lanes {
      for slot in chain.slots {
        for entities in slot.save(lane, isWhole ? .everything : .changes) {
          add(StateSaved(processor: slot.name, entities: entities), lane, name, to: &outgoing)
        }
      }
    }
    let closed = CheckpointClosed(positions: try await factEnds(), ticks: ticks)
    add(closed, ownLanes[0], name, to: &outgoing)
    try await log.commit(outgoing, consumed: [:], as: owner, .recorded)
    if isWhole {
      checkpoints.wholeBytes = outgoing.byteCount
      checkpoints.changeBytes = 0
      // What was saved before is of no use once this checkpoint is durable.
      try await log.sync()
      try await log.trim(checkpointsPartition, before: start)
    } else {
      checkpoints.changeBytes += outgoing.byteCount
    }
    checkpoints.begin(at: log.now())
  }

  /// Every open entity of every lane, in the order of a checkpoint.
  func savedState() -> [[UInt8]] {
    ownLanes.flatMap { lane in
      chain.slots.flatMap { slot in
        slot.save(lane, .everything).map { Array("\(slot.name) \(lane.number) ".utf8) + $0 }
      }
    }
  }

  private var ownLanes: [Lane] {
    Lane.all.filter { $0.partition(of: partitionCount) == owner.partition }
  }

  private func add(
    _ fact: some FactCoding, _ lane: Lane, _ name: String, to outgoing: inout Outgoing
  ) {
    let envelope = Envelope(
      id: "\(name)-\(outgoing.count)", type: fact.type.description, source: "petrel",
      time: log.now(), lane: lane, subject: fact.subject)
    outgoing.add(.checkpoints, lane) { writer in
      envelope.write(into: &writer) { fact.write(into: &$0) }
    }
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
    try await forEachRecord(of: Partition(.checkpoints, owner.partition)) {
      (event) throws(RecordError) in
      try takeBack(event, &positions)
    }
    for partition in positions.keys.sorted() {
      try await fold(partition, from: positions[partition]!)
    }
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
    try await forEachRecord(of: partition, from: offset) { (event) throws(RecordError) in
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
    of partition: Partition, from offset: Int64? = nil,
    _ body: (JSONView) throws(RecordError) -> Void
  ) async throws {
    var next = offset
    if next == nil { next = try await log.bounds(partition).first }
    var positions: Positions = [partition: next!]
    while true {
      let batch = try await log.read(
        from: positions, to: .recorded, bytesMax: InputReader.readBytesMax, wait: .zero)
      if batch.records.isEmpty { return }
      for record in batch.records {
        do {
          try body(try record.event())
        } catch {
          throw LogError.corrupt(at: "\(record.position): \(error)")
        }
      }
      positions = batch.positions
    }
  }
}
