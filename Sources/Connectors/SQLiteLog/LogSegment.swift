import Calendar
import Crypto
import SQLite
import Streams

/// One file of the log. Rows are numbered through all segments; a segment is named for its first.
/// Only the newest one is written; a closed one is never changed except by trimming.
final class LogSegment {
  static let pageSizeBytes = 32 << 10
  /// A WAL of about 32 MiB before it is checkpointed.
  static let autocheckpointPages = 1024

  private static let schema = """
    CREATE TABLE IF NOT EXISTS log(
      row INTEGER PRIMARY KEY,
      time INTEGER NOT NULL,
      header BLOB NOT NULL,
      hash BLOB NOT NULL,
      parts BLOB NOT NULL
    ) STRICT
    """

  struct Row {
    let number: Int64
    let time: Instant
    let header: LogHeader
    let parts: [UInt8]
    let hash: [UInt8]
  }

  let path: String
  let firstRow: Int64
  private let connection: Connection
  private let insert: Statement?
  private let select: Statement
  private let selectHead: Statement

  init(
    path: String, firstRow: Int64, _ access: ConnectionOptions.Access
  ) throws(SQLiteError) {
    self.path = path
    self.firstRow = firstRow
    var options = ConnectionOptions(access)
    options.synchronous = .normal
    if access != .readOnly {
      options.pageSizeBytes = Self.pageSizeBytes
      options.usesWAL = true
      options.autocheckpointPages = Self.autocheckpointPages
    }
    connection = try Connection(path: path, options)
    if access == .create { try connection.execute(Self.schema) }
    insert =
      access == .readOnly
      ? nil
      : try connection.prepare(
        "INSERT INTO log(row, time, header, hash, parts) VALUES (?, ?, ?, ?, ?)")
    select = try connection.prepare(
      "SELECT row, time, header, hash, parts FROM log WHERE row >= ? ORDER BY row LIMIT 1")
    selectHead = try connection.prepare("SELECT time, header FROM log WHERE row = ?")
  }

  /// Writes a row as one transaction that does not wait for the disk.
  func append(
    row: Int64, time: Instant, header: [UInt8], hash: [UInt8], parts: [UInt8]
  ) throws(SQLiteError) {
    try insert!.bind(1, Int(row))
    try insert!.bind(2, Int(time.microseconds))
    try insert!.bind(3, header)
    try insert!.bind(4, hash)
    try insert!.bind(5, parts)
    try insert!.run()
  }

  /// Makes durable what was appended.
  func sync() throws(SQLiteError) { try connection.syncWAL() }

  /// Moves everything out of the WAL, so that the file alone is the segment.
  func close() throws(SQLiteError) {
    try connection.syncWAL()
    _ = try connection.checkpoint(.truncate)
  }

  func lastRow() throws(SQLiteError) -> Int64? {
    try connection.int("SELECT max(row) FROM log").map(Int64.init)
  }

  /// The first row from this number on; nil at the segment's end.
  func row(from number: Int64) throws(LogError) -> Row? {
    do {
      try select.bind(1, Int(number))
      defer { select.reset() }
      guard try select.step() else { return nil }
      guard let header = LogHeader(text: select.bytes(2) ?? []) else {
        throw SQLiteError.corrupt("\(path): row \(select.int(0)): not a header")
      }
      return Row(
        number: Int64(select.int(0)), time: Instant(microseconds: Int64(select.int(1))),
        header: header, parts: select.bytes(4) ?? [], hash: select.bytes(3) ?? [])
    } catch {
      throw LogError(error)
    }
  }

  /// Time and header of a row; nil if there is none of that number.
  func head(_ number: Int64) throws(LogError) -> (time: Instant, header: LogHeader)? {
    do {
      try selectHead.bind(1, Int(number))
      defer { selectHead.reset() }
      guard try selectHead.step() else { return nil }
      guard let header = LogHeader(text: selectHead.bytes(1) ?? []) else {
        throw SQLiteError.corrupt("\(path): row \(number): not a header")
      }
      return (Instant(microseconds: Int64(selectHead.int(0))), header)
    } catch {
      throw LogError(error)
    }
  }
}

extension LogSegment.Row {
  /// The records of a part from an offset on.
  func records(
    of place: Int, from offset: Int64, before end: Int64
  ) throws(LogError) -> [Record] {
    let part = header.parts[place]
    let start = header.parts[..<place].reduce(0) { $0 + $1.bytes }
    guard start + part.bytes <= parts.count,
      let stored = PartCoding.read(parts[start..<start + part.bytes], count: part.count)
    else { throw .corrupt(at: "row \(number), \(part.topic.name)@\(part.first)") }
    let records = try Record.unframe(
      stored, of: Partition(part.topic), from: part.first, time: time)
    return records.filter { $0.position.offset >= offset && $0.position.offset < end }
  }
}

extension LogError {
  /// What a failure of SQLite means to the log's user.
  init(_ error: any Error) {
    switch error {
    case let error as LogError: self = error
    case let error as SQLiteError:
      switch error {
      case .full: self = .full
      case .corrupt(let text): self = .corrupt(at: text)
      case .busy(let text), .unavailable(let text), .constraint(let text), .refused(let text):
        self = .unavailable(text)
      }
    default: self = .unavailable("\(error)")
    }
  }
}
