public import Calendar

/// The newest part of a log in memory, and all of a log that is nothing but memory: what was
/// appended, by partition, with the recorded and the durable end. A reader that keeps up is served
/// from here. A value type: its owner guards it.
public struct LogTail: Sendable {
  /// The records of one stored record.
  struct Entry: Sendable {
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
            offset: line.end + Int64(number), time: time, records: records, byteCount: bytes))
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

  /// Records from `positions` on to the given end. `missing` names partitions whose next record is
  /// not in memory any more.
  public func read(
    from positions: Positions, to end: End, bytesMax: Int
  ) throws(LogError) -> (batch: Batch, missing: [Partition]) {
    var batch = Batch(positions: positions)
    var missing: [Partition] = []
    var left = bytesMax
    for (partition, offset) in positions.sorted(by: { $0.key < $1.key }) {
      guard let line = lines[partition] else {
        if offset > 0 { throw .beyondEnd(partition, end: 0) }
        continue
      }
      if offset > line.end { throw .beyondEnd(partition, end: line.end) }
      if offset < line.first { throw .trimmed(first: line.first) }
      let last = end == .durable ? line.durable : line.end
      if offset >= last { continue }
      if offset < line.firstInMemory {
        missing.append(partition)
        continue
      }
      var place = line.entries.startIndex + Int(offset - line.firstInMemory)
      while place < line.entries.endIndex, line.entries[place].offset < last, left > 0 {
        let entry = line.entries[place]
        batch.records.append(contentsOf: entry.records)
        batch.positions[partition] = entry.offset + 1
        left -= max(1, entry.byteCount)
        place += 1
      }
    }
    return (batch, missing)
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
    while let entry = line.entries.first, entry.offset < line.first {
      byteCount -= entry.byteCount
      line.entries.removeFirst()
    }
    lines[partition] = line
  }

  /// Lets go of the memory of old records, largest lines first, until at most `bytesMax` are left.
  /// The records remain in the log.
  public mutating func shrink(to bytesMax: Int) {
    guard byteCount > bytesMax else { return }
    for partition in lines.keys {
      guard var line = lines.removeValue(forKey: partition) else { continue }
      var drop = line.entries.count / 2
      while drop > 0, let entry = line.entries.first, entry.offset < line.durable {
        byteCount -= entry.byteCount
        line.entries.removeFirst()
        drop -= 1
      }
      line.entries = ArraySlice(Array(line.entries))
      lines[partition] = line
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
