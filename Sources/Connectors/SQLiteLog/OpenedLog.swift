import Calendar
import Crypto
import Glibc
import SQLite
import Streams

/// A log's newest segment, opened for writing, and the state that its last row tells.
struct OpenedLog: Sendable {
  /// Held until the log is closed.
  let lock: Int32
  let state: LogState

  /// Takes the lock, waiting for it at most for `wait`, finds the last row, or makes a log whose
  /// first row says nothing but who it is.
  init(_ folder: LogFolder, wait: Duration, at now: Instant) throws(LogError) {
    try folder.create()
    lock = try folder.lock(wait: wait)
    do {
      state = try Self.newest(folder) ?? Self.first(folder, at: now)
    } catch {
      close(lock)
      throw LogError(error)
    }
  }

  /// What the last row tells. What a start that was cut short left behind is removed: segments
  /// without a row, and drafts.
  private static func newest(_ folder: LogFolder) throws -> LogState? {
    let segments = try folder.segments()
    for first in segments { folder.removeDraft(first) }
    for first in segments.reversed() {
      let segment = try LogSegment(path: folder.segmentPath(first), firstRow: first, .create)
      guard let last = try segment.lastRow(), let row = try segment.row(from: last) else {
        try folder.remove(first)
        continue
      }
      try segment.sync()
      return LogState(
        segmentFirstRow: first, lastRow: row.number, lastTime: row.time, lastHash: row.hash,
        header: row.header)
    }
    return nil
  }

  private static func first(_ folder: LogFolder, at now: Instant) throws -> LogState {
    let header = LogHeader(incarnation: Hex.encode(randomBytes(12)))
    let text = header.text()
    let hash = LogHeader.hash(previous: [], time: now, header: text)
    let segment = try LogSegment(path: folder.segmentPath(1), firstRow: 1, .create)
    try segment.append(row: 1, time: now, header: text, hash: hash, parts: [])
    try segment.sync()
    try folder.sync()
    return LogState(
      segmentFirstRow: 1, lastRow: 1, lastTime: now, lastHash: hash, header: header)
  }
}

/// The state of a log behind its last row.
struct LogState: Sendable {
  var segmentFirstRow: Int64
  var lastRow: Int64
  var lastTime: Instant
  var lastHash: [UInt8]
  var header: LogHeader
}
