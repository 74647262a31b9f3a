import CSQLite

/// How far a checkpoint goes to move the WAL's pages into the database.
public enum CheckpointMode: Sendable {
  /// Moves what it can without waiting for readers or the writer.
  case passive
  /// Waits (busy time-out) for the writer and for readers of old pages, then moves everything.
  case full
  /// As `full`, and waits until no reader uses the WAL, so that the next commit starts it over.
  case restart
  /// As `restart`, and cuts the WAL file to nothing.
  case truncate
}

/// What a checkpoint found and did. Both are equal when the whole WAL is in the database.
public struct Checkpoint: Equatable, Sendable {
  public let walPages: Int
  public let movedPages: Int
}

extension Connection {
  /// Moves pages from the WAL into the database and syncs both as the synchronous level says. A
  /// passive one that could not move all is no error; any other is `busy` then.
  public func checkpoint(_ mode: CheckpointMode) throws(SQLiteError) -> Checkpoint {
    var pages: Int32 = 0
    var moved: Int32 = 0
    let code = sqlite3_wal_checkpoint_v2(database, "main", mode.code, &pages, &moved)
    guard code == SQLITE_OK else { throw failure(code, "checkpoint") }
    guard pages >= 0 else { throw .refused("\(path): checkpoint: not in write-ahead mode") }
    return Checkpoint(walPages: Int(pages), movedPages: Int(moved))
  }

  /// Makes every commit so far durable: calls the sync of the WAL's own file and writes nothing.
  /// (An empty transaction with `synchronous = FULL` does not sync.) After a failure no earlier
  /// unsynced commit may count as durable, whatever a second call says.
  public func syncWAL() throws(SQLiteError) {
    if let code = try syncOpenWAL() { return try check(code) }
    // A connection that has not read yet has not opened the WAL.
    _ = try int("SELECT count(*) FROM sqlite_schema")
    guard let code = try syncOpenWAL() else {
      throw .refused("\(path): sync: not in write-ahead mode")
    }
    try check(code)
  }

  /// SQLite's result code; nil where no WAL is open.
  private func syncOpenWAL() throws(SQLiteError) -> Int32? {
    var file: UnsafeMutablePointer<sqlite3_file>?
    let code = sqlite3_file_control(database, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file)
    guard code == SQLITE_OK else { throw failure(code, "find the write-ahead log") }
    guard let file, let sync = file.pointee.pMethods?.pointee.xSync else { return nil }
    return sync(file, SQLITE_SYNC_NORMAL)
  }

  private func check(_ code: Int32) throws(SQLiteError) {
    guard code == SQLITE_OK else {
      throw SQLiteError(code: code, text: "\(path): sync of the write-ahead log")
    }
  }
}

extension CheckpointMode {
  fileprivate var code: Int32 {
    switch self {
    case .passive: SQLITE_CHECKPOINT_PASSIVE
    case .full: SQLITE_CHECKPOINT_FULL
    case .restart: SQLITE_CHECKPOINT_RESTART
    case .truncate: SQLITE_CHECKPOINT_TRUNCATE
    }
  }
}
