import Calendar
import Crypto
import SQLite
import Streams

/// Writes rows into the newest segment and begins new segments. Belongs to the writing thread.
///
/// After a failure the segment is closed and opened again before the next row: what is there must
/// be what was written last. What a failed write left there nobody was told of; it is taken out.
final class SegmentWriter {
  private let folder: LogFolder
  private let settings: SQLiteLogSettings
  private var segment: LogSegment?
  private(set) var state: LogState
  /// The last row that is durable, with its hash.
  private var durable: (row: Int64, hash: [UInt8])
  private var bytesInSegment: Int
  /// About how many pages the WAL got since it was shortened.
  private var walPages = 0
  private var segmentBegan = ContinuousClock.now
  /// After a failure: somebody may look into the file, and each attempt waits for him.
  private var rollNotBefore = ContinuousClock.now
  private static let rollPause = Duration.seconds(60)
  /// Set while a new segment's name may be lost with the machine's power.
  private var isFolderUnsynced = false
  /// Set after a failed sync: the system may have forgotten what it could not write, and the next
  /// sync of the same bytes would claim success. They must be written again, elsewhere.
  private var mustMoveWAL = false

  init(_ opened: LogState, _ folder: LogFolder, _ settings: SQLiteLogSettings) {
    self.folder = folder
    self.settings = settings
    state = opened
    durable = (opened.lastRow, opened.lastHash)
    bytesInSegment = folder.byteCount(opened.segmentFirstRow)
  }

  /// Whether there is something that a sync would make durable.
  var isUnsynced: Bool { durable.row < state.lastRow || mustMoveWAL }

  /// Writes one row that holds all the orders.
  func write(_ orders: [LogOrder], at time: Instant) throws(LogError) {
    var header = state.header
    header.parts = []
    header.previous =
      state.lastRow + 1 == state.segmentFirstRow ? Hex.encode(state.lastHash) : nil
    var parts: [UInt8] = []
    for order in orders {
      for frame in order.frames { Self.add(frame, to: &header, &parts) }
      Self.apply(order, to: &header)
    }
    let text = header.text()
    let hash = LogHeader.hash(previous: state.lastHash, time: time, header: text)
    do {
      try open().append(
        row: state.lastRow + 1, time: time, header: text, hash: hash, parts: parts)
    } catch {
      segment = nil
      throw LogError(error)
    }
    state.lastRow += 1
    state.lastTime = time
    state.lastHash = hash
    state.header = header
    bytesInSegment += text.count + parts.count
    walPages += 2 + (text.count + parts.count) / LogSegment.pageSizeBytes
  }

  private static func add(
    _ frame: Frame, to header: inout LogHeader, _ parts: inout [UInt8]
  ) {
    let number = Int(frame.partition.topic.number)
    let start = parts.count
    PartCoding.write(frame, into: &parts)
    let digest = parts[start...].withUnsafeBytes { Hash.sha256.digest(of: $0) }
    header.parts.append(
      LogHeader.Part(
        topic: frame.partition.topic, first: header.ends[number], count: frame.count,
        bytes: parts.count - start, digest: Hex.encode(digest)))
    header.ends[number] += Int64(frame.count)
  }

  private static func apply(_ order: LogOrder, to header: inout LogHeader) {
    for (partition, offset) in order.trims {
      let number = Int(partition.topic.number)
      header.firsts[number] = max(header.firsts[number], min(offset, header.ends[number]))
    }
    guard let owner = order.owner else { return }
    var group = header.groups[owner.group] ?? LogHeader.Group(epoch: owner.epoch)
    group.epoch = owner.epoch
    for (partition, offset) in order.consumed {
      group.positions[Int(partition.topic.number)] = offset
    }
    header.groups[owner.group] = group
  }

  /// The newest segment, opened again where it is not open.
  private func open() throws(LogError) -> LogSegment {
    if let segment { return segment }
    do {
      let opened = try LogSegment(
        path: folder.segmentPath(state.segmentFirstRow), firstRow: state.segmentFirstRow, .create)
      try opened.remove(after: state.lastRow)
      if state.lastRow >= state.segmentFirstRow {
        guard let last = try opened.row(from: state.lastRow), last.hash == state.lastHash else {
          throw LogError.corrupt(at: "\(opened.path): the last row is not the one written last")
        }
      }
      if mustMoveWAL {
        try verify(opened)
        try opened.moveWAL()
        mustMoveWAL = false
      }
      if isFolderUnsynced {
        try folder.sync()
        isFolderUnsynced = false
      }
      segment = opened
      return opened
    } catch {
      throw LogError(error)
    }
  }

  /// Reads what is not known to be durable against its digests.
  private func verify(_ segment: LogSegment) throws(LogError) {
    var check = LogCheck(after: durable.hash)
    var next = durable.row + 1
    while next <= state.lastRow, let row = try segment.row(from: next) {
      try check.take(row, of: segment)
      next = row.number + 1
    }
  }

  /// Makes durable what was written.
  func sync() throws(LogError) {
    do {
      try open().sync()
      durable = (state.lastRow, state.lastHash)
    } catch {
      segment = nil
      mustMoveWAL = true
      // Closing may have unlinked the WAL.
      isFolderUnsynced = true
      throw LogError(error)
    }
    shortenWALIfDue()
  }

  /// All that the WAL holds is durable, so a failure loses nothing: the pages are moved when as
  /// many more have come.
  private func shortenWALIfDue() {
    guard walPages >= LogSegment.walPagesMax else { return }
    walPages = 0
    do { try segment?.shortenWAL() } catch { segment = nil }
  }

  /// Begins a new segment when the newest one is large or old enough: the old one is synced and
  /// has nothing beside it before the first row of the new one. True if it did.
  func rollIfDue() -> Bool {
    let isOld = ContinuousClock.now - segmentBegan >= settings.segmentAge
    guard state.lastRow >= state.segmentFirstRow, !isUnsynced,
      bytesInSegment >= settings.segmentBytesMax || isOld,
      ContinuousClock.now >= rollNotBefore
    else { return false }
    do {
      try open().moveWAL()
    } catch {
      segment = nil
      rollNotBefore = ContinuousClock.now + Self.rollPause
      return false
    }
    segment = nil
    state.segmentFirstRow = state.lastRow + 1
    segmentBegan = ContinuousClock.now
    bytesInSegment = 0
    isFolderUnsynced = true
    return true
  }

  func close() {
    try? segment?.moveWAL()
    segment = nil
  }
}
