import Crypto
import Glibc
import SQLite
import Streams

/// The folder of a log: segment files named for their first row, and a lock that keeps every second
/// process out.
struct LogFolder: Sendable {
  let path: String

  /// The segments' first rows in order.
  func segments() throws(LogError) -> [Int64] {
    guard let folder = opendir(path) else { throw failure("read the folder") }
    defer { closedir(folder) }
    var rows: [Int64] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard name.hasSuffix(Self.suffix), let row = Int64(name.dropLast(Self.suffix.count)) else {
        continue
      }
      rows.append(row)
    }
    return rows.sorted()
  }

  private static let suffix = ".sqlite"

  func segmentPath(_ firstRow: Int64) -> String {
    let digits = String(firstRow)
    return path + "/" + String(repeating: "0", count: max(0, 16 - digits.count)) + digits
      + Self.suffix
  }

  /// Makes the folder (not its parents) if it is not there.
  func create() throws(LogError) {
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure("make the folder") }
  }

  /// Takes the lock, which the process holds until it ends or `descriptor` is closed. Blocks until
  /// who holds it lets go, at most for `wait`.
  func lock(wait: Duration) throws(LogError) -> Int32 {
    let descriptor = open(path + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("open the lock") }
    let end = ContinuousClock.now + wait
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard .now < end else {
        close(descriptor)
        throw .unavailable("\(path): another process writes this log; stop it first")
      }
      usleep(Self.lockLookUs)
    }
    return descriptor
  }

  private static let lockLookUs: UInt32 = 20_000

  /// Makes the names in the folder durable.
  func sync() throws(LogError) {
    guard syncFolder(path) else { throw failure("sync the folder") }
  }

  /// Unlinks a segment. Who has it open reads on.
  func remove(_ firstRow: Int64) throws(LogError) {
    for suffix in ["", "-wal", "-shm"] {
      guard unlink(segmentPath(firstRow) + suffix) == 0 || errno == ENOENT else {
        throw failure("remove a segment")
      }
    }
  }

  /// Where a segment's successor is written before it takes the segment's name.
  func draftPath(_ firstRow: Int64) -> String { segmentPath(firstRow) + Self.draftSuffix }

  private static let draftSuffix = ".draft"

  func removeDraft(_ firstRow: Int64) { unlink(draftPath(firstRow)) }

  /// Puts the draft, once it is durable, in the segment's place.
  func replaceByDraft(_ firstRow: Int64) throws(LogError) {
    let descriptor = open(draftPath(firstRow), O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open a draft") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0, rename(draftPath(firstRow), segmentPath(firstRow)) == 0 else {
      throw failure("replace a segment")
    }
    try sync()
  }

  func byteCount(_ firstRow: Int64) -> Int {
    var status = stat()
    return stat(segmentPath(firstRow), &status) == 0 ? Int(status.st_size) : 0
  }

  private func failure(_ what: String) -> LogError {
    let code = errno
    if code == ENOSPC || code == EDQUOT { return .full }
    return .unavailable("\(path): \(what): \(String(cString: strerror(code)))")
  }
}
