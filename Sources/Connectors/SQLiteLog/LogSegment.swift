import Calendar
import Crypto
import SQLite
import Streams

/// One file of the log. Rows are numbered through all segments; a segment is named for its first.
/// Only the newest one is written; a closed one is never changed: trimming puts another file in its
/// place.
final class LogSegment {
  static let pageSizeBytes = 32 << 10
  /// A WAL of about 32 MiB is moved into the file.
  static let walPagesMax = 1024

  /// What is large stands last, so that reading the others does not touch it. `gone` names the
  /// places of the parts that were taken out of `parts`, as "0,2"; NULL where none was.
  static let schema = """
    CREATE TABLE IF NOT EXISTS log(
      row INTEGER PRIMARY KEY,
      time INTEGER NOT NULL,
      header BLOB NOT NULL,
      hash BLOB NOT NULL,
      gone TEXT,
      parts BLOB NOT NULL
    ) STRICT
    """

  /// In a segment that was written anew: for each topic the first offset then.
  static let trimmedSchema = """
    CREATE TABLE trimmed(topic INTEGER PRIMARY KEY, first INTEGER NOT NULL) STRICT
    """

  /// A row without its parts as it is stored, which may be anything.
  struct StoredRow {
    let number: Int64
    let time: Instant
    let text: [UInt8]
    let hash: [UInt8]
    let gone: String?
  }

  /// A row without its parts.
  struct Row {
    let number: Int64
    let time: Instant
    /// The header as it is hashed.
    let text: [UInt8]
    let header: LogHeader
    let hash: [UInt8]
    let gone: Set<Int>
  }

  let path: String
  let firstRow: Int64
  private let connection: Connection
  private let insert: Statement?
  private let select: Statement

  init(
    path: String, firstRow: Int64, _ access: ConnectionOptions.Access
  ) throws(SQLiteError) {
    self.path = path
    self.firstRow = firstRow
    var options = ConnectionOptions(access)
    options.synchronous = .normal
    if access == .create {
      options.pageSizeBytes = Self.pageSizeBytes
      options.usesWAL = true
      // SQLite's own checkpoint would sync behind a commit and keep a failure to itself: the next
      // sync would then claim that what was lost is durable.
      options.autocheckpointPages = 0
    }
    connection = try Connection(path: path, options)
    if access == .create { try connection.execute(Self.schema) }
    insert =
      access == .create
      ? try connection.prepare(
        "INSERT INTO log(row, time, header, hash, parts) VALUES (?, ?, ?, ?, ?)") : nil
    select = try connection.prepare(
      "SELECT row, time, header, hash, gone FROM log WHERE row >= ? ORDER BY row LIMIT 1")
  }

  /// Writes a row as one transaction that does not wait for the disk.
  func append(
    row: Int64, time: Instant, header: [UInt8], hash: [UInt8], parts: [UInt8]
  ) throws(SQLiteError) {
    try insert!.bind(1, Int(row))
    try insert!.bind(2, Int(time.microseconds))
    try insert!.bind(3, header)
    try insert!.bind(4, hash)
    try insert!.binding(5, parts) { () throws(SQLiteError) in try insert!.run() }
  }

  /// Takes out what was not meant to be written.
  func remove(after row: Int64) throws(SQLiteError) {
    try connection.execute("DELETE FROM log WHERE row > \(row)")
  }

  /// Makes durable what was appended.
  func sync() throws(SQLiteError) { try connection.syncWAL() }

  /// Moves what it can out of the WAL, which must be synced, so that it begins anew.
  func shortenWAL() throws(SQLiteError) { _ = try connection.checkpoint(.passive) }

  /// Moves everything out of the WAL, so that the file alone is the segment. What the WAL held must
  /// not come back over it: that it is empty is synced too.
  func moveWAL() throws(SQLiteError) {
    try connection.syncWAL()
    _ = try connection.checkpoint(.truncate)
    try connection.syncWAL()
  }

