public import Calendar
import Crypto
import Glibc
public import Streams

/// Copies a log from its files while a writer works on it, and makes a copy a log of its own. All
/// of it blocks.
///
/// Closed segments never change, so their files are copied; of the newest one the rows that it has
/// at this moment are written into a file of their own, each in one piece. So the copy is the log
/// as it stood at its last row, and holds all that was acknowledged before it was begun.
public enum LogBackup {
  /// Where a copy ends.
  public struct End: Sendable, Equatable {
    public let incarnation: String
    public let row: Int64
    public let hash: [UInt8]
    public let time: Instant

    public init(incarnation: String, row: Int64, hash: [UInt8], time: Instant) {
      self.incarnation = incarnation
      self.row = row
      self.hash = hash
      self.time = time
    }
  }

  /// Bytes of the log's files.
  public static func byteCount(_ path: String) throws(LogError) -> Int {
    try SegmentFiles(path).byteCount
  }

  /// Copies the log of one folder into another, which is made and is durable then.
  public static func copy(
    _ path: String, to target: String, _ note: @escaping (Int) -> Void
  ) throws(LogError) -> End {
    do {
      let files = try SegmentFiles(path)
      let copied = LogFolder(path: target)
      try copied.create()
      var isAnyCopied = false
      for first in files.firsts.dropLast() {
        let isThere = try FolderCopy(note: note).file(
          files.folder.segmentPath(first), to: copied.segmentPath(first))
        // The oldest ones may have been trimmed meanwhile.
        isAnyCopied = isAnyCopied || isThere
        guard isThere || !isAnyCopied else {
          throw LogError.corrupt(at: "\(files.folder.segmentPath(first)): it is not there")
        }
      }
      return try copyNewest(files, to: copied, note)
    } catch {
      throw LogError(error)
    }
  }

  private static func copyNewest(
    _ files: SegmentFiles, to copied: LogFolder, _ note: (Int) -> Void
  ) throws(LogError) -> End {
    let first = files.firsts[files.firsts.count - 1]
    guard let segment = try files.open(files.firsts.count - 1),
      let last = try segment.row(from: files.lastRow)
    else { throw .corrupt(at: "\(files.folder.segmentPath(first)): row \(files.lastRow)") }
    let nothing = [Int64](repeating: 0, count: 16)
    try SegmentDraft(segment: segment, firsts: nothing, lastRow: last.number)
      .write(to: copied.draftPath(first)) { false }
    try copied.replaceByDraft(first)
    note(files.byteCount(files.firsts.count - 1))
    return End(
      incarnation: last.header.incarnation, row: last.number, hash: last.hash, time: last.time)
  }

  /// Gives a copied log an incarnation of its own, so that whoever has read the log that it is a
  /// copy of notices. Gives the new one.
  public static func renew(_ path: String, at now: Instant) throws(LogError) -> String {
    let folder = LogFolder(path: path)
    let opened = try OpenedLog(folder, wait: .zero, at: now)
    defer { close(opened.lock) }
    var state = opened.state
    state.header.incarnation = Hex.encode(randomBytes(12))
    let writer = SegmentWriter(state, folder, SQLiteLogSettings())
    defer { writer.close() }
    try writer.write([], at: max(now, state.lastTime))
    try writer.sync()
    return state.header.incarnation
  }
}
