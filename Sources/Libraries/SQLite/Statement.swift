import CSQLite

/// A compiled statement. Parameters count from 1, columns from 0, as in SQLite. It may outlive its
/// connection's variable: the file then stays open until the statement ends.
///
/// A statement between a `step` that gave a row and its `reset` holds a reader's view, which keeps
/// checkpoints from finishing: use `run` and `forEachRow`, or `reset` as soon as the row is read.
public struct Statement: ~Copyable {
  let handle: OpaquePointer

  init(handle: OpaquePointer) { self.handle = handle }

  deinit { sqlite3_finalize(handle) }

  /// Goes to the next row; false at the end. An error resets the statement.
  public func step() throws(SQLiteError) -> Bool {
    let code = sqlite3_step(handle)
    if code == SQLITE_ROW { return true }
    if code == SQLITE_DONE { return false }
    let error = failure(code)
    sqlite3_reset(handle)
    throw error
  }

  /// Back before the first row. Bindings stay.
  public func reset() { sqlite3_reset(handle) }

  /// Runs to the end, whatever rows there are, and resets.
  public func run() throws(SQLiteError) {
    defer { reset() }
    while try step() {}
  }

  /// Calls `body` on each row, from the first on, and resets, also after an error.
  public func forEachRow(_ body: () throws(SQLiteError) -> Void) throws(SQLiteError) {
    reset()
    defer { reset() }
    while try step() { try body() }
  }

  func failure(_ code: Int32) -> SQLiteError {
    let sql = sqlite3_sql(handle).map { String(cString: $0) } ?? "statement"
    return SQLiteError(sqlite3_db_handle(handle), code: code, doing: sql)
  }
}

// MARK: - Parameters

/// Tells SQLite to copy what it is given. The header's constant is a cast that Swift cannot import.
private var copied: sqlite3_destructor_type {
  unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}

extension Statement {
  public func bind(_ index: Int, _ value: Int) throws(SQLiteError) {
    try check(sqlite3_bind_int64(handle, Int32(clamping: index), Int64(value)))
  }

  public func bind(_ index: Int, _ value: Double) throws(SQLiteError) {
    try check(sqlite3_bind_double(handle, Int32(clamping: index), value))
  }

  public func bind(_ index: Int, _ value: String) throws(SQLiteError) {
    var value = value
    try check(
      value.withUTF8 { utf8 in
        utf8.withMemoryRebound(to: CChar.self) { text in
          // A null pointer would bind NULL.
          guard let start = text.baseAddress else {
            return sqlite3_bind_text(handle, Int32(clamping: index), "", 0, copied)
          }
          return sqlite3_bind_text64(
            handle, Int32(clamping: index), start, UInt64(text.count), copied, UInt8(SQLITE_UTF8))
        }
      })
  }

  /// Binds a copy, for small values; `binding` is the way without one.
  public func bind(_ index: Int, _ value: [UInt8]) throws(SQLiteError) {
    try check(value.withUnsafeBytes { bindBlob(index, $0, copied) })
  }

  public func bindNull(_ index: Int) throws(SQLiteError) {
    try check(sqlite3_bind_null(handle, Int32(clamping: index)))
  }

  /// Binds the bytes themselves while `body` runs (which has to run the statement to its end), then
  /// resets the statement and sets the parameter to NULL. Calls may nest, one for each blob.
  public func binding<Result: ~Copyable>(
    _ index: Int, _ bytes: UnsafeRawBufferPointer, _ body: () throws(SQLiteError) -> Result
  ) throws(SQLiteError) -> Result {
    try check(bindBlob(index, bytes, nil))
    defer {
      reset()
      sqlite3_bind_null(handle, Int32(clamping: index))
    }
    return try body()
  }

  public func binding<Result: ~Copyable>(
    _ index: Int, _ bytes: RawSpan, _ body: () throws(SQLiteError) -> Result
  ) throws(SQLiteError) -> Result {
    try bytes.withUnsafeBytes { (raw) throws(SQLiteError) in try binding(index, raw, body) }
  }

  public func binding<Result: ~Copyable>(
    _ index: Int, _ bytes: [UInt8], _ body: () throws(SQLiteError) -> Result
  ) throws(SQLiteError) -> Result {
    try binding(index, bytes.span.bytes, body)
  }

  private func bindBlob(
    _ index: Int, _ bytes: UnsafeRawBufferPointer, _ destructor: sqlite3_destructor_type?
  ) -> Int32 {
    let index = Int32(clamping: index)
    // A null pointer would bind NULL.
    guard let start = bytes.baseAddress, !bytes.isEmpty else {
      return sqlite3_bind_zeroblob(handle, index, 0)
    }
    return sqlite3_bind_blob64(handle, index, start, UInt64(bytes.count), destructor)
  }

  private func check(_ code: Int32) throws(SQLiteError) {
    guard code == SQLITE_OK else { throw failure(code) }
  }
}

// MARK: - Columns

/// Values of the current row; SQLite converts where the stored kind is another one.
extension Statement {
  public var columnCount: Int { Int(sqlite3_column_count(handle)) }

  public func isNull(_ column: Int) -> Bool {
    sqlite3_column_type(handle, Int32(column)) == SQLITE_NULL
  }

  /// 0 for NULL and for text that is no number.
  public func int(_ column: Int) -> Int { Int(sqlite3_column_int64(handle, Int32(column))) }

  public func double(_ column: Int) -> Double { sqlite3_column_double(handle, Int32(column)) }

  public func text(_ column: Int) -> String? {
    guard let start = sqlite3_column_text(handle, Int32(column)) else { return nil }
    let count = Int(sqlite3_column_bytes(handle, Int32(column)))
    return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  /// A copy of the bytes; nil for NULL.
  public func bytes(_ column: Int) -> [UInt8]? {
    isNull(column) ? nil : withBlob(column) { $0.withUnsafeBytes { Array($0) } }
  }

  /// The bytes where SQLite holds them, empty for NULL: until the next step or reset.
  public func withBlob<Result: ~Copyable, Failure: Error>(
    _ column: Int, _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // The order matters: asking for the blob may convert it, and then its size is known.
    let start = sqlite3_column_blob(handle, Int32(column))
    let count = start == nil ? 0 : Int(sqlite3_column_bytes(handle, Int32(column)))
    return try body(UnsafeRawBufferPointer(start: start, count: count).bytes)
  }
}
