import Calendar
import Streams

/// Records as they were written, up to given ends: for folding them again. It takes nothing.
final class RecordedLog: EventLog {
  private let records: [Partition: [Record]]
  private let ends: Positions
  private let partitionCounts: Int
  let incarnation = "recorded"

  init(_ records: [Partition: [Record]], upTo ends: Positions, partitionCount: Int) {
    self.records = records
    self.ends = ends
    partitionCounts = partitionCount
  }

  func partitionCount(of topic: Topic) -> Int { topic.isUnpartitioned ? 1 : partitionCounts }
  func now() -> Instant { Instant(seconds: 1_790_000_000) }

  func bounds(_ partition: Partition) async throws(LogError) -> Bounds {
    let end = ends[partition] ?? (records[partition]?.last?.position.offset).map { $0 + 1 } ?? 0
    let first = records[partition]?.first?.position.offset ?? 0
    return Bounds(first: min(first, end), durable: end, end: end)
  }

  func read(
    from positions: Positions, to end: End, bytesMax: Int, wait: Duration
  ) async throws(LogError) -> Batch {
    var batch = Batch(positions: positions)
    for partition in positions.keys.sorted() {
      let end = try await bounds(partition).end
      for record in records[partition] ?? []
      where record.position.offset >= positions[partition]! && record.position.offset < end {
        batch.records.append(record)
        batch.positions[partition] = record.position.offset + 1
      }
    }
    return batch
  }

  func committed(_ group: String, partition: Int) async throws(LogError) -> Positions { [:] }

  func position(
    of time: Instant, in partition: Partition
  ) async throws(LogError) -> Int64 { 0 }

  func append(
    _ records: Outgoing, _ durability: Durability
  ) async throws(LogError) -> [Appended] { throw .unavailable("it is only read") }

  func commit(
    _ facts: Outgoing, consumed: Positions, as owner: Owner, _ durability: Durability
  ) async throws(LogError) -> [Appended] { throw .unavailable("it is only read") }

  func sync() async throws(LogError) {}
  func trim(_ partition: Partition, before offset: Int64) async throws(LogError) {}

  func serve(
    as group: String, _ body: @escaping @Sendable (Owner) async throws -> Void
  ) async throws { throw LogError.unavailable("it is only read") }
}
