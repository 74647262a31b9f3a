import CSQLite

/// A connection to one SQLite database, closed when it goes out of scope. It belongs to one thread
/// at a time: it is neither `Sendable` nor copyable, and SQLite's own mutex is off.
///
/// With Debian's SQLite 3.40 exactly one connection may write and checkpoint a WAL database (the
/// WAL-reset bug, mended in 3.51.3); others open it `readOnly`. Memory mapping stays off, and so
/// does whatever a foreign schema may call.
public struct Connection: ~Copyable {
  private let handle: Handle

  var database: OpaquePointer { handle.database }

  public init(path: String, _ options: ConnectionOptions) throws(SQLiteError) {
    self = try Self.opened(path, options)
  }

  private init(_ handle: Handle) { self.handle = handle }

  private static func opened(
    _ path: String, _ options: ConnectionOptions
  ) throws(SQLiteError) -> Connection {
    let name = options.access == .immutable ? "file:\(uriPath(path))?immutable=1" : path
    let connection = Connection(try Handle(name, options.access.flags))
    sqlite3_busy_timeout(connection.database, Int32(clamping: options.busyTimeoutMs))
    try connection.configure(options)
    return connection
  }

  /// A path with what means something in a URI escaped.
  private static func uriPath(_ path: String) -> String {
    path.replacing("%", with: "%25").replacing("?", with: "%3f").replacing("#", with: "%23")
  }

  private func configure(_ options: ConnectionOptions) throws(SQLiteError) {
    try execute("PRAGMA trusted_schema = OFF")
    if let bytes = options.pageSizeBytes {
      try execute("PRAGMA page_size = \(bytes)")
    }
    if options.usesWAL {
      let mode = try text("PRAGMA journal_mode = WAL")
      guard mode == "wal" else {
        throw .unavailable("\(path): expected write-ahead mode, the file stays in '\(mode ?? "")'")
      }
    }
    if let pages = options.autocheckpointPages {
      try execute("PRAGMA wal_autocheckpoint = \(pages)")
    }
    try setSynchronous(options.synchronous)
  }

  /// Closes now and says whether that worked. A statement or blob that still lives keeps the file
  /// open until it ends and is `refused` here; going out of scope closes without a word.
  public consuming func close() throws(SQLiteError) {
    guard handle.close() == SQLITE_OK else {
      throw .refused("\(path): close: a statement or blob is still in use")
    }
  }

  /// The full path of the file; empty for a database in memory.
  public var path: String {
    sqlite3_db_filename(database, "main").map { String(cString: $0) } ?? ""
  }

  /// Rows changed by the statement that ended last.
  public var changes: Int { Int(sqlite3_changes64(database)) }

  public var lastInsertRowID: Int { Int(sqlite3_last_insert_rowid(database)) }
}

// MARK: - Statements

extension Connection {
  /// Runs one or more statements that have no parameters and whose rows nobody wants.
  public func execute(_ sql: String) throws(SQLiteError) {
    let code = sqlite3_exec(database, sql, nil, nil, nil)
    guard code == SQLITE_OK else { throw failure(code, sql) }
  }

  /// Compiles one statement, to be kept and run many times.
  public func prepare(_ sql: String) throws(SQLiteError) -> Statement {
    var handle: OpaquePointer?
    var sql = sql
    // SQLite reads to the given length, so the text needs no terminator and no copy.
    let (code, rest) = sql.withUTF8 { utf8 in
      utf8.withMemoryRebound(to: CChar.self) { text in
        var tail: UnsafePointer<CChar>?
        let code = sqlite3_prepare_v3(
          database, text.baseAddress, Int32(clamping: text.count),
          UInt32(SQLITE_PREPARE_PERSISTENT),
          &handle, &tail)
        let read = text.baseAddress.flatMap { start in tail.map { $0 - start } } ?? 0
        return (code, text.dropFirst(read).contains { !isBlank($0) })
      }
    }
    guard code == SQLITE_OK else { throw failure(code, sql) }
    guard let handle else { throw .refused("\(path): expected a statement, found '\(sql)'") }
    let statement = Statement(handle: handle)
    guard !rest else { throw .refused("\(path): expected one statement, found more in '\(sql)'") }
    return statement
  }

