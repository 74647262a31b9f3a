public import Calendar

/// The newest part of a log in memory, and all of a log that is nothing but memory: what was
/// appended, by partition, with the recorded and the durable end. A reader that keeps up is served
/// from here. A value type: its owner guards it.
public struct LogTail: Sendable {
  /// The records of one stored record.
  struct Entry: Sendable {
    let partition: Partition
    let offset: Int64
    let time: Instant
    let records: [Record]
    let byteCount: Int
  }

  struct Line: Sendable {
    /// Of the log, not of what is in memory.
    var first: Int64
    var durable: Int64
    var end: Int64
    var entries: ArraySlice<Entry> = []

    /// Offset of the first record that is in memory.
    var firstInMemory: Int64 { entries.first?.offset ?? end }

    /// Drops the oldest entries, with their memory; gives how many bytes of records those were.
    mutating func drop(_ count: Int) -> Int {
      guard count > 0 else { return 0 }
      let bytes = entries.prefix(count).reduce(0) { $0 + $1.byteCount }
      entries = ArraySlice(Array(entries.dropFirst(count)))
      return bytes
    }
  }

  private var lines: [Partition: Line] = [:]
  public private(set) var byteCount = 0

  public init() {}

  public var partitions: [Partition] { lines.keys.sorted() }

  /// One past the last recorded offset of every partition.
  public var ends: Positions { lines.mapValues(\.end) }

  public func bounds(_ partition: Partition) -> Bounds {
    let line = lines[partition]
    return Bounds(first: line?.first ?? 0, durable: line?.durable ?? 0, end: line?.end ?? 0)
  }

  /// Takes over the ends of a log that was opened.
  public mutating func open(_ partition: Partition, first: Int64, end: Int64) {
    lines[partition] = Line(first: first, durable: end, end: end)
  }

  /// Appends framed records at the ends; gives position and time of each value of `original`, its
  /// parts one after another.
  public mutating func append(
    _ frames: [Frame], original: Outgoing, time: Instant
  ) -> [Appended] {
    var starts: [Topic: Int] = [:]
    var count = 0
    for part in original.parts {
      starts[part.topic] = count
      count += part.ends.count
    }
    var appended = [Appended?](repeating: nil, count: count)
    for frame in frames {
      var line = lines.removeValue(forKey: frame.partition) ?? Line(first: 0, durable: 0, end: 0)
      let start = starts[frame.partition.topic]!
      var byRecord = [[Record]](repeating: [], count: frame.count)
      for (place, record) in frame.records(from: line.end, time: time, original: original) {
        appended[start + place] = Appended(position: record.position, time: time)
        byRecord[Int(record.position.offset - line.end)].append(record)
      }
      for (number, records) in byRecord.enumerated() {
        let bytes = records.reduce(0) { $0 + $1.value.count }
        line.entries.append(
          Entry(
            partition: frame.partition, offset: line.end + Int64(number), time: time,
            records: records, byteCount: bytes))
        byteCount += bytes
      }
      line.end += Int64(frame.count)
      lines[frame.partition] = line
    }
    return appended.map { $0! }
  }

  /// What was recorded up to `ends` is durable now.
  public mutating func makeDurable(_ ends: Positions) {
    for (partition, end) in ends {
      guard var line = lines.removeValue(forKey: partition) else { continue }
      line.durable = max(line.durable, min(end, line.end))
      lines[partition] = line
    }
  }

  /// Records from `positions` on to the given end, each partition at least its share of
  /// `bytesMax`. `missing` names partitions whose next record is not in memory any more.
  public func read(
    from positions: Positions, to end: End, bytesMax: Int
  ) throws(LogError) -> (batch: Batch, missing: [Partition]) {
    var batch = Batch(positions: positions)
    var missing: [Partition] = []
    var left = bytesMax
    var partitionsLeft = positions.count
    for (partition, offset) in positions.sorted(by: { $0.key < $1.key }) {
      let line = lines[partition] ?? Line(first: 0, durable: 0, end: 0)
      if offset > line.end { throw .beyondEnd(partition, end: line.end) }
      if offset < line.first { throw .trimmed(first: line.first) }
      let last = end == .durable ? line.durable : line.end
      let share = max(1, left / partitionsLeft)
      partitionsLeft -= 1
      if offset < min(last, line.firstInMemory) {
        missing.append(partition)
        left -= share
      } else if offset < last {
        let start = line.entries.startIndex + Int(offset - line.firstInMemory)
        left -= Self.take(line.entries[start...], before: last, bytesMax: share, into: &batch)
      }
    }
    return (batch, missing)
  }

  /// Adds records until there are `bytesMax` bytes of them; gives how many it were. Before a value
  /// in chunks stand entries without records, which cost nothing.
  private static func take(
    _ entries: ArraySlice<Entry>, before end: Int64, bytesMax: Int, into batch: inout Batch
  ) -> Int {
    var taken = 0
    for entry in entries {
      guard entry.offset < end, taken < bytesMax else { break }
      batch.records.append(contentsOf: entry.records)
      batch.positions[entry.partition] = entry.offset + 1
      taken += entry.byteCount
    }
    return taken
  }

  /// The offset of the first record in memory whose time is not before `time`.
  public func position(of time: Instant, in partition: Partition) -> Int64 {
    guard let line = lines[partition] else { return 0 }
    var low = line.entries.startIndex
    var high = line.entries.endIndex
    while low < high {
      let middle = (low + high) / 2
      if line.entries[middle].time < time { low = middle + 1 } else { high = middle }
    }
    return low < line.entries.endIndex ? line.entries[low].offset : line.end
  }

  /// The time of the oldest record in memory.
  public func firstTime(in partition: Partition) -> Instant? {
    lines[partition]?.entries.first?.time
  }

  /// Lets go of the records before `offset`.
  public mutating func trim(_ partition: Partition, before offset: Int64) {
    guard var line = lines.removeValue(forKey: partition) else { return }
    line.first = max(line.first, min(offset, line.end))
    let count = line.entries.prefix { $0.offset < line.first }.count
    byteCount -= line.drop(count)
    lines[partition] = line
  }

  /// Lets go of the older half of what is in memory of each partition and durable, until at most
  /// `bytesMax` are left or one record a partition. The records remain in the log.
  public mutating func shrink(to bytesMax: Int) {
    while byteCount > bytesMax {
      var dropped = 0
      for partition in lines.keys {
        guard var line = lines.removeValue(forKey: partition) else { continue }
        let half = line.entries.prefix(line.entries.count / 2)
        let count = half.prefix { $0.offset < line.durable }.count
        byteCount -= line.drop(count)
        dropped += count
        lines[partition] = line
      }
      if dropped == 0 { return }
    }
  }

  /// The log as it is after a loss of power: what was not durable is gone.
  public mutating func loseUndurable() {
    for partition in lines.keys {
      guard var line = lines.removeValue(forKey: partition) else { continue }
      line.end = line.durable
      while let entry = line.entries.last, entry.offset >= line.end {
        byteCount -= entry.byteCount
        line.entries.removeLast()
      }
      lines[partition] = line
    }
  }
}