  func lastRow() throws(SQLiteError) -> Int64? {
    try connection.int("SELECT max(row) FROM log").map(Int64.init)
  }

  /// Up to which offset of each topic parts were taken out.
  func trimmedFirsts() throws(SQLiteError) -> [Int64] {
    var firsts = [Int64](repeating: 0, count: 16)
    let isTrimmed = try connection.int(
      "SELECT count(*) FROM sqlite_schema WHERE name = 'trimmed'")
    guard isTrimmed == 1 else { return firsts }
    let all = try connection.prepare("SELECT topic, first FROM trimmed WHERE topic < 16")
    try all.forEachRow { () throws(SQLiteError) in firsts[all.int(0)] = Int64(all.int(1)) }
    return firsts
  }

  /// The first row from this number on; nil at the segment's end.
  func row(from number: Int64) throws(LogError) -> Row? {
    do {
      guard let stored = try stored(from: number) else { return nil }
      guard let row = Row(stored) else {
        throw SQLiteError.corrupt("\(path): row \(stored.number): not a header")
      }
      return row
    } catch {
      throw LogError(error)
    }
  }

  func stored(from number: Int64) throws(SQLiteError) -> StoredRow? {
    try select.bind(1, Int(number))
    defer { select.reset() }
    guard try select.step() else { return nil }
    return StoredRow(
      number: Int64(select.int(0)), time: Instant(microseconds: Int64(select.int(1))),
      text: select.bytes(2) ?? [], hash: select.bytes(3) ?? [], gone: select.text(4))
  }

  /// How many bytes of parts are stored in a row.
  func partsByteCount(ofRow number: Int64) throws(SQLiteError) -> Int {
    try connection.blob(table: "log", column: "parts", row: Int(number)).count
  }

  /// The stored bytes of one part; nil where it was taken out.
  func bytes(of row: Row, part place: Int) throws(LogError) -> [UInt8]? {
    guard let range = row.range(ofPart: place) else { return nil }
    do throws(SQLiteError) {
      return try connection.blob(table: "log", column: "parts", row: Int(row.number))
        .bytes(in: range)
    } catch .refused(_) {
      throw .corrupt(at: "\(path): row \(row.number): \(row.header.parts[place].topic.name)")
    } catch {
      throw LogError(error)
    }
  }

  /// The records of one part; none where it was taken out.
  func records(of row: Row, part place: Int) throws(LogError) -> [Record] {
    guard let bytes = try bytes(of: row, part: place) else { return [] }
    let part = row.header.parts[place]
    guard let stored = PartCoding.read(bytes[...], count: part.count) else {
      throw .corrupt(at: "\(path): row \(row.number): \(part.topic.name)@\(part.first)")
    }
    return try Record.unframe(
      stored, of: Partition(part.topic), from: part.first, time: row.time)
  }
}

extension LogSegment.Row {
  /// Nil if the header or the places of what was taken out are not what they must be.
  init?(_ stored: LogSegment.StoredRow) {
    guard let header = LogHeader(text: stored.text), let gone = Self.places(stored.gone),
      gone.allSatisfy(header.parts.indices.contains)
    else { return nil }
    self.init(
      number: stored.number, time: stored.time, text: stored.text, header: header,
      hash: stored.hash, gone: gone)
  }

  /// Where a part stands in what is stored of the parts; nil where it was taken out.
  func range(ofPart place: Int) -> Range<Int>? {
    guard !gone.contains(place) else { return nil }
    var start = 0
    for before in 0..<place where !gone.contains(before) { start += header.parts[before].bytes }
    return start..<start + header.parts[place].bytes
  }

  /// "0,2" as numbers; nil if it is something else.
  static func places(_ text: String?) -> Set<Int>? {
    guard let text else { return [] }
    let places = text.split(separator: ",").map { Int($0) }
    return places.contains(nil) ? nil : Set(places.compactMap { $0 })
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
