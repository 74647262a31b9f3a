import Calendar
import Streams
import Threads

/// Reads what is not in memory any more, on a thread of its own, through connections that only
/// read. Rows tell the ends behind them, so an offset or a time is found by halving.
final class SQLiteLogDisk: Sendable {
  private let thread: ThreadExecutor
  private let segments: OpenSegments

  init(_ folder: LogFolder) throws(LogError) {
    segments = OpenSegments(folder)
    do { thread = try ThreadExecutor(named: "log-reader") } catch {
      throw .unavailable("\(error)")
    }
  }

  /// Closes all files: some were replaced or unlinked and would keep their space.
  func forget() {
    Task { [thread, segments] in await thread.run { segments.closeAll() } }
  }

  /// Records of the wanted ranges, of each about its share of `bytesMax` bytes. `newest` is the
  /// segment of the newest row that readers know of.
  func read(
    _ wanted: [Partition: Range<Int64>], bytesMax: Int, newest: Int64
  ) async throws(LogError) -> Batch {
    try await onThread { (segments) throws(LogError) in
      try segments.look(newest)
      var batch = Batch(positions: wanted.mapValues(\.lowerBound))
      let share = max(1, bytesMax / max(1, wanted.count))
      for (partition, range) in wanted {
        try segments.read(partition, range, bytesMax: share, into: &batch)
      }
      return batch
    }
  }

  /// The offset of the first record whose time is not before `time`; nil if none is on the disk.
  func position(
    of time: Instant, in partition: Partition, newest: Int64
  ) async throws(LogError) -> Int64? {
    try await onThread { (segments) throws(LogError) in
      try segments.look(newest)
      guard let row = try segments.first(where: { $0.time >= time })?.row else { return nil }
      let part = row.header.parts.first { $0.topic == partition.topic }
      return part?.first ?? row.header.ends[Int(partition.topic.number)]
    }
  }

  private func onThread<Value: Sendable>(
    _ body: @escaping @Sendable (OpenSegments) throws(LogError) -> Value
  ) async throws(LogError) -> Value {
    let segments = segments
    return try await thread.run { () -> Result<Value, LogError> in
      do throws(LogError) { return .success(try body(segments)) } catch { return .failure(error) }
    }.get()
  }
}
