import CSQLite

/// One stored blob, read in pieces: a large value need not be in memory whole. It is a reader's
/// view until it goes out of scope, and `refused` once its row has changed.
public struct Blob: ~Copyable {
  private let handle: OpaquePointer
  private let database: OpaquePointer
  public let count: Int

  fileprivate init(handle: OpaquePointer, database: OpaquePointer) {
    self.handle = handle
    self.database = database
    count = Int(sqlite3_blob_bytes(handle))
  }

  deinit { sqlite3_blob_close(handle) }

  /// Fills the whole buffer from `offset` on; `refused` when the blob ends before.
  public func read(
    into buffer: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(SQLiteError) {
    try check(offset, buffer.count)
    guard let start = buffer.baseAddress else { return }
    let code = sqlite3_blob_read(handle, start, Int32(buffer.count), Int32(offset))
    guard code == SQLITE_OK else { throw SQLiteError(database, code: code, doing: "read a blob") }
  }

  public func bytes(in range: Range<Int>) throws(SQLiteError) -> [UInt8] {
    try check(range.lowerBound, range.count)
    var bytes = [UInt8](repeating: 0, count: range.count)
    try bytes.withUnsafeMutableBufferPointer { (buffer) throws(SQLiteError) in
      try read(into: UnsafeMutableRawBufferPointer(buffer), at: range.lowerBound)
    }
    return bytes
  }

  private func check(_ offset: Int, _ wanted: Int) throws(SQLiteError) {
    guard offset >= 0, wanted <= count, offset <= count - wanted else {
      throw .refused("blob of \(count) bytes: expected \(wanted) more at \(offset)")
    }
  }
}

extension Connection {
  /// Opens the blob (or text) in one column of one row; `refused` where there is none.
  public func blob(table: String, column: String, row: Int) throws(SQLiteError) -> Blob {
    var handle: OpaquePointer?
    let code = sqlite3_blob_open(database, "main", table, column, Int64(row), 0, &handle)
    guard code == SQLITE_OK, let handle else {
      throw failure(code, "open \(table).\(column) of row \(row)")
    }
    return Blob(handle: handle, database: database)
  }
}
