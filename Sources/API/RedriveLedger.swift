import JSON
import Streams

/// Knows which dead letters were redriven, from the topic of the letters itself, and lets one
/// redrive of a record happen at a time. It reads on where it was, so the first question reads the
/// topic and later ones what has come since.
actor RedriveLedger {
  /// What a letter is about.
  struct Place: Sendable, Hashable {
    let topic: String
    let offset: Int64
  }

  private static let readBytesMax = 1 << 20

  private let log: any EventLog
  private var next: Positions = [:]
  private var redriven: Set<Place> = []
  /// Where the records stand that are no letters.
  private var notes: [Partition: Set<Int64>] = [:]
  private var busy: Set<Place> = []

  init(_ log: any EventLog) { self.log = log }

  /// Runs `redrive`, unless the record was sent again before or is being sent.
  func once<Value: Sendable>(
    _ place: Place, _ redrive: @Sendable () async throws -> Value
  ) async throws -> Value {
    guard busy.insert(place).inserted else {
      throw Fault(409, "the record at \(place.offset) of \(place.topic) is being sent again")
    }
    defer { busy.remove(place) }
    try await catchUp()
    guard !redriven.contains(place) else {
      throw Fault(
        409, "the record at \(place.offset) of \(place.topic) was sent again already")
    }
    return try await redrive()
  }

  /// How many letters the log holds.
  func letterCount() async throws -> Int {
    try await catchUp()
    var count = 0
    for partition in partitions {
      let bounds = try await log.bounds(partition)
      let others = notes[partition]?.count { (bounds.first..<bounds.durable).contains($0) } ?? 0
      count += Int(bounds.durable - bounds.first) - others
    }
    return count
  }

  private var partitions: [Partition] {
    (0..<log.partitionCount(of: .deadLetters)).map { Partition(.deadLetters, $0) }
  }

  /// Reads to the recorded end: what a lost answer has left there counts. Two calls at a time read
  /// the same, which does no harm.
  private func catchUp() async throws(LogError) {
    for partition in partitions {
      while true {
        let first = try await log.bounds(partition).first
        let start = max(next[partition] ?? 0, first)
        let batch: Batch
        batch = try await log.read(
          from: [partition: start], to: .recorded, bytesMax: Self.readBytesMax, wait: .zero)
        for record in batch.records { note(record) }
        let end = batch.positions[partition] ?? start
        next[partition] = max(next[partition] ?? 0, end)
        if end == start { break }
      }
    }
  }

  private func note(_ record: Record) {
    guard let event = try? record.event(), let envelope = try? Envelope(event),
      let data = event["data"],
      case .redriven(let fact)? = try? DeadLetterFact(type: envelope.type, data: data)
    else { return }
    redriven.insert(Place(topic: fact.topic, offset: fact.offset))
    notes[record.position.partition, default: []].insert(record.position.offset)
  }
}
