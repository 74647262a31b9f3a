import Postgres
import Streams
import Telemetry

/// The loop of a projector.
extension Projector {
  static let pauseMs = 100
  static let pauseMsMax = 5_000
  static let waitMax = Duration.seconds(10)

  /// Follows the log's durable end until the task is cancelled. A database that is away is waited
  /// for. What a person has to mend is thrown.
  public func run() async throws(ProjectorError) {
    var pauseMs = Self.pauseMs
    while !Task.isCancelled {
      do throws(ProjectorError) {
        var positions = try await reachable()
        while true {
          let batch = try await next(positions)
          if batch.positions != positions { positions = try await apply(batch, from: positions) }
          pauseMs = Self.pauseMs
        }
      } catch {
        switch error {
        case .cancelled: return
        case .moved, .log(.trimmed): continue
        case .unavailable, .log(.unavailable):
          logger.warning("the projection waits", ["why": "\(error)", "pause_ms": .int(pauseMs)])
          try? await Task.sleep(for: .milliseconds(pauseMs))
          pauseMs = min(2 * pauseMs, Self.pauseMsMax)
        default: throw error
        }
      }
    }
  }

  /// Throws what `run` would throw at once.
  public func checkPositions() async throws(ProjectorError) {
    _ = try await reachable()
  }

  /// Applies everything up to the log's durable end as it is at the call. `note` is told after each
  /// batch how many of how many offsets are done.
  public func catchUp(
    _ note: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) async throws(ProjectorError) {
    var positions = try await reachable()
    let start = positions
    var ends: Positions = [:]
    for partition in partitions { ends[partition] = try await bounds(partition).durable }
    let total = ends.reduce(0) { $0 + max(0, $1.value - (start[$1.key] ?? 0)) }
    while positions.contains(where: { $0.value < ends[$0.key] ?? 0 }) {
      let batch = try await next(positions)
      if batch.positions != positions { positions = try await apply(batch, from: positions) }
      let left = ends.reduce(0) { $0 + max(0, $1.value - (positions[$1.key] ?? 0)) }
      note(Int(total - left), Int(total))
    }
  }

  private func next(_ positions: Positions) async throws(ProjectorError) -> Batch {
    do throws(LogError) {
      return try await log.read(
        from: positions, to: .durable, bytesMax: Self.batchBytesMax, wait: Self.waitMax)
    } catch {
      if case .cancelled = error { throw .cancelled }
      throw .log(error)
    }
  }

  private func bounds(_ partition: Partition) async throws(ProjectorError) -> Bounds {
    do throws(LogError) {
      return try await log.bounds(partition)
    } catch {
      throw .log(error)
    }
  }

  /// The stored positions, led over what the log has trimmed.
  private func reachable() async throws(ProjectorError) -> Positions {
    var positions = try await positions()
    for (partition, offset) in positions {
      let bounds = try await bounds(partition)
      if offset > bounds.end {
        throw .ahead(
          projection: projection.name, partition: "\(partition)", offset: offset, end: bounds.end)
      }
      if offset < bounds.first {
        try await skip(partition, from: offset, to: bounds.first)
        positions[partition] = bounds.first
      }
    }
    note(positions)
    return positions
  }

  /// A view that begins leaves out what is gone; one that had begun before notes the gap.
  private func skip(
    _ partition: Partition, from: Int64, to first: Int64
  ) async throws(ProjectorError) {
    if from > 0 {
      logger.warning(
        "records were trimmed before they were projected",
        ["partition": "\(partition)", "from": .int(Int(from)), "to": .int(Int(first))])
    }
    let (offsets, name) = (offsets, projection.name)
    let found = try await perform { session throws(PostgresError) in
      try session.transaction { () throws(PostgresError) in
        let found = try offsets.lock(session, [partition])
        guard case .success(let stored) = found, stored[partition] == from else { return found }
        if from > 0 {
          try session.query(
            """
            INSERT INTO projection_errors
              (projection, partition, record_offset, until_offset, reason)
            VALUES ($1, $2, $3, $4, 'trimmed before it was projected') ON CONFLICT DO NOTHING
            """,
            [.text(name), .text("\(partition)"), .int(Int(from)), .int(Int(first))])
        }
        try offsets.move(session, to: [partition: first])
        return found
      }
    }
    if try self.positions(found)[partition] != from { throw .moved }
  }
}
