import Calendar
import SQLite
import Streams
import Threads

/// Reads what is not in memory any more, on a thread of its own, through connections that only
/// read. Rows tell the ends behind them, so an offset or a time is found by halving.
final class SQLiteLogDisk: Sendable {
  private let thread: ThreadExecutor
  private let folder: LogFolder

  init(_ folder: LogFolder) throws(LogError) {
    self.folder = folder
    do { thread = try ThreadExecutor(named: "log-reader") } catch {
      throw .unavailable("\(error)")
    }
  }

  /// Records of the wanted ranges, until about `bytesMax` bytes are read.
  func read(
    _ wanted: [Partition: Range<Int64>], bytesMax: Int
  ) async throws(LogError) -> Batch {
    try await onThread { (folder) throws(LogError) in
      var batch = Batch(positions: wanted.mapValues(\.lowerBound))
      let firstRow = try Self.firstRow(folder, wanted)
      var left = bytesMax
      let segments = try folder.segments()
      for (place, first) in segments.enumerated() {
        if place + 1 < segments.count, segments[place + 1] <= firstRow { continue }
        let segment = try Self.open(folder, first)
        var number = max(firstRow, first)
        while left > 0, let row = try segment.row(from: number) {
          try Self.take(row, wanted, into: &batch)
          left -= row.parts.count
          number = row.number + 1
          if wanted.allSatisfy({ batch.positions[$0.key]! >= $0.value.upperBound }) { left = 0 }
        }
        if left <= 0 { break }
      }
      return batch
    }
  }

  /// The offset of the first record whose time is not before `time`; nil if none is on the disk.
  func position(
    of time: Instant, in partition: Partition
  ) async throws(LogError) -> Int64? {
    try await onThread { (folder) throws(LogError) in
      let number = Int(partition.topic.number)
      guard
        let row = try Self.search(folder, { (head) throws(LogError) in head.time >= time })
      else { return nil }
      for first in try folder.segments().reversed() where first <= row {
        let segment = try Self.open(folder, first)
        guard let header = try segment.head(row)?.header else { continue }
        let part = header.parts.first { $0.topic == partition.topic }
        return part?.first ?? header.ends[number]
      }
      return nil
    }
  }

  private func onThread<Value: Sendable>(
    _ body: @escaping @Sendable (LogFolder) throws(LogError) -> Value
  ) async throws(LogError) -> Value {
    let folder = folder
    return try await thread.run { () -> Result<Value, LogError> in
      do throws(LogError) { return .success(try body(folder)) } catch { return .failure(error) }
    }.get()
  }

  private static func open(
    _ folder: LogFolder, _ first: Int64
  ) throws(LogError) -> LogSegment {
    do {
      return try LogSegment(path: folder.segmentPath(first), firstRow: first, .readOnly)
    } catch {
      throw LogError(error)
    }
  }

  /// The first row that brings a record of any wanted range.
  private static func firstRow(
    _ folder: LogFolder, _ wanted: [Partition: Range<Int64>]
  ) throws(LogError) -> Int64 {
    try search(folder) { (head) throws(LogError) in
      wanted.contains { head.header.ends[Int($0.key.topic.number)] > $0.value.lowerBound }
    } ?? .max
  }

  /// The first row for which `isThere` holds, which holds for all rows after it.
  private static func search(
    _ folder: LogFolder,
    _ isThere: ((time: Instant, header: LogHeader)) throws(LogError) -> Bool
  ) throws(LogError) -> Int64? {
    var found: Int64?
    for first in try folder.segments().reversed() {
      let segment = try open(folder, first)
      let last: Int64?
      do { last = try segment.lastRow() } catch { throw LogError(error) }
      guard let last else { continue }
      var low = first
      var high = last + 1
      while low < high {
        let middle = (low + high) / 2
        if let head = try segment.head(middle), try isThere(head) {
          high = middle
        } else {
          low = middle + 1
        }
      }
      if low <= last { found = low }
      if low > first { break }
    }
    return found
  }

  /// Adds the wanted records of a row.
  private static func take(
    _ row: LogSegment.Row, _ wanted: [Partition: Range<Int64>], into batch: inout Batch
  ) throws(LogError) {
    for (place, part) in row.header.parts.enumerated() {
      let partition = Partition(part.topic)
      guard let range = wanted[partition], part.first < range.upperBound else { continue }
      let start = batch.positions[partition]!
      batch.records.append(
        contentsOf: try row.records(of: place, from: start, before: range.upperBound))
      let end = min(part.first + Int64(part.count), range.upperBound)
      batch.positions[partition] = max(start, end)
    }
  }
}
