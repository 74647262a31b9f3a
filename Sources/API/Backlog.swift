import Calendar
import Streams

/// How far a group is in the log, and how old what it has not taken is.
struct Backlog: Sendable {
  let log: any EventLog

  func partitions(_ topic: Topic) -> [Partition] {
    (0..<log.partitionCount(of: topic)).map { Partition(topic, $0) }
  }

  /// What a group has taken of a topic, and what it has not.
  func progress(of group: String, in topic: Topic) async throws -> (position: Int, lag: Int) {
    var (position, lag) = (0, 0)
    for partition in partitions(topic) {
      let (next, bounds) = try await next(group, partition)
      position += Int(next)
      lag += Int(max(0, bounds.end - next))
    }
    return (position, lag)
  }

  /// How long the oldest record that a group has not taken stands in the log; zero without one.
  func age(of group: String, in topic: Topic) async throws -> Duration {
    var age = Duration.zero
    for partition in partitions(topic) {
      let (next, bounds) = try await next(group, partition)
      guard next < bounds.end else { continue }
      let oldest = try await log.read(
        from: [partition: next], to: .recorded, bytesMax: 1, wait: .zero
      ).records.first
      if let oldest { age = max(age, log.now() - oldest.time) }
    }
    return age
  }

  /// Records of some partitions that are durable and that a reader has not passed.
  func lag(_ partitions: [Partition], from positions: Positions) async throws -> Int {
    var lag: Int64 = 0
    for partition in partitions {
      let bounds = try await log.bounds(partition)
      lag += max(0, bounds.durable - max(positions[partition] ?? 0, bounds.first))
    }
    return Int(lag)
  }

  private func next(
    _ group: String, _ partition: Partition
  ) async throws -> (next: Int64, bounds: Bounds) {
    let bounds = try await log.bounds(partition)
    let committed = try await log.committed(group, partition: partition.index)[partition]
    return (max(committed ?? 0, bounds.first), bounds)
  }
}
