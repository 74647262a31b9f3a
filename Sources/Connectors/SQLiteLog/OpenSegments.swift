import Calendar
import SQLite
import Streams

/// The segments that are open for reading. Belongs to the reading thread.
final class OpenSegments: @unchecked Sendable {
  private static let openMax = 8

  private let folder: LogFolder
  /// The first rows of the segments that there are, and of the one that is written.
  private var firsts: [Int64] = []
  private var newest: Int64 = 0
  /// Oldest use first.
  private var open: [(segment: LogSegment, isClosed: Bool)] = []

  init(_ folder: LogFolder) { self.folder = folder }

  func closeAll() { open.removeAll() }

  /// Looks which segments there are. One newer than `newest` is just being made.
  func look(_ newest: Int64) throws(LogError) {
    self.newest = newest
    firsts = try folder.segments().filter { $0 <= newest }
  }

  /// A closed segment is opened without locks, so it may be replaced meanwhile.
  private func segment(_ place: Int) throws(LogError) -> LogSegment {
    let first = firsts[place]
    let isClosed = first < newest
    if let place = open.firstIndex(where: { $0.segment.firstRow == first }) {
      let found = open.remove(at: place)
      if found.isClosed == isClosed {
        open.append(found)
        return found.segment
      }
    }
    if open.count == Self.openMax { open.removeFirst() }
    do {
      let segment = try LogSegment(
        path: folder.segmentPath(first), firstRow: first, isClosed ? .immutable : .readOnly)
      open.append((segment, isClosed))
      return segment
    } catch {
      throw LogError(error)
    }
  }

  /// The first row from a segment's row on, in this segment or the next ones.
  private func row(
    _ number: Int64, _ place: Int
  ) throws(LogError) -> LogPlace? {
    for place in place..<firsts.count {
      let segment = try segment(place)
      if let row = try segment.row(from: number) {
        return LogPlace(place: place, segment: segment, row: row)
      }
    }
    return nil
  }

  /// The first row for which `isThere` holds, which holds for all rows after it.
  func first(where isThere: (LogSegment.Row) -> Bool) throws(LogError) -> LogPlace? {
    let place = try halve(0..<Int64(firsts.count)) { (place) throws(LogError) in
      let segment = try segment(Int(place))
      return try segment.row(from: segment.firstRow).map(isThere) ?? true
    }
    guard place > 0 else { return try row(0, 0) }
    // Its segment's first row is there, or it stands behind the first row of the one before.
    let before = try segment(Int(place) - 1)
    let last: Int64?
    do { last = try before.lastRow() } catch { throw LogError(error) }
    let rows = before.firstRow + 1..<max(last ?? 0, before.firstRow) + 1
    let number = try halve(rows) { (number) throws(LogError) in
      try before.row(from: number).map(isThere) ?? true
    }
    return try row(number, Int(place) - 1)
  }

  /// The first number of the range for which `isThere` holds; its end if there is none.
  private func halve(
    _ range: Range<Int64>, _ isThere: (Int64) throws(LogError) -> Bool
  ) throws(LogError) -> Int64 {
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high {
      let middle = low + (high - low) / 2
      if try isThere(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// Adds records of one partition until there are `bytesMax` bytes of them.
  func read(
    _ partition: Partition, _ range: Range<Int64>, bytesMax: Int, into batch: inout Batch
  ) throws(LogError) {
    let number = Int(partition.topic.number)
    var cursor = ReadCursor(at: range.lowerBound, end: range.upperBound, bytesLeft: bytesMax)
    var next: LogPlace?
    while !cursor.isDone {
      if next == nil { next = try first { $0.header.ends[number] > cursor.at } }
      guard let found = next else { break }
      for (place, part) in found.row.header.parts.enumerated()
      where part.topic == partition.topic && part.first + Int64(part.count) > cursor.at {
        let records = try found.segment.records(of: found.row, part: place)
        cursor.take(records, of: part, into: &batch.records)
        if cursor.isDone { break }
      }
      // Most often the next row has more of it; else it is looked for.
      next = try row(found.row.number + 1, found.place)
      if let row = next?.row, !row.header.parts.contains(where: { $0.topic == partition.topic }) {
        next = nil
      }
    }
    batch.positions[partition] = cursor.at
  }
}

/// A row, with the segment that it stands in.
struct LogPlace {
  let place: Int
  let segment: LogSegment
  let row: LogSegment.Row
}

/// How far a read of one partition has come.
private struct ReadCursor {
  private(set) var at: Int64
  let end: Int64
  private(set) var bytesLeft: Int

  init(at: Int64, end: Int64, bytesLeft: Int) {
    self.at = at
    self.end = end
    self.bytesLeft = bytesLeft
  }

  var isDone: Bool { at >= end || bytesLeft <= 0 }

  /// Takes records as long as there is room for them; those that share an offset are taken whole.
  mutating func take(
    _ records: [Record], of part: LogHeader.Part, into taken: inout [Record]
  ) {
    var last: Int64?
    for record in records where record.position.offset >= at {
      let offset = record.position.offset
      guard offset < end, bytesLeft > 0 || offset == last else {
        at = last.map { $0 + 1 } ?? at
        return
      }
      taken.append(record)
      bytesLeft -= record.value.count
      last = offset
    }
    at = min(end, part.first + Int64(part.count))
  }
}
