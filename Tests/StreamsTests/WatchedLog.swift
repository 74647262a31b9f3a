import Calendar
import Streams
import Threads

/// The log in memory, with what was committed to it, and commits that can be refused.
final class WatchedLog: EventLog {
  private let log: MemoryLog
  private let committed = Locked<[Outgoing]>([])
  private let refusal: @Sendable (Outgoing) -> LogError?

  /// `refusal` says whether a commit fails, and with what.
  init(
    _ log: MemoryLog, refusal: @escaping @Sendable (Outgoing) -> LogError? = { _ in nil }
  ) {
    self.log = log
    self.refusal = refusal
  }

  /// Every commit in its order.
  var commits: [Outgoing] { committed.withLock { $0 } }

  var incarnation: String { log.incarnation }
  func partitionCount(of topic: Topic) -> Int { log.partitionCount(of: topic) }
  func now() -> Instant { log.now() }

  func append(
    _ records: Outgoing, _ durability: Durability
  ) async throws(LogError) -> [Appended] { try await log.append(records, durability) }

  func commit(
    _ facts: Outgoing, consumed: Positions, as owner: Owner, _ durability: Durability
  ) async throws(LogError) -> [Appended] {
    if let error = refusal(facts) { throw error }
    committed.withLock { $0.append(facts) }
    return try await log.commit(facts, consumed: consumed, as: owner, durability)
  }

  func sync() async throws(LogError) { try await log.sync() }

  func read(
    from positions: Positions, to end: End, bytesMax: Int, wait: Duration
  ) async throws(LogError) -> Batch {
    try await log.read(from: positions, to: end, bytesMax: bytesMax, wait: wait)
  }

  func bounds(_ partition: Partition) async throws(LogError) -> Bounds {
    try await log.bounds(partition)
  }

  func position(
    of time: Instant, in partition: Partition
  ) async throws(LogError) -> Int64 { try await log.position(of: time, in: partition) }

  func committed(
    _ group: String, partition: Int
  ) async throws(LogError) -> Positions { try await log.committed(group, partition: partition) }

  func serve(
    as group: String, _ body: @escaping @Sendable (Owner) async throws -> Void
  ) async throws { try await log.serve(as: group, body) }

  func trim(_ partition: Partition, before offset: Int64) async throws(LogError) {
    try await log.trim(partition, before: offset)
  }
}
