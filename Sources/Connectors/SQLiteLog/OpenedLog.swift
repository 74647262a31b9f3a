import Calendar
import Crypto
import SQLite
import Streams

/// A log's newest segment, opened for writing, and the state that its last row tells.
struct OpenedLog: Sendable {
  let lock: Int32
  let segmentFirstRow: Int64
  let lastRow: Int64
  let lastTime: Instant
  let lastHash: [UInt8]
  let header: LogHeader

  /// Takes the lock, finds the last row, or makes a log whose first row says nothing but who it is.
  init(_ folder: LogFolder) throws(LogError) {
    try folder.create()
    lock = try folder.lock()
    var segments = try folder.segments()
    do {
      while let first = segments.last {
        let segment = try LogSegment(
          path: folder.segmentPath(first), firstRow: first, .create)
        guard let last = try segment.lastRow(), let row = try segment.row(from: last) else {
          // The process ended between making a segment and its first row.
          segments.removeLast()
          if segments.isEmpty { break }
          continue
        }
        try segment.sync()
        segmentFirstRow = first
        lastRow = last
        lastTime = row.time
        lastHash = row.hash
        header = row.header
        return
      }
      (segmentFirstRow, lastRow) = (1, 1)
      lastTime = Instant.now()
      header = LogHeader(incarnation: Hex.encode(randomBytes(12)))
      let text = header.text()
      lastHash = LogHeader.hash(previous: [], time: lastTime, header: text)
      let segment = try LogSegment(path: folder.segmentPath(1), firstRow: 1, .create)
      try segment.append(row: 1, time: lastTime, header: text, hash: lastHash, parts: [])
      try segment.sync()
      try folder.sync()
    } catch {
      throw LogError(error)
    }
  }
}
