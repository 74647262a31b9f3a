import CSQLite
import Glibc

/// What went wrong, by what the caller can do about it. Each text names the file, what was being
/// done and what SQLite said, with its extended result code.
public enum SQLiteError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Another connection holds a lock and the busy time-out has passed: nothing was done, try again.
  case busy(String)
  /// No room, on the disk or below `max_page_count`: the transaction is rolled back.
  case full(String)
  /// The file is not a database or its pages contradict each other: stop, restore.
  case corrupt(String)
  /// The file cannot be opened, read or written (missing, no permission, read-only, input or
  /// output error, no memory): this connection is of no more use until that is mended.
  case unavailable(String)
  /// A unique, check, not-null or foreign key rule forbids the row: only the statement is undone.
  case constraint(String)
  /// The statement, a parameter or a value is wrong (syntax, index, type, size): a mistake in the
  /// program.
  case refused(String)

  public var description: String {
    switch self {
    case .busy(let text): "database busy: \(text)"
    case .full(let text): "database full: \(text)"
    case .corrupt(let text): "database corrupt: \(text)"
    case .unavailable(let text): "database unavailable: \(text)"
    case .constraint(let text): "database constraint: \(text)"
    case .refused(let text): "database statement refused: \(text)"
    }
  }
}

extension SQLiteError {
  /// The error that `code` stands for. `systemErrno` tells a full disk from a broken one where
  /// SQLite reports both as an input or output error (the shared memory of the WAL).
  init(code: Int32, systemErrno: Int32 = 0, text: String) {
    let text = "\(text) (\(code))"
    switch code & 0xFF {
    case SQLITE_BUSY, SQLITE_LOCKED:
      self = .busy(text)
    case SQLITE_FULL:
      self = .full(text)
    case SQLITE_IOERR, SQLITE_CANTOPEN:
      self = systemErrno == ENOSPC || systemErrno == EDQUOT ? .full(text) : .unavailable(text)
    case SQLITE_READONLY, SQLITE_PERM, SQLITE_NOMEM, SQLITE_PROTOCOL, SQLITE_NOLFS, SQLITE_AUTH:
      self = .unavailable(text)
    case SQLITE_CORRUPT, SQLITE_NOTADB:
      self = .corrupt(text)
    case SQLITE_CONSTRAINT:
      self = .constraint(text)
    default:
      self = .refused(text)
    }
  }

  /// The last error of a connection, told with what was being done.
  init(_ database: OpaquePointer, code: Int32, doing: String) {
    let file = sqlite3_db_filename(database, "main").map { String(cString: $0) } ?? ""
    let message = String(cString: sqlite3_errmsg(database))
    self.init(
      code: code, systemErrno: sqlite3_system_errno(database),
      text: "\(file.isEmpty ? "memory" : file): \(doing): \(message)")
  }
}
