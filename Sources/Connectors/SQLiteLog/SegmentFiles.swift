import Glibc
import SQLite
import Streams

/// The segments of a log as another process reads them, with a writer at work or without one.
struct SegmentFiles {
  let folder: LogFolder
  /// First rows in order; the last one may still be written.
  let firsts: [Int64]
  /// The last row that the newest segment has now.
  let lastRow: Int64

  /// Leaves out a newest segment that has no row yet.
  init(_ path: String) throws(LogError) {
    folder = LogFolder(path: path)
    var firsts = try folder.segments()
    guard !firsts.isEmpty else { throw .unavailable("\(path): there is no segment of a log") }
    var last: Int64?
    while last == nil, let newest = firsts.last {
      if firsts.count > 1, Self.isBarelyMade(folder, newest) {
        firsts.removeLast()
        continue
      }
      do {
        last = try Self.open(folder, newest, isNewest: true).lastRow()
      } catch {
        // What cannot be read is said by who reads it.
        last = newest
      }
      if last == nil { firsts.removeLast() }
    }
    self.firsts = firsts
    lastRow = last ?? 0
  }

  /// Whether nothing but its file was made when somebody was interrupted.
  private static func isBarelyMade(_ folder: LogFolder, _ first: Int64) -> Bool {
    var wal = stat()
    let hasWAL = stat(folder.segmentPath(first) + "-wal", &wal) == 0 && wal.st_size > 0
    return !hasWAL && folder.byteCount(first) <= LogSegment.pageSizeBytes
  }

  /// Nil: it was trimmed as a whole meanwhile.
  func open(_ place: Int) throws(LogError) -> LogSegment? {
    do {
      return try Self.open(folder, firsts[place], isNewest: place == firsts.count - 1)
    } catch {
      if access(folder.segmentPath(firsts[place]), F_OK) != 0, errno == ENOENT { return nil }
      throw LogError(error)
    }
  }

  /// A closed segment is opened without locks. The newest one may have a WAL.
  private static func open(
    _ folder: LogFolder, _ first: Int64, isNewest: Bool
  ) throws -> LogSegment {
    try LogSegment(
      path: folder.segmentPath(first), firstRow: first, isNewest ? .readOnly : .immutable)
  }

  func name(_ place: Int) -> String {
    String(folder.segmentPath(firsts[place]).split(separator: "/").last ?? "")
  }

  /// The last row that a segment must have.
  func lastRow(ofSegment place: Int) -> Int64 {
    place + 1 < firsts.count ? firsts[place + 1] - 1 : lastRow
  }

  var byteCount: Int { firsts.indices.reduce(0) { $0 + byteCount($1) } }

  /// Of a segment with its WAL.
  func byteCount(_ place: Int) -> Int {
    var wal = stat()
    let hasWAL = stat(folder.segmentPath(firsts[place]) + "-wal", &wal) == 0
    return folder.byteCount(firsts[place]) + (hasWAL ? Int(wal.st_size) : 0)
  }
}