  /// The first column of the first row as an integer; nil without a row or for NULL.
  public func int(_ sql: String) throws(SQLiteError) -> Int? {
    let statement = try prepare(sql)
    return try statement.step() && !statement.isNull(0) ? statement.int(0) : nil
  }

  /// The first column of the first row as text; nil without a row or for NULL.
  public func text(_ sql: String) throws(SQLiteError) -> String? {
    let statement = try prepare(sql)
    return try statement.step() ? statement.text(0) : nil
  }

  func failure(_ code: Int32, _ doing: String) -> SQLiteError {
    SQLiteError(database, code: code, doing: doing)
  }
}

private func isBlank(_ character: CChar) -> Bool {
  character == 0x20 || (0x09...0x0D).contains(character) || character == 0x3B
}

// MARK: - Transactions

/// The lock a transaction takes at its start.
public enum TransactionKind: String, Sendable {
  /// A reader's view from its first read on. Turning it into a writer may be `busy` at once.
  case deferred = "BEGIN DEFERRED"
  /// The writer's lock, or `busy`.
  case immediate = "BEGIN IMMEDIATE"
}

extension Connection {
  /// Runs `body` between BEGIN and COMMIT; any error rolls back and is thrown on. Transactions do
  /// not nest. With `synchronous`, this commit and those after it wait for the disk as it says.
  public func transaction<Result: ~Copyable>(
    _ kind: TransactionKind = .immediate, synchronous: Synchronous? = nil,
    _ body: () throws(SQLiteError) -> Result
  ) throws(SQLiteError) -> Result {
    if let synchronous { try setSynchronous(synchronous) }
    try execute(kind.rawValue)
    do {
      let result = try body()
      try execute("COMMIT")
      return result
    } catch {
      // A full disk and some other errors have rolled back already.
      if sqlite3_get_autocommit(database) == 0 { try? execute("ROLLBACK") }
      throw error
    }
  }

  /// Outside of a transaction only: SQLite keeps the level of a running one.
  private func setSynchronous(_ level: Synchronous) throws(SQLiteError) {
    guard level != handle.synchronous else { return }
    guard sqlite3_get_autocommit(database) != 0 else {
      throw .refused("\(path): the synchronous level cannot change inside a transaction")
    }
    try execute("PRAGMA synchronous = \(level.rawValue)")
    handle.synchronous = level
  }
}

/// Owns SQLite's handle, and what a borrowed connection may change.
private final class Handle {
  let database: OpaquePointer
  var synchronous = Synchronous.full
  private var isClosed = false

  init(_ path: String, _ flags: Int32) throws(SQLiteError) {
    var opened: OpaquePointer?
    let code = sqlite3_open_v2(path, &opened, flags, nil)
    guard let opened else { throw .unavailable("\(path): open: no memory") }
    guard code == SQLITE_OK else {
      let error = SQLiteError(
        code: code, systemErrno: sqlite3_system_errno(opened),
        text: "\(path): open: \(String(cString: sqlite3_errmsg(opened)))")
      sqlite3_close_v2(opened)
      throw error
    }
    database = opened
  }

  func close() -> Int32 {
    let code = sqlite3_close(database)
    isClosed = code == SQLITE_OK
    return code
  }

  /// Where statements are left, SQLite closes after the last one.
  deinit {
    if !isClosed { sqlite3_close_v2(database) }
  }
}

extension ConnectionOptions.Access {
  fileprivate var flags: Int32 {
    let access =
      switch self {
      case .readOnly: SQLITE_OPEN_READONLY
      case .immutable: SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
      case .readWrite: SQLITE_OPEN_READWRITE
      case .create: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
      }
    return access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
  }
}
